// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { registerPayment } from "../data/payments/register-payment.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, aNotice, makePerson } from "../test/make.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const cdb = (...args: string[]) => runCdb(["donations", ...args], { DATABASE_URL: url });
await database.transaction(administrator, async (work) => {
  const firm = await makePerson(work, { name: "=Firm", kind: "organisation", email: "firm@example.org" });
  const told = { reference: firm.donref("EX"), happenedAt: "2025-05-05T10:00:00Z" };
  const tell = (name: string, wish: Parameters<typeof aNotice>[0]) =>
    registerPayment(work, "paypal", name, aNotice({ ...told, ...wish }));
  await tell("P1", { amount: { amount: 100_000, currency: "EUR" } });
  await tell("P2", { amount: { amount: 500, currency: "JPY" } });
  await tell("R1", { kind: "refunded", original: "P1", amount: { amount: 2550, currency: "EUR" } });
});

test("the donors of a year are listed for people, spreadsheets and programs", async () => {
  const { out } = await cdb("donors", "--year", "2025");
  assert.match(out, /^Donors of 2025\n\nFrom €18,000\.00: 0\n\nFrom €3,600\.00: 0\n\nFrom €720\.00: 1\n/);
  const csv = await cdb("donors", "--year", "2025", "--csv");
  assert.match(
    csv.out,
    /^from,name,since,kind,given,currency,personId\r\n720\.00,'=Firm,,organisation,974\.50,EUR,\d+\r\n$/,
  );
  assert.deepEqual(JSON.parse((await cdb("donors", "--year", "2024", "--json")).out).levels[2].donors, []);
});

test("totals keep currencies apart", async () => {
  const { out } = await cdb("totals", "--by", "month", "--method", "--csv");
  assert.equal(
    out,
    "period,method,currency,count,gross,refunded,disputed,net\r\n2025-05,paypal,EUR,1,1000.00,25.50,0.00,974.50\r\n2025-05,paypal,JPY,1,500,0,0,500\r\n",
  );
  assert.match((await cdb("totals", "--from", "2025-05-06")).out, /^Nothing was given\.$/m);
});

test("a day that is none is refused, not corrected", async () => {
  for (const day of ["2025-02-30", "yesterday", "2025-2-3", "10000-01-01"]) {
    const { code, err } = await cdb("totals", "--from", day);
    assert.deepEqual([code, /It must be a day such as/.test(err)], [2, true], day);
  }
  assert.equal((await cdb("donors", "--year", "25")).code, 2);
});
