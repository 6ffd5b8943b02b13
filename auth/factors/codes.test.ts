// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Codes of apps and from paper: each of use once, whoever tries it, how often, in how many processes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { after, test } from "node:test";
import { Secret, TOTP } from "otpauth";
import { openDatabase } from "../database.ts";
import { Throttle } from "../login/throttle.ts";
import { Secrets } from "../secrets.ts";
import { freshDatabase } from "../test/start.ts";
import { Apps } from "./apps.ts";
import { SecondFactor } from "./second-factor.ts";

const url = await freshDatabase();
const [pool, otherPool] = [await openDatabase(url), await openDatabase(url)];
const secret = "a secret that is long enough";
const [here, there] = [pool, otherPool].map((it) => {
  const secrets = new Secrets(secret);
  return new SecondFactor(it, secrets, new Throttle(it, secrets), "https://auth.example.org", "Example: Foundation");
}) as [SecondFactor, SecondFactor];
after(() => Promise.all([pool.end(), otherPool.end()]));

const step = 30_000;
const codeOf = (text: string, timestamp = Date.now()) =>
  new TOTP({ secret: Secret.fromBase32(text.replaceAll(" ", "")) }).generate({ timestamp });

/** An account with an app, whose codes of now and before are used. */
async function withApp() {
  const account = randomUUID();
  const { text, sealed } = here.apps.begin(account, "ada");
  const wish = { sealed, code: codeOf(text), name: "Phone", onlyFirst: true };
  assert.equal(await here.apps.confirm(account, wish), "added");
  return { account, text, wish };
}

test("an app is added by its code, which is used with that", async () => {
  const { account, text, wish } = await withApp();
  assert.deepEqual(
    (await here.factors.of(account)).map(({ kind, name }) => [kind, name]),
    [["app", "Phone"]],
  );
  assert.equal(await here.apps.use(account, wish.code), false);
  assert.equal(await here.apps.use(account, codeOf(text, Date.now() + step)), true);
});

test("a code is right one step before and after, and no further", async () => {
  const now = Date.now();
  const apps = new Apps(pool, new Secrets(secret), here.factors, "Example", () => now);
  for (const [steps, isRight] of [
    [-2, false],
    [-1, true],
    [0, true],
    [1, true],
    [2, false],
  ] as const) {
    const { account, text } = await withApp();
    await pool.query("update factor set last_step = 0 where account_id = $1", [account]);
    assert.equal(await apps.use(account, codeOf(text, now + steps * step)), isRight, `${steps} steps away`);
  }
});

test("under another AUTH_SECRET every code is wrong, and one is told so", async () => {
  const { account, text } = await withApp();
  const [paper = ""] = await here.recoveryCodes.make(account);
  const secrets = new Secrets("another secret, long enough");
  const other = new SecondFactor(pool, secrets, new Throttle(pool, secrets), "https://auth.example.org", "");
  for (const typed of [codeOf(text, Date.now() + step), paper])
    assert.deepEqual(await other.check({ account, network: "here", typed }), { outcome: "wrong" });
});

test("of a hundred tries of one code at once, over two processes, one is right", async () => {
  const { account, text } = await withApp();
  const code = codeOf(text, Date.now() + step);
  const tries = Array.from({ length: 100 }, (_, count) => (count % 2 ? here : there).apps.use(account, code));
  assert.equal((await Promise.all(tries)).filter(Boolean).length, 1);
});

test("a code of the step before the last one used is refused", async () => {
  const { account, text } = await withApp();
  assert.equal(await here.apps.use(account, codeOf(text, Date.now() + step)), true);
  assert.equal(await here.apps.use(account, codeOf(text)), false);
});

test("killed after a code was taken and before the sign-in went on, nobody takes it again", async () => {
  const { account, text } = await withApp();
  const code = codeOf(text, Date.now() + step);
  const program = `
    import { openDatabase } from ${JSON.stringify(new URL("../database.ts", import.meta.url).href)};
    import { Secrets } from ${JSON.stringify(new URL("../secrets.ts", import.meta.url).href)};
    import { Factors } from ${JSON.stringify(new URL("factors.ts", import.meta.url).href)};
    import { Apps } from ${JSON.stringify(new URL("apps.ts", import.meta.url).href)};
    const pool = await openDatabase(${JSON.stringify(url)});
    const apps = new Apps(pool, new Secrets(${JSON.stringify(secret)}), new Factors(pool), "Example");
    if (await apps.use("${account}", "${code}")) process.kill(process.pid, "SIGKILL");`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", program], { stdio: "inherit" });
  assert.deepEqual(await once(child, "exit"), [null, "SIGKILL"]);
  assert.equal(await here.apps.use(account, code), false);
});

test("one app's secret is entered once, by whom it was shown to, within the hour", async () => {
  const { text, wish } = await withApp();
  const account = randomUUID();
  assert.equal(await here.apps.confirm(account, { ...wish, code: codeOf(text, Date.now() + step) }), "late");
  assert.equal(here.apps.again(account, "bob", wish.sealed), undefined);
  const begun = here.apps.begin(account, "bob");
  const other = { sealed: begun.sealed, code: codeOf(begun.text), name: "Phone", onlyFirst: false };
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => there.apps.confirm(account, other)));
  assert.deepEqual(outcomes.sort(), ["added", ...Array(9).fill("taken")]);
});

test("who has proved one factor only adds the first one, and no second beside it", async () => {
  const { account } = await withApp();
  const { text, sealed } = here.apps.begin(account, "ada");
  const wish = { sealed, code: codeOf(text), name: "Stranger's" };
  assert.equal(await here.apps.confirm(account, { ...wish, onlyFirst: true }), "not-first");
  assert.equal(await here.apps.confirm(account, { ...wish, onlyFirst: false }), "added");
  assert.equal(await here.apps.use(account, codeOf(text, Date.now() + step)), true);
});

test("an app shows the organisation, and the database alone makes no codes", async () => {
  const { text, address } = here.apps.begin(randomUUID(), "ada@example.org");
  assert.match(address, /^otpauth:\/\/totp\/Example%20Foundation:ada%40example\.org\?issuer=Example%20Foundation&/);
  const { account, text: other } = await withApp();
  const codes = await here.recoveryCodes.make(account);
  const { rows } = await pool.query(
    "select f::text || r::text as row from factor f join recovery_code r using (account_id)",
  );
  const stored = JSON.stringify(rows);
  for (const said of [text, other, ...codes])
    for (const form of [said, said.replace(/[ -]/g, ""), Buffer.from(said.replace(/[ -]/g, "")).toString("hex")])
      assert.ok(!stored.includes(form));
});

test("each of ten recovery codes signs in once, whoever tries it at once", async () => {
  const { account } = await withApp();
  const codes = await here.recoveryCodes.make(account);
  assert.equal(new Set(codes).size, 10);
  const [first = ""] = codes;
  const plain = first.replaceAll("-", "");
  const tries = Array.from({ length: 100 }, (_, count) => (count % 2 ? here : there).recoveryCodes.use(account, plain));
  assert.equal((await Promise.all(tries)).filter(Boolean).length, 1);
  assert.equal(await here.recoveryCodes.left(account), 9);
  assert.equal(await here.recoveryCodes.use(randomUUID(), (codes[1] ?? "").replaceAll("-", "")), false);
});

test("new recovery codes end the old ones; who has some gets none unasked", async () => {
  const { account } = await withApp();
  const [old = ""] = (await here.recoveryCodes.makeFirst(account)) ?? [];
  assert.equal(await here.recoveryCodes.makeFirst(account), undefined);
  await here.recoveryCodes.make(account);
  assert.equal(await here.recoveryCodes.use(account, old.replaceAll("-", "")), false);
  assert.equal(await here.recoveryCodes.left(account), 10);
});

test("after five wrong codes the next one waits, and a right one gives the tries back", async () => {
  const { account, text } = await withApp();
  const attempt = (typed: string) => here.check({ account, network: randomUUID(), typed });
  for (let count = 0; count < 4; count += 1) assert.equal((await attempt("000 000")).outcome, "wrong");
  const code = codeOf(text, Date.now() + step);
  assert.deepEqual(await attempt(` ${code.slice(0, 3)} ${code.slice(3)}`), {
    outcome: "right",
    proofs: ["otp", "mfa"],
  });
  for (let count = 0; count < 5; count += 1) assert.equal((await attempt("1234-5678-9012")).outcome, "wrong");
  const [paper = ""] = await here.recoveryCodes.make(account);
  assert.equal((await attempt(paper)).outcome, "wait");
});

test("the last factor stays with who needs one, and takes the recovery codes with it where it goes", async () => {
  const { account } = await withApp();
  await here.recoveryCodes.make(account);
  const [factor] = await here.factors.of(account);
  const id = factor?.id ?? "";
  assert.deepEqual(await here.factors.remove(account, id, { mayBeLast: false }), { outcome: "last" });
  assert.equal((await here.factors.remove(randomUUID(), id, { mayBeLast: true })).outcome, "unknown");
  assert.equal((await here.factors.remove(account, id, { mayBeLast: true })).outcome, "removed");
  assert.equal(await here.recoveryCodes.left(account), 0);
});

test("of two factors that are removed at once by who needs one, one stays", async () => {
  const { account } = await withApp();
  const { text, sealed } = here.apps.begin(account, "ada");
  await here.apps.confirm(account, { sealed, code: codeOf(text), name: "Tablet", onlyFirst: false });
  const both = await here.factors.of(account);
  const outcomes = both.map(({ id }, count) =>
    (count ? here : there).factors.remove(account, id, { mayBeLast: false }),
  );
  assert.deepEqual((await Promise.all(outcomes)).map(({ outcome }) => outcome).sort(), ["last", "removed"]);
});
