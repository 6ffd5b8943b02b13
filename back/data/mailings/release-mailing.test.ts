// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { freshDatabase } from "../../test/database.ts";
import { administrator, makePerson } from "../../test/make.ts";
import type { Actor } from "../actor.ts";
import type { Work } from "../database.ts";
import { setConsent } from "../people/consent.ts";
import { changeMailing, digestOf, getMailing, Mailing, makeMailing } from "./mailing.ts";
import { saveText, textsOf } from "./mailing-text.ts";
import { approveMailing, scheduleMailing, settleUnknown } from "./release-mailing.ts";
import { beginDue } from "./run-mailing.ts";
import { showMailing } from "./show-mailing.ts";

const { database } = await freshDatabase();
const second: Actor = { kind: "administrator", name: "second" };
let count = 0;

before(() => makeReaders(1));

async function makeReaders(number: number): Promise<void> {
  await database.transaction(administrator, async (work) => {
    for (let n = 0; n < number; n += 1) {
      const person = await makePerson(work);
      person.confirm(work, "link");
      await setConsent(work, person, "newsletter", true, { channel: "/settings" });
    }
  });
}

async function written(): Promise<string> {
  count += 1;
  const name = `mailing-${count}`;
  await database.transaction(administrator, async (work) => {
    const wish = { name, purpose: "newsletter", selector: "", replyTo: "", public: false };
    await saveText(work, await makeMailing(work, wish), { language: "en", subject: "s", body: "b" });
  });
  return name;
}

const change = (name: string, verb: (mailing: Mailing, work: Work) => unknown, actor: Actor = second) =>
  database.transaction(actor, async (work) => {
    await verb(await getMailing(work, name, "lock"), work);
  });
const look = (name: string) => database.read(second, async (work) => getMailing(work, name));
const approve = (name: string) =>
  change(name, async (mailing, work) => approveMailing(work, mailing, (await showMailing(work, mailing)).digest));

test("what pauses before it begins keeps its moment, unless that passed meanwhile", async () => {
  const name = await written();
  await approve(name);
  const at = Temporal.Now.instant().add({ hours: 5 });
  await change(name, (mailing, work) => scheduleMailing(work, mailing, at));
  await change(name, (mailing, work) => mailing.pause(work));
  await change(name, (mailing, work) => mailing.resume(work));
  const { state, scheduledFor } = await look(name);
  assert.deepEqual([state, scheduledFor?.epochMilliseconds], ["scheduled", at.epochMilliseconds]);
  await change(name, (mailing, work) => mailing.stop(work));
});

test("what pauses because many more would get it is approved again, or changed, and then begins", async () => {
  const name = await written();
  await approve(name);
  await makeReaders(15);
  await change(name, (mailing, work) => scheduleMailing(work, mailing));
  await database.transaction(second, beginDue);
  assert.deepEqual([(await look(name)).state, (await look(name)).reason], ["paused", "audience-grown"]);
  await assert.rejects(
    change(name, (mailing, work) => scheduleMailing(work, mailing)),
    { code: "mailing-state" },
  );
  await change(name, (mailing, work) => changeMailing(work, mailing, { replyTo: "a@example.org" }), administrator);
  assert.equal((await look(name)).state, "draft");
  await approve(name);
  await change(name, (mailing, work) => scheduleMailing(work, mailing));
  await database.transaction(second, beginDue);
  assert.equal((await look(name)).state, "sending");
  for (const verb of [
    (mailing: Mailing, work: Work) => changeMailing(work, mailing, { replyTo: "" }),
    (mailing: Mailing, work: Work) => saveText(work, mailing, { language: "en", subject: "s", body: "other" }),
    (mailing: Mailing, work: Work) => mailing.approve(work, "x", 1),
  ]) {
    await assert.rejects(change(name, verb), { code: "mailing-state" });
    await change(name, (mailing, work) => mailing.pause(work));
    await assert.rejects(change(name, verb), { code: "mailing-state" }, "nor while it pauses");
    await change(name, (mailing, work) => mailing.resume(work));
  }
  await change(name, (mailing, work) => mailing.stop(work));
});

test("what the profile does not know any more pauses it, and stops no other", async () => {
  const name = await written();
  await approve(name);
  await change(name, (mailing, work) => scheduleMailing(work, mailing));
  const selector = 'team == "gone"';
  const digest = await database.read(second, async (work) => {
    const mailing = await getMailing(work, name);
    return digestOf(Object.assign(new Mailing(), mailing, { selector }), await textsOf(work, mailing.id));
  });
  const set = "update mailing set selector = $2, approved_digest = $3 where name = $1";
  await database.pool.query(set, [name, selector, digest]);
  await database.transaction(second, beginDue);
  const { state, reason } = await look(name);
  assert.deepEqual([state, reason], ["paused", "selector-unreadable"]);
});

test("who may have got it gets it again, also of a mailing that had ended; of one that was stopped nobody does", async () => {
  const name = await written();
  await approve(name);
  await change(name, (mailing, work) => scheduleMailing(work, mailing));
  await database.transaction(second, beginDue);
  await database.pool.query(
    "update mailing_recipient set state = case position when 1 then 'unknown' else 'accepted' end where mailing_id = (select max(id) from mailing)",
  );
  await change(name, (mailing, work) => mailing.finish(work));
  await change(name, (mailing, work) => settleUnknown(work, mailing, "send-again"));
  assert.equal((await look(name)).state, "sending");
  await change(name, (mailing, work) => mailing.stop(work));
  await assert.rejects(
    change(name, (mailing, work) => settleUnknown(work, mailing, "send-again")),
    { code: "mailing-state" },
  );
});
