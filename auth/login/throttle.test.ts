// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How many tries there are, over several processes, and whom a limit by network means.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openDatabase } from "../database.ts";
import { Secrets } from "../secrets.ts";
import { freshDatabase, secret } from "../test/start.ts";
import { networkOf, type PasswordAttempt, Throttle, type Verdict } from "./throttle.ts";

const url = await freshDatabase();
const pools = [await openDatabase(url), await openDatabase(url)];
after(() => Promise.all(pools.map((pool) => pool.end())));
/** As in two processes: they share the database and nothing else. */
const [throttle, other] = pools.map((pool) => new Throttle(pool, new Secrets(secret))) as [Throttle, Throttle];

let networks = 0;
function attempt(account: string, changed: Partial<PasswordAttempt> = {}): PasswordAttempt {
  networks += 1;
  return { account, person: account, network: `network ${networks}`, isKnownDevice: false, ...changed };
}

async function countAtOnce(attempts: PasswordAttempt[]): Promise<Verdict[]> {
  return Promise.all(attempts.map((it, number) => (number % 2 ? other : throttle).countPassword(it)));
}

const goesOn = (verdict: Verdict) => verdict === "go-on";
const waits = (verdict: Verdict) => typeof verdict === "object";

/** Puts all clocks forward. */
async function pass(seconds: number): Promise<void> {
  await pools[0]?.query("update throttle set expire = expire - $1", [seconds * 1000]);
}

test("a hundred guesses at once, at two processes, from everywhere: ten go on, then one each minute and a half", async () => {
  const guesses = () => Array.from({ length: 100 }, () => attempt("ada"));
  const verdicts = await countAtOnce(guesses());
  assert.equal(verdicts.filter(goesOn).length, 10);
  for (const verdict of verdicts.filter(waits))
    assert.ok(typeof verdict === "object" && verdict.waitSeconds > 80 && verdict.waitSeconds <= 90);
  await pass(90);
  assert.equal((await countAtOnce(guesses())).filter(goesOn).length, 1);
  await pass(180);
  assert.equal((await countAtOnce(guesses())).filter(goesOn).length, 2);
  await pass(100_000);
  assert.equal(
    (await countAtOnce(guesses())).filter(goesOn).length,
    10,
    "a long silence gives no more than a full bucket",
  );
});

test("who guesses from one network leaves tries for everybody else", async () => {
  const verdicts = await countAtOnce(Array.from({ length: 50 }, () => attempt("bob", { network: "a stranger's" })));
  assert.equal(verdicts.filter(goesOn).length, 5);
  assert.equal(await throttle.countPassword(attempt("bob")), "go-on");
});

test("a person has ten tries by whatever names; who tries them all learns nothing from it", async () => {
  const names = ["cleo", "cleo@example.org", "cleo@example.com"];
  const verdicts: Verdict[] = [];
  for (const name of names)
    for (let count = 0; count < 10; count += 1)
      verdicts.push(await throttle.countPassword(attempt(name, { person: "uuid of cleo" })));
  assert.equal(verdicts.filter(goesOn).length, 10);
  assert.deepEqual([...new Set(verdicts.slice(10))], ["as-wrong"]);
});

test("a right password empties the account's buckets, and gives the network its try back", async () => {
  const right = attempt("dan", { network: "home" });
  for (let count = 0; count < 20; count += 1) {
    assert.equal(await throttle.countPassword(right), "go-on");
    await other.forget(right);
  }
  await pools[0]?.query("update throttle set expire = expire + 10000000 where key like 'network:%'");
  assert.ok(waits(await throttle.countPassword(attempt("eva", { network: "home" }))));
});

test("known devices have tries of their own, whatever others do to the account", async () => {
  await countAtOnce(Array.from({ length: 30 }, () => attempt("finn")));
  // Whoever had the password once could collect as many as they like: they have these tries together.
  const verdicts = await countAtOnce(Array.from({ length: 30 }, () => attempt("finn", { isKnownDevice: true })));
  assert.equal(verdicts.filter(goesOn).length, 5);
  assert.equal(verdicts.filter(waits).length, 25);
});

test("all that may be tried in five minutes is less than what makes a directory lock somebody", async () => {
  let gone = 0;
  for (let seconds = 0; seconds < 300; seconds += 30) {
    for (const isKnownDevice of [true, false]) {
      const guesses = Array.from({ length: 20 }, () => attempt("hal", { isKnownDevice }));
      gone += (await countAtOnce(guesses)).filter(goesOn).length;
    }
    await pass(30);
  }
  assert.ok(gone > 15 && gone < 20, String(gone));
});

test("a network that tries many accounts waits after a hundred tries", async () => {
  const guesses = Array.from({ length: 120 }, (_, number) => attempt(`somebody ${number}`, { network: "a cellar" }));
  assert.equal((await countAtOnce(guesses)).filter(goesOn).length, 100);
});

test("the database keeps no name, address or network", async () => {
  await throttle.countPassword(attempt("gus@example.org", { network: "192.0.2.77", person: "uuid of gus" }));
  const { rows } = (await pools[0]?.query("select * from throttle")) ?? { rows: [] };
  assert.doesNotMatch(JSON.stringify(rows), /gus|example|192\.0/);
});

test("an IPv4 address stands for itself, also when it is written as IPv6", () => {
  assert.equal(networkOf("192.0.2.1"), "192.0.2.1");
  assert.equal(networkOf("::ffff:192.0.2.1"), "192.0.2.1");
});

test("all addresses of an IPv6 /64 are one network, however they are written", () => {
  const same = ["2001:db8::1", "2001:0db8:0:0:ffff::2", "2001:DB8:0:0:1:2:3:4", "2001:db8::", "2001:db8::5%eth0"];
  assert.deepEqual([...new Set(same.map(networkOf))], ["2001:db8:0:0"]);
  assert.notEqual(networkOf("2001:db8:0:1::1"), networkOf("2001:db8::1"));
  assert.equal(networkOf("::1"), "0:0:0:0");
});
