// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Journey 14: an authenticator app and recovery codes without scripts, passkeys with a real browser's authenticator.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret, TOTP } from "otpauth";
import type { Page } from "playwright-core";
import { checkAccessible, checkFits, keepPicture, openPage, openScriptedPage } from "./browser.ts";
import { theSystem } from "./system.ts";

const system = await theSystem();
const area = `${system.auth}/account/second-factor`;
const phone = { viewport: { width: 360, height: 740 } };

async function check(page: Page, name: string): Promise<void> {
  await checkAccessible(page);
  await checkFits(page);
  await keepPicture(page, `second-factor-${name}`);
}

async function typePassword(page: Page, username: string, password: string): Promise<void> {
  await page.locator("#identifier").fill(username);
  await page.locator("#password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Opens the web site in a window of its own, as far as the question for the second factor. */
async function askedForSecond(page: Page, username: string, password: string): Promise<void> {
  await page.goto(`${system.front}/sign-in`);
  await typePassword(page, username, password);
  assert.match((await page.locator("h1").textContent()) ?? "", /^The second factor$/);
}

const codeOf = (key: string, steps = 0) =>
  new TOTP({ secret: Secret.fromBase32(key) }).generate({ timestamp: Date.now() + steps * 30_000 });

async function keyOn(page: Page): Promise<string> {
  return ((await page.locator("li code").first().textContent()) ?? "").replaceAll(" ", "");
}

/** The browser's own authenticator (CDP WebAuthn); while its owner is there it agrees to everything. */
async function pluginAuthenticator(page: Page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      ...{ protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
  return {
    isThere: (enabled: boolean) => cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled }),
    credentials: async () => (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
  };
}

const isAtSite = (page: Page) => page.waitForURL((url) => url.href.startsWith(system.front));

test("without scripts, on a phone: an app is set up, asked for, and a recovery code helps out", async () => {
  const page = await openPage(phone);
  await page.goto(area);
  await check(page, "sign-in-360");
  await typePassword(page, "ada", "analytical engine");
  await check(page, "none-360");
  await page.getByRole("link", { name: "A passkey" }).click();
  assert.match((await page.locator("main").textContent()) ?? "", /Passkeys need scripts, and this browser runs none/);
  assert.equal(await page.getByRole("button", { name: "Add a passkey" }).isVisible(), false);
  await check(page, "passkey-no-scripts-360");
  await page.goto(`${area}/app`);
  await check(page, "app-360");
  await page.locator("#code").fill("000000");
  await page.getByRole("button", { name: "Add" }).click();
  await check(page, "app-wrong-360");
  const key = await keyOn(page);
  const used = codeOf(key);
  await page.locator("#code").fill(used);
  await page.locator("#name").fill("Phone");
  await page.getByRole("button", { name: "Add" }).click();
  await check(page, "codes-360");
  const codes = await page.locator("ul.codes code").allTextContents();
  assert.equal(codes.length, 10);
  await page.getByRole("link", { name: "Go on" }).click();
  await page.locator("summary").click();
  await check(page, "overview-360");
  await system.mail("ada@example.org", /A new way to prove|prove/);

  const elsewhere = await openPage(phone);
  await askedForSecond(elsewhere, "ada", "analytical engine");
  await check(elsewhere, "step-360");
  await elsewhere.locator("#code").fill(used);
  await elsewhere.getByRole("button", { name: "Sign in" }).click();
  assert.match((await elsewhere.locator("#code-error").textContent()) ?? "", /was used before/);
  await check(elsewhere, "step-wrong-360");
  await elsewhere.locator("#code").fill(codeOf(key, 1));
  await elsewhere.getByRole("button", { name: "Sign in" }).click();
  await isAtSite(elsewhere);

  const lost = await openPage();
  await askedForSecond(lost, "ada", "analytical engine");
  await lost.locator("#code").fill(codes[0] ?? "");
  await lost.getByRole("button", { name: "Sign in" }).click();
  await isAtSite(lost);
  await system.mail("ada@example.org", /recovery codes was used/);
});

test("with a passkey: added, asked for after the password, enough alone; once removed it is worth nothing", async () => {
  const page = await openScriptedPage();
  const owner = await pluginAuthenticator(page);
  await page.goto(area);
  await typePassword(page, "bruno", "zwölf bunte Vögel");
  await page.goto(`${area}/passkey?lang=en`);
  await page.locator("#name").fill("Laptop");
  await check(page, "passkey");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
  assert.equal((await owner.credentials()).length, 1);
  await page.goto(`${area}?lang=en`);
  assert.match((await page.locator("main").textContent()) ?? "", /Laptop.*Passkey · added on/s);
  await check(page, "overview");

  // While nobody is there, the browser's offer at the field for the name waits.
  await owner.isThere(false);
  await page.context().clearCookies();
  await askedForSecond(page, "bruno", "zwölf bunte Vögel");
  await check(page, "step");
  await owner.isThere(true);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await isAtSite(page);

  await owner.isThere(false);
  await page.context().clearCookies();
  await page.goto(`${system.front}/sign-in`);
  await check(page, "sign-in");
  await owner.isThere(true);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await isAtSite(page);
  await page.goto(`${system.front}/settings`);
  assert.match((await page.locator("main").textContent()) ?? "", /bruno@example\.org/);

  await page.context().clearCookies();
  await page.goto(`${system.front}/sign-in`);
  await isAtSite(page);

  await page.goto(`${area}?lang=en`);
  await page.locator("summary").click();
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByText("It is removed").waitFor();
  await owner.isThere(false);
  await page.context().clearCookies();
  await page.goto(`${system.front}/sign-in`);
  await owner.isThere(true);
  // Now that somebody is there, the browser may answer its own offer first, and leave the page under the click.
  const pressed = page.getByRole("button", { name: "Sign in with a passkey" }).click({ timeout: 5_000 });
  await Promise.all([
    pressed.catch(() => undefined),
    page.getByText("This passkey is not known here").first().waitFor(),
  ]);
  await owner.isThere(false);
  const elsewhere = await openPage();
  await elsewhere.goto(`${system.front}/sign-in`);
  await typePassword(elsewhere, "bruno", "zwölf bunte Vögel");
  await isAtSite(elsewhere);
});

test("staff set one up before they see anything; the page says why", async () => {
  await system.cdb("people", "approve", "chiara@example.org", "--as", "staff", "--reason", "contract of May");
  await system.cdb("accounts", "open", "chiara@example.org", "chiara");
  await system.cdb("accounts", "groups", "add", "chiara", "donor-care");
  const page = await openPage(phone);
  await page.goto(`${system.front}/sign-in`);
  await page.locator("#identifier").fill("chiara@example.org");
  await page.getByRole("button", { name: "Send me a link instead" }).click();
  const mail = await system.mail("chiara@example.org", /sign/i);
  await page.goto(mail.links.find((address) => address.startsWith(system.auth)) ?? "");
  await page.getByRole("button", { name: "Sign in" }).click();
  assert.match((await page.locator("main").textContent()) ?? "", /You see other people's data here/);
  await check(page, "staff-360");
  await page.getByRole("link", { name: "An authenticator app" }).click();
  const key = await keyOn(page);
  await page.locator("#code").fill(codeOf(key));
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByRole("link", { name: "Go on" }).click();
  await isAtSite(page);
});
