// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Mailings that were sent already, and people who read them, for tests.
import { Temporal } from "@cdb/runtime/time.ts";
import type { Database, Work } from "../data/database.ts";
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

/** So many confirmed people who have agreed to the newsletter, at once. */
export async function makeReaders({ pool }: Database, many: number): Promise<void> {
  await pool.query(
    `insert into person (name, email, language, registration, registered_at, confirmed_at)
      select 'Reader ' || n, 'reader' || n || '@example' || n % 7 || '.org', 'en', 'confirmed', now(), now() from generate_series(1, $1) n`,
    [many],
  );
  await pool.query(
    `insert into consent (person_id, purpose, fact, wording, wording_language, wording_version, wording_hash, channel, actor, at)
      select id, 'newsletter', 'granted', 'w', 'en', 1, 'h', 'test', 'test', now() from person`,
  );
  await pool.query("update person_stats set granted = '{newsletter}'");
}
