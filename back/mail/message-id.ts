// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The Message-ID of a mail of a mailing: the same for every try, and nobody else can make one.
import { createHmac, timingSafeEqual } from "node:crypto";

export interface MailOfMailing {
  mailingId: number;
  personId: number;
}

export function mailingMessageId(mail: MailOfMailing, secret: string, domain: string): string {
  return `<cdb-m${mail.mailingId}-${mail.personId}-${mac(mail, secret)}@${domain}>`;
}

/** undefined: it is not ours, or somebody made it up. */
export function readMailingMessageId(messageId: string, secret: string): MailOfMailing | undefined {
  const [, mailing, person, sent = ""] = /^<?cdb-m(\d{1,9})-(\d{1,10})-([0-9a-f]{20})@/i.exec(messageId.trim()) ?? [];
  if (mailing === undefined) return undefined;
  const mail = { mailingId: Number(mailing), personId: Number(person) };
  return timingSafeEqual(Buffer.from(mac(mail, secret)), Buffer.from(sent.toLowerCase())) ? mail : undefined;
}

function mac({ mailingId, personId }: MailOfMailing, secret: string): string {
  return createHmac("sha256", secret).update(`mailing message ${mailingId} ${personId}`).digest("hex").slice(0, 20);
}
