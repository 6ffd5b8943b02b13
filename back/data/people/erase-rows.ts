// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The rows that an erasure deletes or blanks, table by table.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { noticesOf, paymentsOf } from "../privacy/personal-money.ts";
import { Person } from "./person.ts";

/** What stands around a person and is theirs alone: what they signed, asked for, were written. */
export async function eraseAround(work: Work, personId: number): Promise<void> {
  const { query } = work;
  await query.deleteFrom("signature").where("personId", "=", personId).execute();
  await sql`delete from person_stats where person_id = ${personId}`.execute(query);
  await query.deleteFrom("bounce").where("personId", "=", personId).execute();
  await query.deleteFrom("addressTrouble").where("personId", "=", personId).execute();
  await query.deleteFrom("signInEvent").where("personId", "=", personId).execute();
  await query.deleteFrom("role").where("personId", "=", personId).execute();
  await sql`delete from duplicate where ${personId} in (person_id, other_id)`.execute(query);
  await sql`update merge set journal = '{}', reason = '' where ${personId} in (kept_id, gone_id)`.execute(query);
  await query.deleteFrom("account").where("personId", "=", personId).execute();
  await query.updateTable("pledge").set({ referrer: "" }).where("personId", "=", personId).execute();
  await query
    .updateTable("pledge")
    .set({ state: "ended", nextDueOn: null })
    .where("personId", "=", personId)
    .where("state", "in", ["open", "paused", "lapsed"])
    .execute();
  await query
    .updateTable("message")
    .set({
      recipient: "",
      fields: "{}" as never,
      secrets: null,
      subject: null,
      body: null,
      messageId: null,
      reason: null,
    })
    .where("personId", "=", personId)
    .execute();
  await query
    .updateTable("message")
    .set({ state: "refused", reason: "erased" })
    .where("personId", "=", personId)
    .where("state", "=", "queued")
    .execute();
  await sql`update mailing_recipient set domain = '', reason = null,
    state = case when state = 'waiting' then 'left-out' else state end where person_id = ${personId}`.execute(query);
  await query
    .updateTable("signedLink")
    .set({ details: "{}" as never, usesLeft: 0 })
    .where("personId", "=", personId)
    .execute();
  await query.updateTable("consent").set({ network: null }).where("personId", "=", personId).execute();
  await sql`delete from history_detail using history where history.id = history_id and person_id = ${personId}`.execute(
    query,
  );
}

/** Name, address and what payments tell of the payer: what the law had kept. */
export async function eraseBooks(work: Work, person: Person): Promise<void> {
  const { query } = work;
  const empty = { name: "", addressLines: [], postcode: "", city: "", region: "", country: "" };
  await query.updateTable("person").set(empty).where("id", "=", person.id).execute();
  work.forget(person, Person);
  const payments = sql`(${sql.raw(paymentsOf)} = ${person.id})`;
  const nobody = JSON.stringify({ payer: { name: "", email: "" } });
  await sql`update notice set raw = '', told = told || ${nobody}::jsonb where id in (${sql.raw(noticesOf)} = ${person.id})`.execute(
    query,
  );
  await sql`update payment set payer_name = '', payer_email = '' where id in ${payments}`.execute(query);
}
