// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The books follow from what was told and decided, whatever became of the people since; what does not follow is found.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { Notice } from "@cdb/api/payments.ts";
import pg from "pg";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, front, makeAPledge, makePerson } from "../../test/make.ts";
import type { Work } from "../database.ts";
import { carryOutErasure, requestErasure } from "../people/erasure.ts";
import { mergePeople } from "../people/merge-people.ts";
import { Person } from "../people/person.ts";
import { unmergePeople } from "../people/unmerge-people.ts";
import { ignoreDonation, matchDonation, splitDonation, undoDecision } from "./decide-donation.ts";
import { registerPayment } from "./register-payment.ts";
import { replayPayments } from "./replay.ts";

const { database, ownerUrl } = await freshDatabase();
const eur = (amount: number) => ({ amount, currency: "EUR" });
let count = 0;

async function told(wish: Partial<Notice>): Promise<{ id: number; name: string }> {
  count += 1;
  const name = `pi_${count}`;
  await database.transaction(front, (work) => registerPayment(work, "stripe", name, aNotice(wish)));
  const { rows } = await database.pool.query("select id from payment where provider_reference = $1", [name]);
  return { id: rows[0].id, name };
}

const person = () => database.transaction(front, (work) => makePerson(work));
const byHand = <T>(verb: (work: Work) => Promise<T>) => database.transaction(administrator, verb);
const replay = () => database.transaction(front, (work) => replayPayments(work, () => {}));

afterEach(async () => assert.deepEqual((await replay()).differences, []));

test("gifts, refunds and fees are made anew as they were", async () => {
  const donor = await person();
  const pledge = await database.transaction(front, (work) => makeAPledge(work, donor));
  const { name } = await told({ reference: pledge.reference, fee: eur(63) });
  await told({ kind: "refunded", original: name, amount: eur(500) });
  await told({ kind: "refunded", original: name, amount: { amount: 500, currency: "USD" } });
  await told({ reference: `${donor.donref("EX")}Z1` });
  await told({ reference: "MP12" });
  await told({ reference: "who knows" });
  const { notices, payments, donations } = await replay();
  assert.deepEqual([notices, payments, donations], [6, 7, 4]);
});

test("so is what was decided, split and taken back", async () => {
  const [one, two] = [await person(), await person()];
  const [matched, ignored, undone, split] = [
    await told({}),
    await told({}),
    await told({}),
    await told({ amount: eur(5000) }),
  ];
  await byHand((work) => matchDonation(work, matched.id, one, "letter"));
  await byHand((work) => ignoreDonation(work, ignored.id, "interest"));
  await byHand((work) => matchDonation(work, undone.id, two, "letter"));
  await byHand((work) => undoDecision(work, undone.id, "mistake"));
  const parts = [
    { amount: 3000, whose: one },
    { amount: 2000, whose: two },
  ];
  await byHand((work) => splitDonation(work, split.id, parts, "both"));
  await told({ kind: "refunded", original: split.name, amount: eur(2500) });
});

test("who was merged, taken apart again or erased has given what they gave", async () => {
  const [kept, gone, apart, leaver] = [await person(), await person(), await person(), await person()];
  const give = (whose: Person) => told({ reference: whose.donref("EX") });
  for (const each of [kept, gone, apart, leaver]) await give(each);
  const stray = await told({});
  await byHand((work) => matchDonation(work, stray.id, gone, "letter"));
  await byHand((work) => mergePeople(work, kept.id, gone.id, "one"));
  await give(gone);
  const merge = await byHand((work) => mergePeople(work, kept.id, apart.id, "one"));
  await give(apart);
  await byHand((work) => unmergePeople(work, merge.id, "two after all"));
  await give(apart);
  const erasure = await byHand(async (work) => requestErasure(work, await work.get(Person, leaver.id)));
  await byHand((work) => carryOutErasure(work, erasure.id, "a secret of tests"));
  await give(leaver);
});

test("what nobody had promised yet is no pledge's, and who was not there yet gave nothing", async () => {
  const donor = await person();
  await told({ reference: `${donor.donref("EX")}P1` });
  await database.transaction(front, (work) => makeAPledge(work, donor));
  const { rows } = await database.pool.query("select max(id)::int + 1 as next from person");
  const next = { id: rows[0].next };
  await told({ reference: Person.prototype.donref.call(next, "EX") });
  assert.equal((await person()).id, next.id);
});

test("a row that was changed behind our back is found and named", async () => {
  const { name } = await told({ amount: eur(4200) });
  const owner = new pg.Client(ownerUrl);
  await owner.connect();
  for (const [table, column] of [
    ["payment", "amount"],
    ["donation", "refunded"],
  ] as const) {
    const change = (by: string) =>
      owner.query(`update ${table} set ${column} = ${column} ${by} where ${table === "payment" ? "id" : "payment_id"} =
        (select id from payment where provider_reference = '${name}')`);
    await change("+ 1");
    const { differences } = await replay();
    assert.deepEqual(
      new Set(differences.map((it) => `${it.table} ${it.foundIn}`)),
      new Set([`${table} the books`, `${table} the replay`]),
    );
    assert.ok(differences.every((it) => it.name.endsWith(name)));
    await change("- 1");
  }
  await owner.end();
});
