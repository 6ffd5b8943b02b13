// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Mailings that were sent already, for tests of those who read them.
import { Temporal } from "@cdb/runtime/time.ts";
import type { Work } from "../data/database.ts";
import { type Mailing, makeMailing } from "../data/mailings/mailing.ts";
import { saveText } from "../data/mailings/mailing-text.ts";

export interface SentWish {
  name: string;
  public?: boolean;
  sentAt?: string;
  /** Language → subject and body. */
  texts?: Record<string, [string, string]>;
}

export async function makeSentMailing(work: Work, wish: SentWish): Promise<Mailing> {
  const { name, public: isPublic = true, sentAt = "2026-11-20T10:00:00Z", texts = { en: ["News", "Hello"] } } = wish;
  const mailing = await makeMailing(work, {
    ...{ name, purpose: "newsletter", selector: "", replyTo: "", public: isPublic },
  });
  for (const [language, [subject, body]] of Object.entries(texts))
    await saveText(work, mailing, { language, subject, body });
  const at = Temporal.Instant.from(sentAt);
  return Object.assign(mailing, { state: "sent", beganAt: at, endedAt: at.add({ minutes: 5 }) });
}
