// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Journey 12: a supporter picks a username; a volunteer is taken in and gets groups; leaving closes the account.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { Database } from "@cdb/back/data/database.ts";
import { carryOutErasure } from "@cdb/back/data/people/erasure.ts";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import { Secret, TOTP } from "otpauth";
import type { Page } from "playwright-core";
import { checkAccessible, checkFits, keepPicture, openPage } from "./browser.ts";
import { theSystem } from "./system.ts";
import { waitUntil } from "./wait.ts";

const system = await theSystem();
const settings: Record<string, string> = JSON.parse(readFileSync(path.join(system.home, "environment.json"), "utf8"));
const password = "seventeen green herons";

/** One entry as any LDAP client reads it; empty when there is none. */
async function entryOf(username: string): Promise<string> {
  const { LDAP_URL = "", LDAP_BASE_DN, LDAP_BIND_DN = "", LDAP_BIND_PASSWORD = "" } = settings;
  const { stdout } = await promisify(execFile)("ldapsearch", [
    ...["-x", "-LLL", "-o", "ldif-wrap=no", "-H", LDAP_URL, "-D", LDAP_BIND_DN, "-w", LDAP_BIND_PASSWORD],
    ...["-b", `ou=people,${LDAP_BASE_DN}`, `(uid=${username})`, "*", "memberOf"],
  ]);
  return stdout.trim();
}
const entryWith = (username: string, text: RegExp) =>
  waitUntil(`the entry of ${username} with ${text}`, async () => text.test(await entryOf(username)));

const press = (page: Page, name: RegExp) => page.locator("main").getByRole("button", { name }).first().click();

async function signIn(page: Page, identifier: string, typed: string): Promise<void> {
  await page.goto(`${system.front}/sign-in`);
  await page.locator("#identifier").fill(identifier);
  await page.locator("#password").fill(typed);
  await press(page, /Sign in|Anmelden/);
}

async function signInByLink(email: string, window: Parameters<typeof openPage>[0] = {}): Promise<Page> {
  const page = await openPage(window);
  await signIn(page, email, "");
  const mail = await system.mail(email, /^(?!.*username).*(sign|anmeld)/i);
  await page.goto(mail.links.find((link) => link.startsWith(system.auth)) ?? "");
  await press(page, /Sign in|Anmelden/);
  await page.goto(`${system.front}/settings`);
  return page;
}

async function show(page: Page, address: string, picture: string): Promise<void> {
  const response = await page.goto(system.front + address);
  assert.equal(response?.status(), 200, address);
  await checkAccessible(page);
  await checkFits(page);
  await keepPicture(page, picture);
}

test("a supporter picks a username; it works with a password set after the mailed link, and forwards mail", async () => {
  const email = "nia@example.com";
  const guest = await openPage();
  await guest.goto(`${system.front}/support`);
  await guest.locator("#amount").fill("10");
  await guest.locator("#name").fill("Nia Nowak");
  await guest.locator("#email").fill(email);
  await guest.locator("#method-card").check();
  await guest.locator("main form button").click();
  await press(guest, /^Pay/);
  await system.mail(email, /thank/i);

  const nia = await signInByLink(email, { viewport: { width: 360, height: 740 }, locale: "en-GB" });
  await show(nia, "/settings/username", "username-choose");
  assert.equal(await nia.locator("#username").inputValue(), "nia");
  await nia.locator("#username").fill("adm1n");
  await press(nia, /Take/);
  await checkAccessible(nia);
  await keepPicture(nia, "username-refused");
  assert.match((await nia.locator("main").textContent()) ?? "", /looks like one that is kept/);
  await nia.locator("#username").fill("nia.nowak");
  await press(nia, /Take/);
  await keepPicture(nia, "username-chosen");
  assert.match((await nia.locator("main").textContent()) ?? "", /nia\.nowak@example\.org/);
  await entryWith("nia.nowak", /^mailLocalAddress: nia\.nowak@example\.org$/m);
  await entryWith("nia.nowak", /^memberOf: cn=supporters,/m);

  await nia.goto(`${system.auth}/account/password`);
  await nia.locator('input[name="wished"]').fill(password);
  const again = nia.locator('input[name="again"]');
  if ((await again.count()) > 0) await again.fill(password);
  await press(nia, /Set the password/);
  const page = await openPage();
  await signIn(page, "nia.nowak", password);
  await page.goto(`${system.front}/settings/username`);
  assert.match((await page.locator("main").textContent()) ?? "", /nia\.nowak@example\.org/);
});

test("a pause closes the account to its password, a new username keeps it, and both are told", async () => {
  const opens = async (username: string) => {
    const page = await openPage();
    await signIn(page, username, password);
    await page.goto(`${system.front}/settings`);
    return page.url() === `${system.front}/settings`;
  };
  const accounts = async (...args: string[]) => assert.equal((await system.cdb("accounts", ...args)).err, "");
  await accounts("pause", "nia.nowak");
  await waitUntil("the pause is shown", async () => !/^memberOf/m.test(await entryOf("nia.nowak")));
  assert.doesNotMatch(await entryOf("nia.nowak"), /^mailLocalAddress/m);
  assert.equal(await opens("nia.nowak"), false);
  await accounts("reopen", "nia.nowak");
  await entryWith("nia.nowak", /^memberOf: cn=supporters,/m);
  assert.equal(await opens("nia.nowak"), true);
  await accounts("rename", "nia.nowak", "nia");
  await entryWith("nia", /^mailLocalAddress: nia@example\.org$/m);
  assert.equal(await entryOf("nia.nowak"), "");
  assert.equal(await opens("nia"), true);
  await accounts("rename", "nia", "nia.nowak");
  await entryWith("nia.nowak", /^memberOf: cn=supporters,/m);
  for (const subject of [/paused/, /open again/, /now nia$/]) await system.mail("nia@example.com", subject);
});

test("a volunteer whom a coordinator takes in gets the team's group, asks for another, and gets it", async () => {
  const email = "vito@example.com";
  const visitor = await openPage({ locale: "de-DE" });
  await visitor.goto(`${system.front}/volunteer`);
  await visitor.locator("#name").fill("Vito Vogel");
  await visitor.locator("#email").fill(email);
  await visitor.locator("#team").selectOption("web");
  await visitor.locator("main form button").click();
  const mail = await system.mail(email);
  await visitor.goto(mail.links.find((link) => link.includes("/command/confirm")) ?? "");
  await visitor.locator("main form button").first().click();
  const staff = await openStaffPage();
  await approve(staff, "Vito Vogel", "volunteer");

  const vito = await signInByLink(email, { viewport: { width: 360, height: 740 }, locale: "de-DE" });
  await show(vito, "/settings/username", "username-german");
  await vito.locator("#username").fill("vito");
  await press(vito, /nehmen/);
  await entryWith("vito", /^memberOf: cn=web-team,/m);
  await show(vito, "/settings/services", "services-german");
  await vito.getByRole("link", { name: /^Darum bitten.*Wiki/ }).click();
  await checkAccessible(vito);
  await checkFits(vito);
  await keepPicture(vito, "services-ask-german");
  await vito.locator("#message").fill("Ich schreibe gern.");
  await press(vito, /Darum bitten/);
  await keepPicture(vito, "services-waits-german");
  await approve(staff, "Vito Vogel", "member");
  await entryWith("vito", /^memberOf: cn=wiki-editors,/m);
  await system.mail(email, /Wiki-Redaktion/);

  assert.equal((await system.cdb("accounts", "groups", "remove", "nia.nowak", "coordinators")).err, "");
  assert.equal((await staff.goto(`${system.front}/staff`))?.status(), 403, "the group is gone, and the page with it");
});

test("a page for those who decide stays closed to everybody else", async () => {
  const page = await openPage({ viewport: { width: 360, height: 740 }, locale: "de-DE" });
  await signIn(page, "bruno", "zwölf bunte Vögel");
  const response = await page.goto(`${system.front}/staff`);
  assert.equal(response?.status(), 403);
  await checkAccessible(page);
  await checkFits(page);
  await keepPicture(page, "staff-closed-german");
});

test("who leaves has no entry any more, and nobody gets the username", async () => {
  const asked = JSON.parse((await system.cdb("people", "erase", "vito", "--yes", "--json")).out);
  const database = new Database(settings.DATABASE_URL ?? "", readOrganisation(settings.ORGANISATION ?? ""), {
    program: "test",
    poolSize: 1,
  });
  // What the worker does on the day.
  await database.transaction({ kind: "worker" }, async (work) => {
    const [row] = await work.rows<{ id: number }>("select id from erasure where person_id = $1", [asked.person]);
    await carryOutErasure(work, row?.id ?? 0, settings.LINK_SECRET ?? "");
  });
  await database.close();
  await waitUntil("the entry is gone", async () => (await entryOf("vito")) === "");
  const { code, err } = await system.cdb("accounts", "open", "chiara@example.org", "vito");
  assert.deepEqual([code, err.trim()], [1, "This username is taken."]);
});

/** Nia coordinates from now on: the page asks for a second factor, which she sets up on the way. */
async function openStaffPage(): Promise<Page> {
  await system.cdb("people", "approve", "nia.nowak", "--as", "staff");
  assert.equal((await system.cdb("accounts", "groups", "add", "nia.nowak", "coordinators")).code, 0);
  const page = await openPage({ viewport: { width: 360, height: 740 }, locale: "de-DE" });
  await page.goto(`${system.front}/staff?lang=de`);
  await page.locator("#identifier").fill("nia.nowak");
  await page.locator("#password").fill(password);
  await press(page, /Anmelden/);
  await page.locator('main a[href*="second-factor/app"]').click();
  const key = ((await page.locator("main code").first().textContent()) ?? "").replaceAll(" ", "");
  await page.locator("#code").fill(new TOTP({ secret: Secret.fromBase32(key) }).generate());
  await page.locator("main form button").click();
  await page.locator("main a.button").click();
  await page.getByRole("heading", { name: "Was auf dich wartet" }).waitFor();
  return page;
}

async function approve(page: Page, name: string, picture: string): Promise<void> {
  await show(page, "/staff", `staff-${picture}`);
  await page.getByRole("link", { name }).click();
  await checkAccessible(page);
  await checkFits(page);
  await keepPicture(page, `staff-${picture}-one`);
  await press(page, /Aufnehmen/);
  await page.getByText("Erledigt.").waitFor();
}
