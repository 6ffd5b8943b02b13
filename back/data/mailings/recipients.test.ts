// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What sending a mail costs does not grow with how many get it, also before PostgreSQL has counted them.
import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { freshDatabase } from "../../test/database.ts";
import { makeReaders } from "../../test/mailings.ts";
import { administrator } from "../../test/make.ts";
import type { Work } from "../database.ts";
import { freezeAudience } from "./audience.ts";
import { type Mailing, makeMailing } from "./mailing.ts";
import { saveText } from "./mailing-text.ts";
import { claimRecipients, handOver, isDone, settleRecipients } from "./recipients.ts";

const { database, ownerUrl } = await freshDatabase();
const readers = 5_000;
const atOnce = 20;

async function count(): Promise<void> {
  const owner = new pg.Client(ownerUrl);
  await owner.connect();
  await owner.query("vacuum analyze");
  await owner.end();
}

async function begin(work: Work, name: string): Promise<Mailing> {
  const wish = { name, purpose: "newsletter", selector: "", replyTo: "", public: false };
  const mailing = await makeMailing(work, wish);
  await saveText(work, mailing, { language: "en", subject: "News", body: "Hello {name}" });
  Object.assign(mailing, { state: "scheduled", scheduledFor: work.now });
  assert.equal(await freezeAudience(work, mailing), readers);
  mailing.begin(work);
  await work.write();
  return mailing;
}

/** How many rows of these tables a verb reads, by index or one after the other. */
async function rowsRead(work: Work, verb: () => Promise<unknown>): Promise<number> {
  const read = async () => {
    const [sum] = await work.rows<{ rows: number }>(
      `select sum(pg_stat_get_xact_tuples_fetched(oid) + pg_stat_get_xact_tuples_returned(oid)
          + coalesce((select sum(pg_stat_get_xact_tuples_returned(indexrelid)) from pg_index where indrelid = pg_class.oid), 0))::int as rows
        from pg_class where relname in ('mailing_recipient', 'signed_link', 'consent')`,
      [],
    );
    return sum?.rows ?? 0;
  };
  const before = await read();
  await verb();
  return (await read()) - before;
}

test("who takes, hands over and settles some reads few rows beside theirs, however many get the mailing", async () => {
  await makeReaders(database, readers);
  // PostgreSQL knows one mailing to so many, and of the next one nothing.
  await database.transaction(administrator, (work) => begin(work, "before"));
  await count();
  await database.transaction(administrator, async (work) => {
    const mailing = await begin(work, "to-all");
    let ids: number[] = [];
    const costs = {
      claim: await rowsRead(work, async () => {
        const claimed = await claimRecipients(work, mailing.id, { after: 0, limit: atOnce, pausing: [] });
        ids = claimed.map(({ personId }) => personId);
      }),
      handOver: await rowsRead(work, () => handOver(work, mailing, ids, ["name"])),
      settle: await rowsRead(work, () =>
        settleRecipients(
          work,
          mailing.id,
          ids.map((personId) => ({ personId, state: "accepted" })),
        ),
      ),
      isDone: await rowsRead(work, () => isDone(work, mailing.id)),
    };
    assert.equal(ids.length, atOnce);
    for (const [verb, rows] of Object.entries(costs))
      assert.ok(rows > 0 && rows < readers / 2, `${verb} read ${rows} rows for ${atOnce} readers`);
  });
});
