// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { keepParts } from "../data/payments/payout.ts";
import { registerPayment } from "../data/payments/register-payment.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, aNotice, makeAPledge, makePerson } from "../test/make.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const cdb = (...args: string[]) => runCdb(["payments", ...args], { DATABASE_URL: url });
const { id, donref, pledged, other } = await database.transaction(administrator, async (work) => {
  const person = await makePerson(work, { email: "ada@example.org" });
  const pledge = await makeAPledge(work, person);
  const stranger = await makePerson(work, { email: "bo@example.org" });
  return { id: person.id, donref: person.donref("EX"), pledged: pledge.reference, other: stranger.donref("EX") };
});
const money = ["--amount", "25,00", "--day", "2026-11-20"];

async function count(table: "payment" | "donation" | "notice"): Promise<number> {
  return (await database.pool.query(`select count(*)::int as n from ${table}`)).rows[0].n;
}

test("money booked by hand with the same key is booked once", async () => {
  const args = ["register", ...money, "--reference", pledged, "--key", "statement-1-2", "--json"];
  const first = JSON.parse((await cdb(...args)).out);
  assert.deepEqual([first.outcome, first.payment.person, first.payment.receivedOn], ["registered", id, "2026-11-20"]);
  assert.deepEqual(first.payment.amount, { amount: 2500, currency: "EUR" });
  const second = await cdb(...args);
  assert.deepEqual([JSON.parse(second.out).outcome, second.code], ["known-already", 0]);
  assert.deepEqual([await count("payment"), await count("donation")], [1, 1]);
});

test("a key that names other money is refused, and nothing is booked", async () => {
  const before = await count("notice");
  const { code, err } = await cdb(
    "register",
    "--amount",
    "30",
    "--day",
    "2026-11-20",
    "--reference",
    pledged,
    "--key",
    "statement-1-2",
  );
  assert.match(err, /^Under this key another payment is booked/);
  assert.deepEqual([code, await count("notice")], [1, before]);
});

test("who alone stands for their reference, and the history names the administrator", async () => {
  const { out } = await cdb("register", ...money, "--who", "ada@example.org", "--json");
  const { payment, key } = JSON.parse(out);
  assert.deepEqual([payment.reference, payment.person, payment.provider], [donref, id, "hand"]);
  assert.match(key, /^hand-/);
  const { rows } = await database.pool.query(
    "select actor from history where record = 'donation' order by id desc limit 1",
  );
  assert.match(rows[0].actor, /^administrator:./);
});

test("a reference of somebody else than was named is refused", async () => {
  const { code, err } = await cdb("register", ...money, "--who", "ada@example.org", "--reference", other);
  assert.match(err, /does not belong to this person/);
  assert.equal(code, 1);
});

test("money that nobody knows is listed as unmatched, and only that", async () => {
  await cdb("register", ...money, "--reference", "EX99", "--payer-name", "Somebody\u001b[2J");
  const { code, err } = await cdb("register", ...money, "--reference", "EX98", "--payer-name", "Somebody Else");
  assert.deepEqual([code, err], [0, ""]);
  const unmatched = JSON.parse((await cdb("list", "--unmatched", "--json")).out).payments;
  assert.deepEqual(
    unmatched.map((it: { reference: string; person: null }) => [it.reference, it.person]),
    [["EX98", null]],
  );
  const { out } = await cdb("list");
  assert.match(out, /€25\.00 +received +hand +EX98 +unmatched +– +Somebody Else\n/);
  assert.ok(out.includes(donref));
});

test("what is mistyped is a sentence, and nothing is booked", async () => {
  const before = await count("notice");
  const mistakes: [string[], number, RegExp][] = [
    [["--amount", "12,345", "--day", "2026-11-20", "--who", `${id}`], 1, /amount is not a number/],
    [["--amount", "-5", "--day", "2026-11-20", "--who", `${id}`], 1, /amount is not a number/],
    [["--amount", "0", "--day", "2026-11-20", "--who", `${id}`], 1, /more than nothing/],
    [["--amount", "5", "--day", "2026-02-30", "--who", `${id}`], 1, /day is not one such as/],
    [["--amount", "5", "--day", "2999-01-01", "--who", `${id}`], 1, /has not come yet/],
    [["--amount", "5", "--day", "2026-11-20", "--who", "nobody"], 1, /nobody with this/],
    [["--amount", "5", "--day", "2026-11-20", "--reference", "E".repeat(100_000)], 1, /reference/],
    [["--amount", "5", "--day", "2026-11-20", "--who", `${id}`, "--key", "with space"], 1, /providerReference/],
    [["--amount", "5", "--day", "2026-11-20"], 2, /--reference or --who/],
    [["--day", "2026-11-20", "--who", `${id}`], 2, /--amount/],
  ];
  for (const [args, expected, sentence] of mistakes) {
    const { code, err } = await cdb("register", ...args);
    assert.match(err, sentence);
    assert.doesNotMatch(err, /\n\s+at /);
    assert.equal(code, expected, err);
  }
  assert.equal(await count("notice"), before);
});

test("money that nobody knows is listed with who it may be, given to them, set aside, and taken back", async () => {
  const { id } = await database.transaction(administrator, async (work) => {
    const person = await makePerson(work, { name: "Paula Payer" });
    await registerPayment(work, "hand", "stray", aNotice({ payer: { name: "PAYER PAULA", email: "" } }));
    return person;
  });
  const { out } = await cdb("unmatched", "--json");
  const [stray] = JSON.parse(out).payments.filter((it: { payerName: string }) => it.payerName === "PAYER PAULA");
  assert.deepEqual([stray.suggestions[0].personId, stray.suggestions[0].reasons], [id, ["same-name"]]);
  assert.match((await cdb("unmatched")).out, /Paula Payer \(\d+\), 35: the same name/);
  assert.match((await cdb("match", `${stray.id}`, `${id}`)).out, /It is Paula Payer's/);
  assert.equal((await cdb("match", `${stray.id}`, `${id}`)).code, 1);
  assert.match((await cdb("undo", `${stray.id}`, "--reason", "mistake")).out, /waits/);
  assert.match((await cdb("ignore", `${stray.id}`, "--reason", "interest")).out, /nobody's gift/);
  assert.equal((await cdb("ignore", `${stray.id}`)).code, 2, "a reason is asked for");
  assert.equal((await cdb("match", "x", "y")).code, 2);
});

test("money that is two gifts in one is split, and shown as that", async () => {
  await database.transaction(administrator, (work) =>
    registerPayment(work, "bank", "two-in-one", aNotice({ amount: { amount: 10_050, currency: "EUR" } })),
  );
  const { rows } = await database.pool.query("select id from payment where provider_reference = 'two-in-one'");
  const payment = String(rows[0].id);
  const why = ["--reason", "by phone"];
  assert.equal(
    (await cdb("split", payment, "60=ada@example.org", "40=MP2026-7", ...why)).code,
    1,
    "they do not add up",
  );
  assert.equal((await cdb("split", payment, "60", ...why)).code, 2);
  const { out } = await cdb("split", payment, "60=ada@example.org", "40,50=MP2026-7", ...why);
  assert.match(out, /€60\.00: under EX.*\n€40\.50: under MP2026-?7\./);
  assert.match((await cdb("list", "--limit", "1")).out, /bank +\S* +split +–/);
});

test("payouts are listed with what they were made of, and those that are underway", async () => {
  const eur = (amount: number) => ({ amount, currency: "EUR" });
  await database.transaction(administrator, async (work) => {
    await registerPayment(work, "paypal", "A1", aNotice({ amount: eur(2500), fee: eur(73) }));
    await registerPayment(work, "paypal", "W1", aNotice({ kind: "payout", amount: eur(2427) }));
    await keepParts(work, "paypal", "W1", undefined);
  });
  const { payouts } = JSON.parse((await cdb("payouts", "--json")).out);
  const { name, received, fees, open, arrivedOn } = payouts[0];
  assert.deepEqual([name, received, fees, open, arrivedOn], ["W1", eur(2500), eur(-73), eur(0), null]);
  assert.match((await cdb("payouts", "--underway")).out, /W1 +€24\.27 +€25\.00 .*-€0\.73 +€0\.00 +underway/);
});

test("a provider that does not answer is named, and the exit code says that something is wrong", async () => {
  const { code, out } = await runCdb(["payments", "reconcile", "--json"], {
    ...{ DATABASE_URL: url, STRIPE_SECRET_KEY: "sk_test_for_tests_only", STRIPE_API_URL: "http://127.0.0.1:9" },
  });
  const { differences, failed } = JSON.parse(out);
  assert.deepEqual([code, differences, failed[0].provider], [1, [], "stripe"]);
  assert.match(failed[0].says, /does not answer/);
});
