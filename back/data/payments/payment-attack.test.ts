// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Two traces, minute by minute: an attack of thousands of stolen cards from everywhere, and a day on which many honest people give.
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import pg from "pg";
import { Chance } from "../../test/chance.ts";
import { freshDatabase } from "../../test/database.ts";
import { front, makePerson } from "../../test/make.ts";
import type { Work } from "../database.ts";
import type { Person } from "../people/person.ts";
import { type Admission, admitPayment, countDecline, type PaymentStart } from "./admit-payment.ts";

const { database, ownerUrl } = await freshDatabase();
const owner = new pg.Client(ownerUrl);
// The database goes when the file's tests are done, maybe before this connection.
owner.on("error", () => {});
await owner.connect();
after(() => owner.end());
const seed = Number(process.env.SEED ?? 20261130);
const chance = new Chance(seed);
const { attack } = database.organisation.donations;

/** Who wants to pay: they come in a minute, try, and come again as long as they have patience. */
interface Visitor {
  start: PaymentStart;
  minute: number;
  /** How often their card is declined before it is taken. */
  declines: number;
  tries: number;
  person?: Person;
  outcome?: Admission | "declined";
}

beforeEach(async () => {
  await database.pool.query("delete from payment_start");
  await database.pool.query("update payment_attack set ends_at = began_at");
  await database.pool.query("delete from message");
});

/** Lets them come through the minutes. */
async function replay(visitors: readonly Visitor[], minutes: number): Promise<void> {
  const byMinute = Map.groupBy(visitors, ({ minute }) => minute);
  for (let minute = 0; minute < minutes; minute += 1) {
    const coming = byMinute.get(minute) ?? [];
    await database.transaction(front, async (work) => {
      for (const visitor of coming) {
        await attempt(work, visitor);
        const goesOn = visitor.tries > 0 && visitor.outcome !== "admitted";
        if (goesOn) byMinute.set(minute + 2, [...(byMinute.get(minute + 2) ?? []), visitor]);
      }
    });
    await pass("1 minute");
  }
}

let tries = 0;

async function attempt(work: Work, visitor: Visitor): Promise<void> {
  visitor.tries -= 1;
  tries += 1;
  visitor.outcome = await admitPayment(work, visitor.start);
  // They follow the link in the mail before they come again.
  if (visitor.outcome === "confirm-first" && visitor.person)
    await work.rows("update person set registration = 'confirmed' where id = $1", [visitor.person.id]);
  if (visitor.outcome !== "admitted") return;
  if (visitor.declines === 0) return;
  visitor.declines -= 1;
  visitor.outcome = "declined";
  await countDecline(work, visitor.start.reference ?? "", `evt_${tries}`);
}

async function pass(time: string): Promise<void> {
  await owner.query(
    `update payment_start set at = at - interval '${time}', declined_at = declined_at - interval '${time}'`,
  );
  await owner.query(`update payment_attack set ends_at = ends_at - interval '${time}' where ends_at > now()`);
}

function tester(n: number): Visitor {
  const networkAddress = `${1 + chance.upTo(220)}.${chance.upTo(10)}.${chance.upTo(250)}.${chance.upTo(250)}`;
  const start = { email: `t${n}@mail${chance.upTo(50)}.example`, networkAddress, reference: `EX${n}P1` };
  return { start, minute: chance.upTo(60), declines: chance.is(0.9) ? 1 : 0, tries: 1 };
}

/** At home, in families, in offices, on the road behind the same few addresses of a carrier. */
function donor(n: number, wish: Partial<Visitor> = {}): Visitor {
  const homes = [`2001:db8:${(n % 200).toString(16)}::1`, "203.0.113.5", `198.51.100.${n % 3}`];
  const networkAddress = homes[chance.is(0.85) ? 0 : chance.is(0.5) ? 1 : 2] ?? "";
  const declines = chance.is(0.07) ? (chance.is(0.2) ? 2 : 1) : 0;
  const start = { email: `donor${n}@example.org`, networkAddress, reference: `EX${n}P2` };
  return { start, minute: chance.upTo(56), declines, tries: 4, ...wish };
}

const attacks = async () =>
  (await database.pool.query("select count(*)::int as n from payment_attack where ends_at > now()")).rows[0].n;
const mails = async () =>
  (await database.pool.query("select fields from message where mail = 'too-many-payments'")).rows.length;

test(`three hundred honest donors in an hour are all let through, and nobody cries wolf (SEED=${seed})`, async () => {
  const donors = Array.from({ length: 300 }, (_, n) => donor(n));
  await replay(donors, 62);
  const left = donors.filter(({ outcome }) => outcome !== "admitted");
  assert.deepEqual(left, []);
  assert.deepEqual([await attacks(), await mails()], [0, 0]);
});

test(`of an attack few get through, while honest donors do (SEED=${seed})`, async (t) => {
  const testers = Array.from({ length: 2_000 }, (_, n) => tester(n));
  const known = Array.from({ length: 40 }, (_, n) => {
    const visitor = donor(9_000 + n, { minute: 5 + chance.upTo(50) });
    return { ...visitor, start: { ...visitor.start, signedIn: true } };
  });
  const strangers = await database.transaction(front, async (work) => {
    const all: Visitor[] = [];
    for (let n = 0; n < 40; n += 1) {
      const visitor = donor(8_000 + n, { minute: 5 + chance.upTo(50) });
      all.push({ ...visitor, person: await makePerson(work, { email: visitor.start.email }) });
    }
    return all;
  });
  await replay([...testers, ...known, ...strangers], 62);
  const through = testers.filter(({ outcome }) => outcome === "admitted" || outcome === "declined").length;
  const share = through / testers.length;
  t.diagnostic(`let through: ${(share * 100).toFixed(1)} % of ${testers.length} attempts`);
  assert.ok(share < 0.05, `${share * 100} % of the testers' attempts were let through`);
  for (const [who, donors] of Object.entries({ known, strangers })) {
    const left = donors.filter(({ outcome }) => outcome !== "admitted");
    assert.deepEqual(left.length, 0, `${left.length} of ${donors.length} ${who} were refused`);
  }
  assert.deepEqual([await attacks(), await mails()], [1, 1]);
});

test("an attack ends by itself when nothing more of it is seen", async () => {
  await replay(
    Array.from({ length: 300 }, (_, n) => ({ ...tester(n), minute: chance.upTo(10), declines: 1 })),
    12,
  );
  assert.equal(await attacks(), 1);
  const stranger = { email: "late@example.org", networkAddress: "2001:db8:ffff::1" };
  const admit = () => database.transaction(front, (work) => admitPayment(work, stranger));
  await pass("70 minutes");
  assert.equal(await admit(), "admitted", "few may try while it lasts");
  await pass(`${attack.minutes - 75} minutes`);
  assert.equal(await attacks(), 1);
  await pass("10 minutes");
  assert.equal(await attacks(), 0);
  assert.equal(await admit(), "admitted");
});
