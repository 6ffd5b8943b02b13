// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, front, makePerson } from "../../test/make.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { decideDifferent, findDuplicates, listDuplicates, noteDuplicates } from "./duplicates.ts";
import { Person } from "./person.ts";
import { scanForDuplicates } from "./scan-duplicates.ts";

const { database } = await freshDatabase();

interface Wish {
  email?: string;
  street?: string;
  country?: string;
  birthday?: string;
  second?: string;
}

/** A confirmed person; without a postcode they did not say where they live. */
function make(name: string, postcode: string, { email, street, country = "DE", birthday, second }: Wish = {}) {
  return database.transaction(front, async (work) => {
    const postalAddress = { lines: street ? [street] : [], postcode, city: "", country };
    const person = await makePerson(work, { name, ...(email && { email }), ...(postcode && { postalAddress }) });
    person.confirm(work, "coordinator");
    if (birthday) person.birthday = Temporal.PlainDate.from(birthday);
    if (second) person.secondaryEmail = second;
    return person.id;
  });
}

const looksLike = async (id: number) =>
  (await database.read(front, (work) => findDuplicates(work, id))).map(({ personId, reasons }) => [
    personId,
    reasons.join(" "),
  ]);

test("a name with slips, without accents, or turned round at the same postcode is a likely duplicate", async () => {
  const zoe = await make("Zoë Löffler", "10115");
  for (const [name, postcode] of [
    ["Zoe Loeffler", "10115"],
    ["LÖFFLER, Zoë", "10 115"],
    ["Zoë Löfler", "10115"],
    ["Zoé Loffler", "10115"],
  ] as const) {
    const found = await looksLike(await make(name, postcode));
    assert.deepEqual(
      found.find(([id]) => id === zoe),
      [zoe, "similar-name same-postcode"],
      name,
    );
  }
});

test("neither a household, nor a neighbour, nor a namesake elsewhere is one", async () => {
  await make("Ivana Horvat", "21000", { street: "Ilica 5" });
  for (const [name, postcode, wish] of [
    ["Marko Babić", "21000", { street: "Ilica 5" }],
    ["Petra Novak", "21000", {}],
    ["Ivana Horvat", "31000", {}],
    ["Ivana Horvat", "21000", { country: "HR" }],
  ] as const)
    assert.deepEqual(await looksLike(await make(name, postcode, wish)), [], `${name} ${postcode}`);
});

test("street, birthday, mailbox, second address and account speak for it; another birthday against it", async () => {
  const first = await make("Grace Hopper", "4020", {
    street: "Hauptstraße 5",
    birthday: "1906-12-09",
    email: "grace.hopper@gmail.com",
    country: "AT",
  });
  const other = (name: string, postcode: string, wish: Wish) =>
    make(name, postcode, { country: "AT", ...wish }).then(looksLike);
  assert.deepEqual(await other("The Admiral", "", { email: "gracehopper+list@googlemail.com" }), []);
  assert.deepEqual(await other("Grace Hoper", "9999", { email: "GraceHopper@googlemail.com" }), [
    [first, "same-mailbox similar-name"],
  ]);
  assert.deepEqual((await other("Grace Hopper", "4020", { street: "Hauptstrasse 5" }))[0], [
    first,
    "similar-name same-postcode same-address",
  ]);
  assert.deepEqual((await other("Grace M Hopper", "1010", { birthday: "1906-12-09" }))[0], [
    first,
    "similar-name same-birthday",
  ]);
  const names = (await other("Grace Hopper", "4020", { birthday: "1999-01-01" })).map(([id]) => id);
  assert.ok(!names.includes(first));
  assert.deepEqual(await other("Somebody Else", "", { second: "grace.hopper@gmail.com" }), [[first, "same-email"]]);
});

test("a rare name counts where one did not say where they live; a payer's address does with something else", async () => {
  const first = await make("Nikolaus Kopernikus", "87100", { country: "PL" });
  const second = await make("Kopernikus Nikolaus", "");
  assert.deepEqual(await looksLike(second), [[first, "similar-name rare-name"]]);
  const [giver, payer] = [await make("Tycho Brahe", "11000"), await make("Tycho Ottesen Brahe", "")];
  await database.transaction(front, async (work) => {
    const { email } = await work.get(Person, payer);
    const reference = (await work.get(Person, giver)).donref("EX");
    await registerPayment(work, "hand", "t1", aNotice({ reference, payer: { name: "", email: email ?? "" } }));
  });
  assert.deepEqual(await looksLike(payer), [[giver, "similar-name same-account"]]);
});

test("names in any script, of one letter, or full of signs find and break nothing", async () => {
  const first = await make("Анна Каренина", "101000", { country: "RU" });
  assert.deepEqual(await looksLike(await make("анна каренина", "101000", { country: "RU" })), [
    [first, "similar-name same-postcode"],
  ]);
  for (const name of ["X", "''; drop table person; --", "((((", "\\1 \\2", "%_%", "李", "🦊 🦊"])
    assert.deepEqual(await looksLike(await make(name, "55555")), [], name);
});

test("the night finds the same pairs, each once, and never again one that was decided", async () => {
  const scan = () => database.transaction({ kind: "worker" }, scanForDuplicates);
  await database.pool.query("delete from duplicate");
  const { found, open } = await scan();
  assert.equal(found, open);
  const { rows: people } = await database.pool.query("select id from person where registration = 'confirmed'");
  const noted = (await database.pool.query("select person_id, other_id, score, reasons from duplicate order by 1, 2"))
    .rows;
  await database.pool.query("delete from duplicate");
  for (const { id } of people) await database.transaction(front, (work) => noteDuplicates(work, id));
  const { rows: atEntry } = await database.pool.query(
    "select person_id, other_id, score, reasons from duplicate order by 1, 2",
  );
  assert.deepEqual(noted, atEntry);
  const [pair] = await database.read(front, (work) => listDuplicates(work, 1));
  const [one = 0, other = 0] = pair?.people.map(({ id }) => id) ?? [];
  await database.transaction(administrator, (work) => decideDifferent(work, other, one));
  await database.transaction(front, (work) => noteDuplicates(work, one));
  assert.deepEqual(await scan(), { found: 0, open: open - 1 });
});
