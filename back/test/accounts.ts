// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Many accounts at once, written past the verbs: a third of them volunteers, all with a change that is to be carried still.
import type { Database } from "../data/database.ts";

/** Gives them `<prefix>0`, `<prefix>1` … as usernames. */
export async function makeAccounts(database: Database, prefix: string, count: number): Promise<string[]> {
  for (let from = 0; from < count; from += atOnce)
    await makeSome(database, prefix, from, Math.min(count, from + atOnce) - 1);
  return Array.from({ length: count }, (_, n) => `${prefix}${n}`);
}

const atOnce = 5_000;

async function makeSome(database: Database, prefix: string, from: number, to: number): Promise<void> {
  await database.pool.query(
    `with made as (
      insert into person (name, email, language, registered_at, confirmed_at, registration)
      select 'Given ' || $1 || n, $1 || n || '@example.net', 'en', now(), now(), 'confirmed' from generate_series($2::int, $3::int) as n
      returning id, email
    ), roles as (
      insert into role (person_id, name, state, team, message, requested_at)
      select id, 'volunteer', 'approved', '', '', now() from made where id % 3 = 0
    )
    insert into account (person_id, username, opened_at) select id, split_part(email, '@', 1), now() from made`,
    [prefix, from, to],
  );
}
