// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The same money, told one by one in one database and by the hundred in another: both are the same afterwards, to the last row.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { Chance } from "../../test/chance.ts";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, front, makeAPledge, makePerson } from "../../test/make.ts";
import { Database, type Work } from "../database.ts";
import { verifyHistory } from "../history.ts";
import { mergePeople } from "../people/merge-people.ts";
import { findWrongStats } from "../selectors/person-stats.ts";
import { registerPayment } from "./register-payment.ts";
import { type Received, registerReceived } from "./register-received.ts";

const seed = Number(process.env.SEED ?? 20261130);
const chance = new Chance(seed);
const [one, many] = [await freshDatabase(), await freshDatabase()];
// Renewals are thanked for once a year in this profile, so that both ways to thank are met.
const yearly = { ...one.database.organisation };
yearly.donations = { ...yearly.donations, thanksForRenewals: "yearly" };
const single = new Database(one.url, yearly, { program: "test" });
const bulk = new Database(many.url, yearly, { program: "test" });

/** People in every state, with pledges in every state; the same in both databases. */
async function furnish(database: Database): Promise<string[]> {
  const references = ["MP2026A", "nobody knows", "", "EX999999997"];
  await database.transaction(front, async (work) => {
    for (let n = 0; n < 24; n += 1) {
      const person = await makePerson(work, {
        email: `p${n}@example.org`,
        name: `P ${n}`,
        language: n % 3 ? "en" : "de",
      });
      const donref = person.donref("EX");
      references.push(donref, donref, `${donref}Z1`, `${donref}P9`);
      for (const interval of ["once", "monthly", "yearly"] as const) {
        if ((n + interval.length) % 2) continue;
        const key = `00000000-0000-4000-8000-${String(n * 10 + interval.length).padStart(12, "0")}`;
        references.push((await makeAPledge(work, person, { interval, key })).reference);
      }
    }
  });
  const set = (text: string) => database.pool.query(text);
  await set("update pledge set state = 'lapsed', next_due_on = null where id % 5 = 0");
  await set("update pledge set state = 'ended', next_due_on = null where id % 7 = 0");
  await set("update pledge set renewal = 'sub_' || id, reminders = 1 where id % 4 = 0");
  await set("update person set registration = 'confirmed', confirmed_at = now() where id % 3 = 0");
  await set("update person set registration = 'blocked' where id % 11 = 0");
  await set("update person set registration = 'erased', email = null, name = '' where id % 13 = 0");
  await set(
    "insert into account (person_id, username, opened_at) select id, 'user' || id, now() from person where id % 4 = 1",
  );
  const { rows } = await set(
    "select id from person where registration in ('confirmed', 'unconfirmed') order by id limit 2",
  );
  await database.transaction(administrator, async (work) => mergePeople(work, rows[0].id, rows[1].id, "twice"));
  return references;
}

function aLine(n: number, references: readonly string[]): Received {
  // Now and then told again, or under another notice.
  const name = chance.is(0.05) ? `B-${chance.upTo(n + 1)}` : `B-${n}`;
  const day = Temporal.PlainDate.from("2026-11-01").add({ days: chance.upTo(40) });
  const notice = aNotice({
    noticeId: chance.is(0.05) ? `N-${chance.upTo(n + 1)}` : `N-${n}`,
    amount: { amount: 1 + chance.upTo(9_999), currency: chance.is(0.05) ? "JPY" : "EUR" },
    happenedAt: `${day}T11:00:00Z`,
    reference: chance.pick(references),
    payer: { name: `Payer '${n}"`, email: "" },
    raw: JSON.stringify({ n, words: 'é \\ " \u2028' }),
  });
  return { providerReference: name, notice: notice as Received["notice"] };
}

/** What went back before it came. */
function early(line: Received) {
  return aNotice({
    ...line.notice,
    noticeId: `back-${line.notice.noticeId}`,
    kind: "refunded",
    original: line.providerReference,
  });
}

const tables: Record<string, string> = {
  notice: "select provider, notice_id, payment_reference, raw, told, trouble from notice",
  payment: `select p.provider, provider_reference, kind, amount, currency, happened_at, reference, original, payer_name, payer_email,
    n.notice_id from payment p join notice n on n.id = p.notice_id`,
  donation: `select provider_reference, person_id, pledge_id, d.amount, d.currency, refunded, disputed, received_on, d.reference, purpose,
    decided, part, version from donation d join payment p on p.id = payment_id`,
  pledge: "select to_jsonb(pledge) - 'made_at' from pledge",
  person: "select id, registration, confirmed_at is not null, version from person",
  personStats: "select person_id, granted, given_on, given_total from person_stats",
  message: `select m.person_id, recipient, mail, language, fields, m.state, provider_reference from message m
    left join donation d on d.id = donation_id left join payment p on p.id = payment_id`,
  history: `select actor, person_id, record, verb, reason, case when record in ('person', 'pledge') then record_id end,
    changes - 'confirmedAt' from history left join history_detail on history_id = history.id`,
  tasks: "select name, case when name in ('send-message', 'end-sign-ins') then null else data end from pgboss.job",
};

async function stateOf(database: Database): Promise<Record<string, string[]>> {
  const state: Record<string, string[]> = {};
  for (const [name, query] of Object.entries(tables)) {
    const { rows } = await database.pool.query(`select to_jsonb(it)::text as row from (${query}) as it`);
    state[name] = rows.map(({ row }) => row as string).sort();
  }
  return state;
}

test(`by the hundred is as one by one (SEED=${seed})`, async () => {
  const references = await furnish(single);
  assert.deepEqual(await furnish(bulk), references);
  const lines = Array.from({ length: 400 }, (_, n) => aLine(n, references));
  for (const database of [single, bulk])
    await database.transaction(front, async (work) => {
      for (const line of lines.filter((_, n) => n % 17 === 0))
        await registerPayment(work, "bank", `R-${line.providerReference}`, early(line));
    });
  for (const rest = [...lines]; rest.length > 0; ) {
    const batch = rest.splice(0, 1 + chance.upTo(120));
    await single.transaction(front, async (work: Work) => {
      for (const { providerReference, notice } of batch) await registerPayment(work, "bank", providerReference, notice);
    });
    await bulk.transaction(front, (work) => registerReceived(work, "bank", batch));
  }
  const [expected, found] = [await stateOf(single), await stateOf(bulk)];
  for (const name of Object.keys(tables)) assert.deepEqual(found[name], expected[name], name);
  assert.ok((found.donation?.length ?? 0) > 300 && (found.message?.length ?? 0) > 200);
});

test("told again by the hundred, by two at once, nothing changes", async () => {
  const before = await stateOf(bulk);
  const references = ["EX10018", ""];
  const lines = Array.from({ length: 50 }, (_, n) => aLine(1_000 + n, references));
  await Promise.all([1, 2, 3].map(() => bulk.transaction(front, (work) => registerReceived(work, "bank", lines))));
  const once = await stateOf(bulk);
  assert.equal(
    (once.donation?.length ?? 0) - (before.donation?.length ?? 0),
    (once.payment?.length ?? 0) - (before.payment?.length ?? 0),
  );
  await bulk.transaction(front, (work) => registerReceived(work, "bank", lines));
  assert.deepEqual(await stateOf(bulk), once);
});

test("the chain of the history holds, and the figures are right", async () => {
  for (const database of [single, bulk]) {
    assert.deepEqual((await verifyHistory(database.query)).broken, []);
    assert.deepEqual(await database.read(administrator, findWrongStats), []);
    await database.close();
  }
});
