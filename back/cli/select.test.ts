// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { registerPayment } from "../data/payments/register-payment.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, aNotice, makePerson } from "../test/make.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const cdb = (...args: string[]) => runCdb(args, { DATABASE_URL: url });
await database.transaction(administrator, async (work) => {
  const giver = await makePerson(work, { name: "Gina Giver", email: "gina@example.org" });
  await registerPayment(
    work,
    "hand",
    "gina-1",
    aNotice({ reference: giver.donref("EX"), amount: { amount: 7000, currency: "EUR" } }),
  );
  await makePerson(work, { name: "Nils Nothing", email: "nils@example.org" });
});

test("a selector picks people, counts them, and says why somebody is out", async () => {
  const listed = await cdb("people", "select", "donations.sum >= 60", "--json");
  assert.deepEqual(
    JSON.parse(listed.out).people.map(({ name }: { name: string }) => name),
    ["Gina Giver"],
  );
  assert.equal(
    (await cdb("people", "select", "--count", 'registration in ("confirmed", "unconfirmed")')).out.trim(),
    "2",
  );
  const why = await cdb("people", "explain", "nils@example.org", "donations.sum >= 60");
  assert.match(why.out, /^Nils Nothing is not picked\.\nno {3}donations\.sum is .*needs >= 60/);
});

test("a mistyped field is a sentence that says where it is and what was meant, and exit code 1", async () => {
  const { code, err } = await cdb("people", "select", 'contry == "DE"');
  assert.equal(code, 1);
  assert.match(err, /At character 1.*Did you mean country\?/);
});
