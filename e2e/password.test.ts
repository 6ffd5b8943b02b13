// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Journey 13: a password is changed with the old one, set anew by a link, and asked for where it was a temporary one.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startAuth } from "@cdb/auth/test/start.ts";
import { startTestServer } from "@cdb/dev/directory/test-servers.ts";
import { change } from "@cdb/directory/entry.ts";
import type { Page } from "playwright-core";
import { checkAccessible, checkFits, keepPicture, openPage } from "./browser.ts";
import { theSystem } from "./system.ts";

const system = await theSystem();
const wished = "moosige Kerze am Ring";
const phone = { viewport: { width: 360, height: 740 }, locale: "de-DE" };

async function typeSignIn(page: Page, identifier: string, password: string): Promise<void> {
  await page.locator("#identifier").fill(identifier);
  await page.locator("#password").fill(password);
  await page.getByRole("button", { name: /^(Sign in|Anmelden)$/ }).click();
}

async function check(page: Page, name: string): Promise<void> {
  await checkAccessible(page);
  await checkFits(page);
  await keepPicture(page, `password-${name}`);
}

async function fill(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(fields)) await page.locator(`#${name}`).fill(text);
  await page.locator("main form button").first().click();
}

async function signsIn(identifier: string, password: string): Promise<boolean> {
  const page = await openPage();
  await page.goto(`${system.front}/sign-in`);
  await typeSignIn(page, identifier, password);
  return page.url().startsWith(system.front);
}

test("on a phone, in German: a wrong old one, one that is common, and then the change, of which a mail tells", async () => {
  const page = await openPage(phone);
  await page.goto(`${system.auth}/account/password?lang=de`);
  await typeSignIn(page, "ada", "analytical engine");
  assert.equal(await page.locator("h1").textContent(), "Passwort");
  await check(page, "change-de-360");
  await fill(page, { old: "falsches Passwort", wished, again: wished });
  assert.match((await page.locator("#old-error").textContent()) ?? "", /nicht dein jetziges Passwort/);
  await check(page, "wrong-old-de-360");
  await fill(page, { old: "analytical engine", wished: "password2026!", again: "password2026!" });
  assert.match((await page.locator("#wished-error").textContent()) ?? "", /probieren es mit als Erstes/);
  assert.equal(await page.locator("#old").inputValue(), "");
  await fill(page, { old: "analytical engine", wished, again: wished });
  assert.equal(await page.locator("h1").textContent(), "Dein Passwort ist geändert");
  await check(page, "changed-de-360");
  assert.ok(await signsIn("ada", wished));
  assert.equal(await signsIn("ada", "analytical engine"), false);
  const mail = await system.mail("ada@example.org", /password|passwort/i);
  const history = await system.cdb("people", "history", "ada@example.org");
  for (const text of [mail.text, mail.html, history.out, system.printed()]) assert.doesNotMatch(text, /Kerze/);
});

test("who has forgotten it at a service sets a new one from the mailed link", async () => {
  const page = await openPage();
  await page.goto(`${system.front}/sign-in`);
  await typeSignIn(page, "bruno", "");
  const mail = await system.mail("bruno@example.org", /sign|anmeld/i);
  await page.goto(mail.links.find((link) => link.startsWith(system.auth)) ?? "");
  await check(page, "link-en");
  await page.getByRole("button", { name: /^(Set a new password|Neues Passwort setzen)$/ }).click();
  assert.equal(await page.locator("#old").count(), 0);
  await check(page, "set-en");
  await fill(page, { wished, again: wished });
  await check(page, "set-done-en");
  assert.ok(await signsIn("bruno", wished));
  assert.equal(await signsIn("bruno", "zwölf bunte Vögel"), false);
});

test("a temporary password is changed before the service is reached", async () => {
  const server = await startTestServer("OpenLDAP");
  after(() => server.remove());
  const auth = await startAuth(undefined, server);
  await auth.addPerson("Cleo", "a temporary one");
  await server.givePolicy(["cleo"], { pwdMustChange: "TRUE" });
  const dn = `uid=cleo,ou=people,${server.baseDn}`;
  await server.asAdmin((client) => client.modify(dn, change("replace", "pwdReset", ["TRUE"])));
  const page = await openPage(phone);
  await page.goto(`${auth.issuer}/account`);
  await typeSignIn(page, "cleo", "a temporary one");
  assert.equal(await page.locator("h1").textContent(), "Ein neues Passwort");
  await check(page, "temporary-de-360");
  await fill(page, { wished: "kurz", again: "kurz" });
  await check(page, "temporary-short-de-360");
  await fill(page, { wished, again: wished });
  assert.equal(page.url(), `${auth.issuer}/account`);
});
