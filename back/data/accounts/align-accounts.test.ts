// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, makeAPledge, makePerson } from "../../test/make.ts";
import type { Work } from "../database.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { Person } from "../people/person.ts";
import { changeAccount, getAccount, openAccount } from "./account.ts";
import { alignAccounts } from "./align-accounts.ts";
import { chooseUsername } from "./choose-username.ts";
import { desiredEntry } from "./directory-entry.ts";

const { database } = await freshDatabase();

const change = <T>(verb: (work: Work) => Promise<T>) => database.transaction(administrator, verb);
const align = () => change((work) => alignAccounts(work, 0));
const entryOf = (username: string) => database.read(administrator, (work) => desiredEntry(work, username));

async function pay(id: number): Promise<void> {
  await change(async (work) => {
    const person = await work.get(Person, id);
    const amount = { amount: 1_000, currency: "EUR" };
    const pledge = await makeAPledge(work, person, { amount, interval: "monthly" });
    const happenedAt = new Date().toISOString();
    await registerPayment(work, "hand", randomUUID(), aNotice({ amount, reference: pledge.reference, happenedAt }));
  });
}

async function makeSupporter(username: string): Promise<number> {
  const id = await change(async (work) => (await makePerson(work)).id);
  await pay(id);
  await change(async (work) => chooseUsername(work, await work.get(Person, id), username, "secret"));
  return id;
}

/** As when the last payment were of long ago. */
async function lapse(id: number): Promise<void> {
  await database.pool.query("update pledge set state = 'lapsed' where person_id = $1", [id]);
}
async function passDays(id: number, days: number): Promise<void> {
  await database.pool.query(
    "update account set unentitled_since = unentitled_since - make_interval(days => $2) where person_id = $1",
    [id, days],
  );
}

test("who supports no more keeps the account through the grace, then it is paused; paying opens it at once", async () => {
  const id = await makeSupporter("gertrude");
  assert.deepEqual((await entryOf("gertrude"))?.groups, ["supporters"]);
  await lapse(id);
  await align();
  await passDays(id, 89);
  assert.equal((await align()).paused, 0);
  await passDays(id, 1);
  assert.equal((await align()).paused, 1);
  const paused = await entryOf("gertrude");
  assert.deepEqual([paused?.state, paused?.groups], ["paused", []]);
  assert.equal((await align()).paused, 0);
  await pay(id);
  const open = await entryOf("gertrude");
  assert.deepEqual([open?.state, open?.groups], ["open", ["supporters"]]);
  assert.ok((open?.version ?? 0) > (paused?.version ?? 0));
  const { rows } = await database.pool.query(
    "select mail from message where person_id = $1 and mail like 'account-%' order by id",
    [id],
  );
  assert.deepEqual(
    rows.map(({ mail }) => mail),
    ["account-opened", "account-paused", "account-reopened"],
  );
});

test("who supports again within the grace gets a whole one next time", async () => {
  const id = await makeSupporter("hedwig");
  await lapse(id);
  await align();
  await passDays(id, 80);
  await pay(id);
  await lapse(id);
  await align();
  await passDays(id, 20);
  assert.equal((await align()).paused, 0);
});

test("no rule touches what an administrator opened, paused or closed", async () => {
  const [opened, paused, closed] = [
    await change(async (work) => (await makePerson(work)).id),
    await makeSupporter("irmgard"),
    await makeSupporter("jolanda"),
  ];
  await change(async (work) => openAccount(work, await work.get(Person, opened), "kunigunde"));
  const verb = (id: number, does: "pause" | "close") =>
    change(async (work) => {
      const person = await work.get(Person, id, "lock");
      const account = await getAccount(work, person);
      await changeAccount(work, person, account, () =>
        does === "pause" ? account.pause(work, "administrator", "") : account.close(work, ""),
      );
    });
  await verb(paused, "pause");
  await verb(closed, "close");
  await align();
  await passDays(opened, 1_000);
  await align();
  await pay(paused);
  await pay(closed);
  const states = [await entryOf("kunigunde"), await entryOf("irmgard"), await entryOf("jolanda")].map(
    (it) => it?.state,
  );
  assert.deepEqual(states, ["open", "paused", undefined]);
});
