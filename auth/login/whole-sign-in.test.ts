// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A sign-in is told, and its browser remembered, when all of it is proved; of a password without the second factor its owner hears.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret, TOTP } from "otpauth";
import type { TestPerson } from "../test/back.ts";
import { openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);

async function personWithCodes(name: string): Promise<{ person: TestPerson; codes: string[] }> {
  const person = await auth.addPerson(name, password);
  const { apps, recoveryCodes } = auth.auth.secondFactor;
  const { text, sealed } = apps.begin(person.uuid, name);
  const code = new TOTP({ secret: Secret.fromBase32(text.replaceAll(" ", "")) }).generate();
  assert.equal(await apps.confirm(person.uuid, { sealed, code, name: "Phone", onlyFirst: true }), "added");
  return { person, codes: await recoveryCodes.make(person.uuid) };
}

/** What back heard of somebody, in the order in which it was stored. */
async function told({ uuid }: TestPerson): Promise<string[]> {
  await auth.auth.tasks.finished();
  return auth.back.events.filter((event) => event.uuid === uuid).map(({ kind }) => kind);
}

async function lookForTasksLater(): Promise<void> {
  await auth.pool.query("update task set due_at = due_at - interval '15 minutes'");
  await auth.auth.tasks.carryOut();
}

test("the event and the mail of a new browser come after the second factor, and so does the browser's cookie", async () => {
  const { person, codes } = await personWithCodes("Ada");
  const browser = openBrowser(auth.issuer);
  const page = await signInByPassword(browser, (await front.begin()).url, "ada", password);
  assert.equal(browser.cookie("auth-device"), undefined);
  assert.deepEqual(await told(person), []);
  await browser.send(page.url, { code: codes[0] ?? "" });
  assert.ok(browser.cookie("auth-device"));
  assert.deepEqual((await told(person)).sort(), ["recovery-code-used", "signed-in-new-browser"]);
  await lookForTasksLater();
  assert.equal((await told(person)).length, 2, "nobody failed");
  browser.forget("auth-session");
  const again = await signInByPassword(browser, (await front.begin()).url, "ada", password);
  await browser.send(again.url, { code: codes[1] ?? "" });
  assert.ok((await told(person)).includes("signed-in"), "the browser is known by now");
});

test("a password without the second factor is told a quarter of an hour later, whether codes were tried or not", async () => {
  for (const [name, code] of [["Bob"], ["Cleo", "000000"]] as const) {
    const { person } = await personWithCodes(name);
    const browser = openBrowser(auth.issuer);
    const page = await signInByPassword(browser, (await front.begin()).url, name.toLowerCase(), password);
    if (code) await browser.send(page.url, { code });
    await auth.auth.tasks.carryOut();
    assert.deepEqual(await told(person), code ? ["factor-refused"] : []);
    await lookForTasksLater();
    assert.deepEqual(await told(person), code ? ["factor-refused", "factor-missing"] : ["factor-missing"]);
    assert.equal(browser.cookie("auth-device"), undefined);
  }
});

test("so it is of who typed it, saw that it was right, and did not even go on to the second factor", async () => {
  const { person } = await personWithCodes("Eva");
  const browser = openBrowser(auth.issuer);
  const form = await browser.open((await front.begin()).url);
  const type = () => browser.sendAndStay(form.url, { identifier: "eva", password });
  assert.deepEqual([(await type()).status, (await type()).status], [303, 303]);
  await lookForTasksLater();
  assert.deepEqual(await told(person), ["factor-missing"]);
});

test("a link that was followed elsewhere is no sign-in before the second factor", async () => {
  const { person, codes } = await personWithCodes("Dan");
  const mailed = auth.back.mailFor(person.email);
  const asking = openBrowser(auth.issuer);
  await asking.submit(await asking.open((await front.begin()).url), { identifier: person.email });
  const { link } = await mailed;
  const reader = openBrowser(auth.issuer);
  await reader.submit(await reader.open(link), { here: "yes" });
  assert.deepEqual(await told(person), []);
  const page = await reader.open((await front.begin()).url);
  await reader.send(page.url, { code: codes[0] ?? "" });
  assert.deepEqual((await told(person)).sort(), ["recovery-code-used", "signed-in"]);
  await lookForTasksLater();
  assert.equal((await told(person)).length, 2, "no password was typed");
});
