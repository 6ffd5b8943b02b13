// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Changing what a person may change of themselves; the directory follows.
import { queueEntry } from "../accounts/directory-entry.ts";
import type { Work } from "../database.ts";
import type { Person, PersonChange } from "./person.ts";

/** Nobody signs in as them or writes to them any more; the account opens nothing. */
export async function blockPerson(work: Work, person: Person, reason: string): Promise<void> {
  person.block(work, reason);
  await queueEntry(work, person.id);
}

/** Back to what they were before, the account too. */
export async function unblockPerson(work: Work, person: Person, reason: string): Promise<void> {
  person.unblock(work, reason);
  await queueEntry(work, person.id);
}

export async function changePerson(work: Work, person: Person, wish: PersonChange, reason = ""): Promise<void> {
  person.change(work, wish, reason);
  if (wish.name !== undefined) await queueEntry(work, person.id);
}
