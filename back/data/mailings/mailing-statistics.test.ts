// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { freshDatabase } from "../../test/database.ts";
import { administrator, makePerson } from "../../test/make.ts";
import { setConsent } from "../people/consent.ts";
import { Person } from "../people/person.ts";
import { freezeAudience } from "./audience.ts";
import { getMailing, makeMailing } from "./mailing.ts";
import { mailingStatistics } from "./mailing-statistics.ts";
import { saveText } from "./mailing-text.ts";

const { database } = await freshDatabase();
const byHand = database.transaction.bind(database, administrator) as <T>(
  verb: Parameters<typeof database.transaction<T>>[1],
) => Promise<T>;
const statisticsOf = (name: string) =>
  database.read(administrator, async (work) => mailingStatistics(work, await getMailing(work, name)));

async function makeReader(email: string): Promise<number> {
  return byHand(async (work) => {
    const person = await makePerson(work, { email });
    person.confirm(work, "link");
    await setConsent(work, person, "newsletter", true, { channel: "/settings" });
    return person.id;
  });
}

/** To everybody who agreed by then, so many hours ago. */
async function sent(name: string, hoursAgo: number): Promise<void> {
  await byHand(async (work) => {
    const at = Temporal.Now.instant().subtract({ minutes: Math.round(hoursAgo * 60) });
    const mailing = await makeMailing(work, {
      ...{ name, purpose: "newsletter", selector: "", replyTo: "", public: false },
    });
    await saveText(work, mailing, { language: "en", subject: "s", body: "b" });
    await freezeAudience(work, mailing);
    Object.assign(mailing, { state: "sent", beganAt: at, endedAt: at });
    await work.rows(
      "update mailing_recipient set state = 'accepted', handed_over_at = $2, settled_at = $2 where mailing_id = $1",
      [mailing.id, at],
    );
  });
}

async function withdraws(id: number, channel: string): Promise<void> {
  await byHand(async (work) => setConsent(work, await work.get(Person, id, "lock"), "newsletter", false, { channel }));
}

test("who withdraws by a link counts for the last mailing they had got, not for those before, nor does who did so elsewhere", async () => {
  const [stays, goes, elsewhere] = [
    await makeReader("stays@example.org"),
    await makeReader("goes@example.org"),
    await makeReader("elsewhere@example.org"),
  ];
  await sent("first", 3);
  await sent("second", 2);
  await withdraws(goes, "/command/unsubscribe");
  await withdraws(elsewhere, "/settings");
  assert.equal((await statisticsOf("first")).total.withdrawn, 0);
  assert.equal((await statisticsOf("second")).total.withdrawn, 1);
  assert.equal((await statisticsOf("second")).languages.en?.withdrawn, 1);
  await sent("third", 0);
  const { total } = await statisticsOf("third");
  assert.deepEqual([total.sent, total.accepted, total.withdrawn], [1, 1, 0]);
  assert.ok(stays > 0);
});

test("domains of few readers stand together, for they would tell who somebody is", async () => {
  for (let n = 0; n < 5; n += 1) await makeReader(`reader${n}@large.example`);
  for (let n = 0; n < 3; n += 1) await makeReader(`reader@family${n}.example`);
  await sent("domains", 1);
  await database.pool.query(
    `update mailing_recipient set bounced_as = case domain when 'large.example' then 'hard' else 'complaint' end, bounced_at = now()
      where mailing_id = (select id from mailing where name = 'domains')`,
  );
  const { total, domains } = await statisticsOf("domains");
  assert.deepEqual(
    domains.map(({ domain, counts }) => [domain, counts.sent, counts.bounced, counts.complained]),
    [
      ["large.example", 5, 5, 0],
      [null, 4, 0, 4],
    ],
  );
  assert.deepEqual([total.sent, total.bounced, total.complained], [9, 5, 4]);
});
