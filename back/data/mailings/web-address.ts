// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The address of a mailing's web view: who got a mail has it, and nobody can guess another's.
import { createHmac, timingSafeEqual } from "node:crypto";

/** `<number>-<code>`, the last part of the address. */
export function webNameOf(mailingId: number, secret: string): string {
  return `${mailingId}-${codeOf(mailingId, secret)}`;
}

/** The number of the mailing; undefined: somebody made it up. */
export function readWebName(name: string, secret: string): number | undefined {
  const [, id = "", code = ""] = /^([1-9]\d{0,8})-([0-9a-f]{20})$/.exec(name) ?? [];
  if (id === "" || !timingSafeEqual(Buffer.from(codeOf(Number(id), secret)), Buffer.from(code))) return undefined;
  return Number(id);
}

function codeOf(mailingId: number, secret: string): string {
  return createHmac("sha256", secret).update(`mailing web ${mailingId}`).digest("hex").slice(0, 20);
}
