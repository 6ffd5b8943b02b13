// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import pg from "pg";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, front, makePerson } from "../../test/make.ts";
import { openAccount } from "../accounts/account.ts";
import type { Work } from "../database.ts";
import { followLink } from "../links/follow-link.ts";
import { SignedLink } from "../links/signed-link.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { setConsent } from "../people/consent.ts";
import { Person } from "../people/person.ts";
import { applyRetention, previewRetention } from "./retention.ts";

const { database, ownerUrl } = await freshDatabase();

/** Somebody whose every row is as old as told. */
async function makeOld(age: string, also: (work: Work, person: Person) => Promise<unknown> | unknown): Promise<number> {
  const { id } = await database.transaction(front, async (work) => {
    const person = await makePerson(work);
    await also(work, person);
    return person;
  });
  await makeOlder(id, age);
  return id;
}

async function makeOlder(id: number, age: string): Promise<void> {
  await database.pool.query(`update person set registered_at = now() - interval '${age}' where id = $1`, [id]);
  const owner = new pg.Client(ownerUrl);
  await owner.connect();
  await owner.query(`update history set at = now() - interval '${age}' where person_id = $1`, [id]);
  await owner.end();
}

const confirm = (work: Work, person: Person) => person.confirm(work, "link");
const registration = async (id: number) =>
  (await database.pool.query("select registration from person where id = $1", [id])).rows[0].registration;
const asked = async (id: number) =>
  (await database.pool.query("select 1 from message where mail = 'keep-alive' and person_id = $1", [id])).rowCount;
const aMonthLater = () =>
  database.pool.query("update message set queued_at = queued_at - interval '31 days' where mail = 'keep-alive'");
const night = () => applyRetention(database, "a secret for hashes");

test("a registration that nobody confirmed goes after its weeks, without a mail", async () => {
  const old = await makeOld("43 days", () => {});
  const young = await makeOld("41 days", () => {});
  assert.equal((await database.read(front, previewRetention)).unconfirmed, 1);
  assert.equal((await night()).unconfirmed, 1);
  assert.deepEqual([await registration(old), await registration(young)], ["erased", "unconfirmed"]);
  assert.equal((await database.pool.query("select 1 from message where mail = 'erasure-done'")).rowCount, 0);
});

test("somebody whom nothing binds to us goes after the year; a gift, a consent or an account keeps them", async () => {
  const nothing = await makeOld("400 days", confirm);
  const consent = await makeOld("400 days", async (work, person) => {
    confirm(work, person);
    await setConsent(work, person, "info", true, { channel: "x" });
  });
  const account = await makeOld("400 days", async (work, person) => {
    confirm(work, person);
    await openAccount(work, person, `keeps${person.id}`);
  });
  const gift = await makeOld("400 days", (work, person) =>
    registerPayment(work, "hand", `gift-${person.id}`, aNotice({ reference: person.donref("EX") })),
  );
  assert.deepEqual([(await night()).lapsed, await asked(nothing), await asked(consent)], [0, 1, 0]);
  await aMonthLater();
  assert.equal((await night()).lapsed, 1);
  assert.deepEqual(await Promise.all([nothing, consent, account, gift].map(registration)), [
    "erased",
    "confirmed",
    "confirmed",
    "confirmed",
  ]);
});

test("whoever says by the link that they want to stay is kept another year, and is asked again after it", async () => {
  const id = await makeOld("345 days", confirm);
  const report = await night();
  assert.deepEqual([report.asked, report.lapsed], [1, 0], "asked a month before the year is over");
  const token = await database.read(front, async (work) =>
    (await work.find(SignedLink, sql`person_id = ${id} and command = 'keep-alive'`))?.token("a secret for links"),
  );
  await database.transaction(front, (work) => followLink(work, token ?? "", "a secret for links", { shownUntil: 0 }));
  await aMonthLater();
  assert.deepEqual([(await night()).lapsed, await registration(id)], [0, "confirmed"]);
  await makeOlder(id, "400 days");
  await database.pool.query("update message set queued_at = queued_at - interval '1 year' where mail = 'keep-alive'");
  assert.deepEqual([(await night()).asked, await asked(id)], [1, 2]);
});

test("that somebody of the staff looked at a person's data keeps them no longer", async () => {
  const id = await makeOld("400 days", confirm);
  await database.transaction(administrator, async (work) => (await work.get(Person, id)).noteLook(work));
  assert.equal((await night()).asked, 1);
});

test("a night after which nothing is due changes nothing", async () => {
  assert.deepEqual([...new Set(Object.values(await night()))], [0]);
});
