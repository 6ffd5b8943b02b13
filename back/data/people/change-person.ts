// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Changing what a person may change of themselves; the directory follows.
import { queueEntry } from "../accounts/directory-entry.ts";
import type { Work } from "../database.ts";
import type { Person, PersonChange } from "./person.ts";

export async function changePerson(work: Work, person: Person, wish: PersonChange, reason = ""): Promise<void> {
  person.change(work, wish, reason);
  if (wish.name !== undefined) await queueEntry(work, person.id);
}
