// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "@cdb/dev/until.ts";
import type { RenewalProvider, RenewalWish } from "@cdb/providers/renewal.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, makeAPledge, makePerson } from "../test/make.ts";
import { alignRenewal } from "./align-renewal.ts";

const { database } = await freshDatabase();

async function makeRenewing(): Promise<number> {
  const { id } = await database.transaction(administrator, async (work) =>
    makeAPledge(work, await makePerson(work), { interval: "monthly", method: "card" }),
  );
  await database.pool.query("update pledge set renewal = 'sub_1' where id = $1", [id]);
  return id;
}

const set = (id: number, state: string) =>
  database.pool.query("update pledge set state = $2 where id = $1", [id, state]);

test("of two tasks at once the newest state of the pledge is the one that stays at the provider", async () => {
  const id = await makeRenewing();
  const seen: RenewalWish["state"][] = [];
  let kept = "";
  const isAnotherWaiting = async () =>
    (
      await database.pool.query(
        "select from pg_locks join pg_database on oid = database where datname = current_database() and not granted",
      )
    ).rows.length > 0;
  const slow: RenewalProvider = {
    async alignRenewal(_, { state }) {
      seen.push(state);
      // The first is on its way until the second has been there, or waits for it.
      if (state === "paused") await until(async () => kept === "open" || (await isAnotherWaiting()));
      kept = state;
      return "aligned";
    },
  };
  await set(id, "paused");
  const first = alignRenewal(database, { card: slow }, id);
  await until(() => seen.length === 1);
  await set(id, "open");
  await Promise.all([first, alignRenewal(database, { card: slow }, id)]);
  assert.deepEqual([seen, kept], [["paused", "open"], "open"]);
});

test("a renewal that is gone at the provider is told to the pledge; one that came meanwhile stays", async () => {
  const id = await makeRenewing();
  const gone: RenewalProvider = { alignRenewal: async () => "gone" };
  const renewalOf = async () => (await database.pool.query("select renewal from pledge where id = $1", [id])).rows[0];
  const replaced: RenewalProvider = {
    async alignRenewal() {
      await database.pool.query("update pledge set renewal = 'sub_2' where id = $1", [id]);
      return "gone";
    },
  };
  await alignRenewal(database, { card: replaced }, id);
  assert.deepEqual(await renewalOf(), { renewal: "sub_2" });
  await alignRenewal(database, { card: gone }, id);
  assert.deepEqual(await renewalOf(), { renewal: null });
});
