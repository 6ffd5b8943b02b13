// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { freshDatabase } from "../../test/database.ts";
import { aNotice, front, makePerson } from "../../test/make.ts";
import { openAccount } from "../accounts/account.ts";
import type { Work } from "../database.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { setConsent } from "../people/consent.ts";
import type { Person } from "../people/person.ts";
import { applyRetention, previewRetention } from "./retention.ts";

const { database, ownerUrl } = await freshDatabase();

/** Somebody whose every row is as old as told. */
async function makeOld(age: string, also: (work: Work, person: Person) => Promise<unknown> | unknown): Promise<number> {
  const { id } = await database.transaction(front, async (work) => {
    const person = await makePerson(work);
    await also(work, person);
    return person;
  });
  await database.pool.query(`update person set registered_at = now() - interval '${age}' where id = $1`, [id]);
  const owner = new pg.Client(ownerUrl);
  await owner.connect();
  await owner.query(`update history set at = now() - interval '${age}' where person_id = $1`, [id]);
  await owner.end();
  return id;
}

const confirm = (work: Work, person: Person) => person.confirm(work, "link");
const registration = async (id: number) =>
  (await database.pool.query("select registration from person where id = $1", [id])).rows[0].registration;
const night = () => database.transaction({ kind: "worker" }, (work) => applyRetention(work, "a secret for hashes"));

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
  assert.equal((await night()).lapsed, 1);
  assert.deepEqual(await Promise.all([nothing, consent, account, gift].map(registration)), [
    "erased",
    "confirmed",
    "confirmed",
    "confirmed",
  ]);
});

test("a night after which nothing is due changes nothing", async () => {
  assert.deepEqual(await night(), { unconfirmed: 0, lapsed: 0, remains: 0, strayMails: 0 });
});
