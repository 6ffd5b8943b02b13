// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import pg from "pg";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, aSignInEvent, front, makeAPledge, makePerson } from "../../test/make.ts";
import { openAccount } from "../accounts/account.ts";
import { queueLoginLink } from "../accounts/login-link.ts";
import { recordSignInEvent } from "../accounts/sign-in-event.ts";
import type { Work } from "../database.ts";
import { verifyHistory } from "../history.ts";
import { followLink } from "../links/follow-link.ts";
import { SignedLink } from "../links/signed-link.ts";
import { unsubscribeLink } from "../links/unsubscribe-link.ts";
import { registerBounce } from "../mailings/bounce.ts";
import { makeMailing } from "../mailings/mailing.ts";
import { Message } from "../mailings/message.ts";
import { matchDonation } from "../payments/decide-donation.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { otherTables, personalTables } from "../privacy/personal-data.ts";
import { setConsent } from "./consent.ts";
import { requestEmailChange } from "./email-change.ts";
import { cancelErasure, carryOutErasure, erase, eraseRemains, planErasure, requestErasure } from "./erasure.ts";
import { exportPerson } from "./export.ts";
import { Person } from "./person.ts";
import { suppressionHash } from "./suppression.ts";

const { database, ownerUrl } = await freshDatabase();
const secret = "a secret for the hash of addresses";
const canary = "canary7f3a";

/** Somebody with a row in every table and a canary in every word that tells of them. */
async function makeKnown(gave: string | null, n: number): Promise<{ id: number; uuid: string }> {
  return database.transaction(front, async (work) => {
    const email = `${canary}-${n}@example.org`;
    const postalAddress = {
      lines: [`${canary} street`],
      postcode: `${canary}p`,
      city: `${canary} city`,
      region: `${canary} region`,
      country: "DE",
    };
    const person = await makePerson(work, {
      name: `${canary} name`,
      email,
      postalAddress,
      purposes: ["info"],
      signatures: { "open-letter": "2026-01-02" },
      confirmation: "mail",
      volunteer: { team: "web", message: `${canary} message` },
    });
    person.secondaryEmail = `${canary}-second-${n}@example.org`;
    person.birthday = Temporal.PlainDate.from("1980-02-29");
    await setConsent(work, person, "newsletter", true, {
      channel: "/settings/consents",
      networkAddress: "203.0.113.200",
    });
    await openAccount(work, person, `${canary}${n}`);
    const pledge = await makeAPledge(work, person, { referrer: `https://${canary}.example` });
    if (gave)
      await registerPayment(
        work,
        "hand",
        `paid-${n}`,
        aNotice({
          reference: pledge.reference,
          happenedAt: gave,
          payer: { name: `${canary} payer`, email },
          raw: `{"payer":"${canary} raw"}`,
        }),
      );
    const payer = { name: `${canary} payer`, email };
    const raw = `{"payer":"${canary} raw"}`;
    const told = (wish: Parameters<typeof aNotice>[0]) => aNotice({ reference: pledge.reference, payer, raw, ...wish });
    await registerPayment(work, "hand", `tried-${n}`, told({ kind: "failed" }));
    if (gave) {
      const amount = { amount: 100, currency: "EUR" };
      await registerPayment(work, "hand", `back-${n}`, told({ kind: "refunded", original: `paid-${n}`, amount }));
      // The same money, told once more in another notice.
      await registerPayment(work, "hand", `paid-${n}`, told({ happenedAt: gave }));
      await registerPayment(work, "hand", `stray-${n}`, told({ reference: "?", happenedAt: gave }));
      const [stray] = await work.rows<{ id: number }>("select id from payment where provider_reference = $1", [
        `stray-${n}`,
      ]);
      await matchDonation(work, stray?.id ?? 0, person, "by letter");
    }
    person.change(work, { name: `${canary} changed` });
    await requestEmailChange(work, person, `${canary}-new-${n}@example.org`);
    const words = { clientId: canary, session: canary, network: canary, browser: canary, detail: canary };
    await recordSignInEvent(work, aSignInEvent(person.uuid, words));
    await queueLoginLink(work, {
      identifier: email,
      uuid: person.uuid,
      link: `https://id.example/${canary}`,
      code: "ABCD",
      browser: canary,
      service: "x",
      language: "en",
    });
    await gotAMailing(work, person, n);
    return { id: person.id, uuid: person.uuid };
  });
}

async function gotAMailing(work: Work, person: Person, n: number): Promise<void> {
  const wish = { name: `news-${n}`, purpose: "newsletter", selector: "", replyTo: "", public: false };
  const { id } = await makeMailing(work, wish);
  const { id: linkId } = await unsubscribeLink(work, person, "newsletter");
  await work.rows(
    `insert into mailing_recipient (mailing_id, person_id, position, consent_id, link_id, language, domain, reason)
      select $1, $2, 1, max(id), $3, 'en', $4, $5 from consent where person_id = $2`,
    [id, person.id, linkId, `${canary}.example`, `${canary} refused it`],
  );
  await work.write();
  await work.rows("update mailing_recipient set handed_over_at = now() where mailing_id = $1", [id]);
  const whose = { kind: "mailing", mailingId: id, personId: person.id } as const;
  const told = { kind: "hard", status: canary, reason: canary, originalId: "", recipient: "" } as const;
  await registerBounce(work, { key: randomUUID(), ...told, whose });
}

/** Tables of the whole database, in whatever schema, whose rows hold the canary: a new table cannot be forgotten. */
async function whereIsTheCanary(): Promise<string[]> {
  const owner = new pg.Client(ownerUrl);
  await owner.connect();
  const { rows: tables } = await owner.query(
    "select table_schema || '.' || table_name as name from information_schema.tables where table_type = 'BASE TABLE' and table_schema in ('public', 'pgboss')",
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rowCount } = await owner.query(`select 1 from ${name} t where t::text like '%${canary}%' limit 1`);
    if (rowCount) found.push(name);
  }
  await owner.end();
  return found.sort();
}

test("every column of every table is told of: personal or not, for what, and how long", async () => {
  const { rows } = await database.pool.query(
    "select table_name, column_name from information_schema.columns where table_schema = 'public'",
  );
  for (const { table_name: table, column_name: column } of rows) {
    const told = personalTables[table];
    assert.ok(told ?? otherTables[table], `table ${table}`);
    if (told) assert.ok([...told.personal, ...told.plain].includes(column), `column ${table}.${column}`);
  }
});

test("an export holds every word that is kept about the person", async () => {
  const { id } = await makeKnown("2026-03-04T10:00:00Z", 1);
  const exported = await database.read(front, async (work) => exportPerson(work, await work.get(Person, id)));
  for (const [table, { personal }] of Object.entries(personalTables)) {
    const rows = exported.tables.find((entry) => entry.table === table)?.rows ?? [];
    // Nobody has left, and nobody was merged: merge-people.test.ts looks at those.
    if (!["erasure", "duplicate", "merge"].includes(table)) assert.ok(rows.length > 0, `rows of ${table}`);
    const text = JSON.stringify(rows);
    if (rows.length === 0) continue;
    for (const column of personal.filter((name) => !["secrets", "message_id", "reason"].includes(name)))
      assert.ok(text.includes(`"${column}"`), `${table}.${column}`);
  }
  assert.doesNotMatch(JSON.stringify(exported), /id\.example/);
});

test("somebody who never gave is gone from everywhere on the day, and the history still verifies", async () => {
  await database.pool.query("update person set name = 'x', email = id || '@example.com'");
  const { id } = await makeKnown(null, 2);
  const erasure = await database.transaction(front, async (work) => requestErasure(work, await work.get(Person, id)));
  await database.transaction({ kind: "worker" }, (work) => carryOutErasure(work, erasure.id, secret));
  const { rows } = await database.pool.query("select name, email, registration, city from person where id = $1", [id]);
  assert.deepEqual(rows, [{ name: "", email: null, registration: "erased", city: "" }]);
  const own = await database.read(front, async (work) => exportPerson(work, await work.get(Person, id)));
  assert.doesNotMatch(JSON.stringify(own), new RegExp(canary));
  assert.deepEqual((await verifyHistory(database.query)).broken, []);
});

test("a donor's name and address are locked until the law lets them go, and then go too", async () => {
  const { id } = await makeKnown("2020-03-04T10:00:00Z", 3);
  const plan = await database.read(front, async (work) => planErasure(work, await work.get(Person, id)));
  assert.equal(plan.stays?.until.toString(), "2030-12-31");
  const erasure = await database.transaction(front, async (work) => requestErasure(work, await work.get(Person, id)));
  await database.transaction({ kind: "worker" }, (work) => carryOutErasure(work, erasure.id, secret));
  const kept = async () =>
    (await database.pool.query("select name, email, city from person where id = $1", [id])).rows[0];
  assert.deepEqual(await kept(), { name: `${canary} changed`, email: null, city: `${canary} city` });
  assert.equal(await database.transaction({ kind: "worker" }, (work) => eraseRemains(work, 100)), 0);
  await database.pool.query("update donation set received_on = '2014-01-01' where person_id = $1", [id]);
  assert.equal(await database.transaction({ kind: "worker" }, (work) => eraseRemains(work, 100)), 1);
  assert.deepEqual(await kept(), { name: "", email: null, city: "" });
});

test("once the mail that certifies it is sent, nobody finds a word of theirs anywhere", async () => {
  await database.pool.query("delete from message where mail = 'erasure-done'");
  const others = await database.pool.query("select id from person where registration <> 'erased'");
  for (const { id } of others.rows) {
    const erasure = await database.transaction(administrator, async (work) =>
      requestErasure(work, await work.get(Person, id)),
    );
    await database.pool.query("update donation set received_on = '2010-01-01'");
    await database.transaction({ kind: "worker" }, (work) => carryOutErasure(work, erasure.id, secret));
  }
  const { rows } = await database.pool.query("select id from message where mail = 'erasure-done'");
  for (const { id } of rows)
    await database.transaction({ kind: "worker" }, async (work) => {
      const message = await work.get(Message, id);
      message.handOver(work, `<${id}@example.org>`);
      message.accept(work, { subject: canary, body: canary });
    });
  // The directory is told by a task that names the username; the queue forgets it within the hour of its being done.
  await database.pool.query("delete from pgboss.job where name = 'write-entry'");
  assert.deepEqual(await whereIsTheCanary(), []);
});

test("leaving can be taken back until its day, and asking twice is asking once", async () => {
  const { id } = await makeKnown(null, 4);
  const ask = () => database.transaction(front, async (work) => requestErasure(work, await work.get(Person, id)));
  const [first, second] = [await ask(), await ask()];
  assert.equal(first.id, second.id);
  assert.ok(Temporal.Instant.compare(first.dueAt, Temporal.Now.instant()) > 0);
  await database.transaction(front, async (work) => cancelErasure(work, await work.get(Person, id)));
  await database.transaction({ kind: "worker" }, (work) => carryOutErasure(work, first.id, secret));
  assert.equal((await database.read(front, (work) => work.get(Person, id))).registration, "unconfirmed");
});

test("an erasure that is killed in the middle leaves the person whole, and the next try completes it", async () => {
  const { id } = await makeKnown(null, 5);
  const { id: erasureId } = await database.transaction(front, async (work) =>
    requestErasure(work, await work.get(Person, id)),
  );
  await assert.rejects(
    database.transaction({ kind: "worker" }, async (work) => {
      await carryOutErasure(work, erasureId, secret);
      throw new Error("the power went out");
    }),
  );
  assert.match((await database.read(front, (work) => work.get(Person, id))).name, new RegExp(canary));
  await database.transaction({ kind: "worker" }, (work) => carryOutErasure(work, erasureId, secret));
  assert.equal((await database.read(front, (work) => work.get(Person, id))).name, "");
});

test("an address that was erased is left alone until its holder confirms it anew", async () => {
  const email = "back.again@example.org";
  const { id } = await database.transaction(front, (work) => makePerson(work, { email }));
  const suppressed = async () =>
    (await database.pool.query("select 1 from suppression where address_hash = $1", [suppressionHash(email, secret)]))
      .rowCount;
  await database.transaction({ kind: "worker" }, async (work) => erase(work, await work.get(Person, id), secret));
  assert.equal(await suppressed(), 1);
  const token = await database.transaction(front, async (work) => {
    const person = await makePerson(work, { email, confirmation: "mail" });
    return (await work.find(SignedLink, sql`person_id = ${person.id}`))?.token(secret) ?? "";
  });
  assert.equal(await suppressed(), 1, "registering alone is no proof of who it was");
  await database.transaction(front, (work) => followLink(work, token, secret, { shownUntil: 0 }));
  assert.equal(await suppressed(), 0);
});
