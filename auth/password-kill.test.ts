// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A process that is killed when the directory has taken a new password and nobody has heard of it: the next one ends the other sessions.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { after, test } from "node:test";
import { until } from "@cdb/dev/until.ts";
import { startProcesses } from "./test/processes.ts";
import { openBrowser, openClient, signInByPassword } from "./test/start.ts";

const password = "correct horse battery staple";
const wished = "mossy candle ring";
const passwordModify = "1.3.6.1.4.1.4203.1.11.1";

/** Passes everything on to the directory, and back all but the answer to a new password: "taken" says that there is one. */
const between = createServer();
after(() => between.close());

async function standBetween(directory: string): Promise<string> {
  between.on("connection", (near) => {
    const far = connect(Number(new URL(directory).port), new URL(directory).hostname);
    let isHeld = false;
    near.on("data", (data) => {
      isHeld ||= data.includes(passwordModify);
      far.write(data);
    });
    far.on("data", (data) => (isHeld ? between.emit("taken") : near.write(data)));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on("error", () => {}).on("close", () => other.destroy());
  });
  between.listen(0, "127.0.0.1");
  await once(between, "listening");
  return `ldap://127.0.0.1:${(between.address() as AddressInfo).port}`;
}

const auth = await startProcesses(1, standBetween);
const front = await openClient(auth.issuer);

async function signedIn(name: string, typed = password) {
  const browser = openBrowser(auth.issuer);
  const page = await signInByPassword(browser, (await front.begin()).url, name, typed);
  assert.ok(new URL(page.url).searchParams.has("code"), page.text);
  return browser;
}

test("after the restart the other sign-ins are over, this one is not, and the person is told once", async () => {
  const { uuid } = await auth.addPerson("Ada", password);
  const [other, browser] = [await signedIn("ada"), await signedIn("ada")];
  const address = `${auth.issuer}/account/password`;
  const page = await browser.open(address);
  const taken = once(between, "taken", { signal: AbortSignal.timeout(30_000) });
  const changing = browser.submit(page, { old: password, wished, again: wished }).catch(() => undefined);
  await taken;
  await auth.kill(0);
  await changing;
  const alive = "select from artifact where model = 'Session' and account_id = $1 and expires_at > now()";
  assert.equal((await auth.pool.query(alive, [uuid])).rowCount, 2, "nothing has ended yet");
  await auth.pool.query("update task set due_at = now() where due_at < 'infinity'");
  await auth.start(0);
  await until(async () => (await auth.pool.query(alive, [uuid])).rowCount === 1);
  assert.match((await other.open(address)).url, /\/sign-in\//);
  assert.equal((await browser.open(address)).url, address);
  await signedIn("ada", wished);
  await until(async () => auth.back.events.some(({ kind }) => kind === "password-changed"));
  assert.equal(auth.back.events.filter(({ kind }) => kind === "password-changed").length, 1);
});
