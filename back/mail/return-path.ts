// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Where a mail that does not arrive comes back to: an address for each mail, which nobody else can make (VERP).
import { createHmac, timingSafeEqual } from "node:crypto";

/** Whose mail it was. */
export type Returned =
  | { kind: "mailing"; mailingId: number; personId: number }
  | { kind: "message"; messageId: number };

/** `bounces` is the mailbox, such as `bounces@example.org`; letters do not change when a server changes their case. */
export function returnPath(bounces: string, secret: string, mail: Returned): string {
  const [local, domain] = bounces.split("@");
  const name = nameOf(mail);
  return `${local}+${name}-${mac(name, secret)}@${domain}`;
}

/** undefined: it is no address of ours, or somebody made it up. */
export function readReturnPath(address: string, secret: string): Returned | undefined {
  const [, name = "", sent = ""] =
    /\+((?:m\d{1,9}-\d{1,10}|t\d{1,15}))-([0-9a-f]{20})@/i.exec(address.toLowerCase()) ?? [];
  if (name === "" || !timingSafeEqual(Buffer.from(mac(name, secret)), Buffer.from(sent))) return undefined;
  const [first = 0, second = 0] = name.slice(1).split("-").map(Number);
  return name.startsWith("m")
    ? { kind: "mailing", mailingId: first, personId: second }
    : { kind: "message", messageId: first };
}

function nameOf(mail: Returned): string {
  return mail.kind === "mailing" ? `m${mail.mailingId}-${mail.personId}` : `t${mail.messageId}`;
}

function mac(name: string, secret: string): string {
  return createHmac("sha256", secret).update(`return path ${name}`).digest("hex").slice(0, 20);
}
