// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { freshDatabase } from "../../test/database.ts";
import { aNotice, front, makeAPledge, makePerson } from "../../test/make.ts";
import { Database, type Work } from "../database.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { thankForYear } from "./year-thanks.ts";

const { database: plain, url } = await freshDatabase();
const donations = { ...plain.organisation.donations, thanksForRenewals: "yearly" as const };
const database = new Database(url, { ...plain.organisation, donations }, { program: "test", poolSize: 2 });
test.after(() => database.close());
let count = 0;

/** Somebody whose pledge was renewed on these days. */
async function renewed(days: string[], renewal: string | undefined = "sub_1"): Promise<number> {
  count += 1;
  const { id, reference } = await database.transaction(front, async (work) => {
    const person = await makePerson(work);
    const pledge = await makeAPledge(work, person, { interval: "monthly", method: renewal ? "card" : "transfer" });
    return { id: person.id, reference: pledge.reference };
  });
  for (const [at, day] of days.entries())
    await database.transaction(front, (work) =>
      registerPayment(
        work,
        "stripe",
        `in_${count}_${at}`,
        aNotice({ reference, happenedAt: `${day}T10:00:00Z`, ...(renewal && { renewal: `${renewal}_${count}` }) }),
      ),
    );
  return id;
}

const mails = async (personId: number, mail: string) =>
  (await plain.pool.query("select fields from message where person_id = $1 and mail = $2", [personId, mail])).rows;
/** As if it were this day. */
const on = (day: string, verb: (work: Work) => Promise<number>) =>
  database.transaction({ kind: "worker" }, (work) =>
    verb(Object.assign(work, { now: Temporal.Instant.from(`${day}T09:00:00Z`) })),
  );

test("what renews is thanked for the first time at once, and then once in January for the whole year", async () => {
  const id = await renewed(["2026-10-05", "2026-11-05", "2026-12-05", "2027-01-05"]);
  assert.equal((await mails(id, "thank-you")).length, 1);
  assert.equal(await on("2027-01-07", thankForYear), 0, "not before all of the year is told");
  assert.equal(await on("2027-01-08", thankForYear), 1);
  const [mail] = await mails(id, "year-thanks");
  assert.deepEqual([mail.fields.year, mail.fields.count, mail.fields.amount], ["2026", "3", "€75.00"]);
  assert.equal(await on("2027-01-09", thankForYear), 0, "once");
  assert.equal(await on("2027-02-09", thankForYear), 0, "in January only");
});

test("what does not renew by itself is thanked for each time, and gets no mail in January", async () => {
  const id = await renewed(["2026-10-05", "2026-11-05"], "");
  assert.equal((await mails(id, "thank-you")).length, 2);
  await on("2027-01-20", thankForYear);
  assert.deepEqual(await mails(id, "year-thanks"), []);
});
