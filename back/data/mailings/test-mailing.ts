// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A test of a mailing: one mail, marked as a test, to whoever asks for it, that counts nowhere.
import type { Work } from "../database.ts";
import { Conflict } from "../errors.ts";
import type { Person } from "../people/person.ts";
import type { Mailing } from "./mailing.ts";
import { textFor } from "./preview-addressee.ts";

/** Without a language in theirs. Throws Conflict for who has no address, as a program. */
export async function queueTest(
  work: Work,
  mailing: Mailing,
  person: Person | undefined,
  language: string | undefined,
): Promise<void> {
  if (!person?.email) throw new Conflict("tester-without-address", "Whoever asks for a test has no address.");
  const text = await textFor(work, mailing, { person, language });
  work.queue({ name: "send-test", mailingId: mailing.id, personId: person.id, language: text.language });
}
