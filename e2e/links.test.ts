// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Journeys 5, 6 and 12: prepared links that stop, end, refuse and are taken back, a second email address, and a volunteer.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { checkAccessible, checkFits, keepPicture, openPage } from "./browser.ts";
import { theSystem } from "./system.ts";

const system = await theSystem();

const granted = async (who: string): Promise<string[]> => {
  const { out } = await system.cdb("people", "show", who, "--json");
  const consents: { purpose: string; granted: boolean }[] = JSON.parse(out).consents;
  return consents.filter((consent) => consent.granted).map((consent) => consent.purpose);
};
const linkTo = async (email: string, command: string, subject?: RegExp): Promise<string> => {
  const { links } = await system.mail(email, subject);
  return links.find((link) => link.includes(`/command/${command}`)) ?? "";
};
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

async function subscribed(email: string): Promise<Page> {
  const page = await openPage({ viewport: { width: 360, height: 740 } });
  await page.goto(`${system.front}/subscribe`);
  await page.locator("#name").fill("Lena Links");
  await page.locator("#email1").fill(email);
  for (const box of await page.locator('input[name^="wants_"]').all()) await box.check();
  await press(page, "Continue");
  await page.goto(await linkTo(email, "confirm"));
  return page;
}

test("one click unsubscribes, from the page and from a mail program, and can be taken back", async () => {
  const page = await subscribed("lena@example.com");
  await press(page, "Yes, confirm");
  assert.deepEqual(await granted("lena@example.com"), ["info", "newsletter"]);
  const link = (await system.cdb("consents", "link", "lena@example.com", "newsletter")).out.trim();
  for (const method of ["GET", "HEAD"]) assert.equal((await fetch(link, { method })).status, 200);
  assert.deepEqual(await granted("lena@example.com"), ["info", "newsletter"]);

  await page.goto(link);
  await checkAccessible(page);
  await checkFits(page);
  await keepPicture(page, "unsubscribe");
  await press(page, "Stop these mails");
  await page.getByText("You get no more of these mails.").waitFor();
  await checkAccessible(page);
  await keepPicture(page, "unsubscribed");
  assert.deepEqual(await granted("lena@example.com"), ["info"]);
  await press(page, "Take it back");
  await page.getByText("It is as it was before.").waitFor();
  assert.deepEqual(await granted("lena@example.com"), ["info", "newsletter"]);

  const all = (await system.cdb("consents", "link", "lena@example.com")).out.trim();
  const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
  const clicked = await fetch(all, { method: "POST", body, redirect: "manual" });
  assert.deepEqual([clicked.status, clicked.headers.get("set-cookie")], [200, null]);
  assert.deepEqual(await granted("lena@example.com"), []);
});

test("“this was not me” drops what somebody else entered, and the data are gone", async () => {
  const page = await subscribed("stranger@example.com");
  await checkAccessible(page);
  await keepPicture(page, "confirm");
  await press(page, "This was not me");
  await page.getByText("is dropped").waitFor();
  await system.mail("stranger@example.com", /deleted/);
  assert.equal((await system.cdb("people", "show", "stranger@example.com")).code, 1);
});

test("the mail about a transfer has a link that ends the pledge, which can be taken up again", async () => {
  const page = await openPage();
  await page.goto(`${system.front}/donate`);
  await page.locator("#name").fill("Paula Pledge");
  await page.locator("#email").fill("paula@example.com");
  await page.locator("#method-transfer").check();
  await press(page, "Continue");
  const link = await linkTo("paula@example.com", "end-pledge", /transfer/);
  await page.goto(link);
  await checkAccessible(page);
  await keepPicture(page, "end-pledge");
  await press(page, "End this pledge");
  const states = async () => {
    const { out } = await system.cdb("pledges", "list", "paula@example.com", "--json");
    return JSON.parse(out).pledges.map((pledge: { state: string }) => pledge.state);
  };
  assert.deepEqual(await states(), ["ended"]);
  await page.goto(link);
  await press(page, "Take it back");
  assert.deepEqual(await states(), ["open"]);
});

test("a volunteer asks, confirms by mail, waits for a coordinator and is welcomed", async () => {
  const page = await openPage();
  await page.goto(`${system.front}/volunteer`);
  await page.locator("#name").fill("Vera Volunteer");
  await page.locator("#email").fill("vera@example.com");
  await page.locator("#team").selectOption("web");
  await page.locator("#message").fill("I know CSS.\nI have Tuesdays.");
  await press(page, "Continue");
  await page.goto(await linkTo("vera@example.com", "confirm"));
  assert.match((await page.locator("main").textContent()) ?? "", /I want to volunteer: Web site/);
  await press(page, "Yes, confirm");
  assert.match((await system.mail("volunteers@example.org")).text, /Vera Volunteer[\s\S]*I know CSS/);
  assert.match((await system.cdb("people", "waiting")).out, /Vera Volunteer/);
  await system.cdb("people", "approve", "vera@example.com");
  assert.match((await system.mail("vera@example.com", /Welcome/)).text, /Team: web/);
});

test("a second email address is confirmed there, signs in, and can be removed", async () => {
  const page = await openPage();
  await page.goto(`${system.front}/sign-in`);
  await page.locator("#identifier").fill("bruno");
  await page.locator("#password").fill("zwölf bunte Vögel");
  await page
    .getByRole("button", { name: /Sign in|Anmelden/ })
    .first()
    .click();
  await page.goto(`${system.front}/settings/email-address?lang=en`);
  await page.locator("#email").fill("bruno.second@example.com");
  await page.locator("#which-secondary").check();
  await press(page, "Continue");
  await page.goto(await linkTo("bruno.second@example.com", "confirm-secondary-email"));
  await press(page, "Yes, confirm");
  await page.goto(`${system.front}/settings/email-address`);
  await page.getByText("bruno.second@example.com").waitFor();
  await checkAccessible(page);
  await keepPicture(page, "email-addresses");
  const who = JSON.parse((await system.cdb("people", "show", "bruno.second@example.com", "--json")).out);
  assert.equal(who.account.username, "bruno");
  await press(page, "Remove it");
  assert.equal((await system.cdb("people", "show", "bruno.second@example.com")).code, 1);
});

test("the address form follows the country, and a birthday is kept", async () => {
  const page = await openPage({ viewport: { width: 360, height: 740 } });
  await page.goto(`${system.front}/sign-in`);
  await page.locator("#identifier").fill("ada");
  await page.locator("#password").fill("analytical engine");
  await page.getByRole("button", { name: "Sign in" }).first().click();
  await page.goto(`${system.front}/settings/address`);
  await page.locator("#country").selectOption("US");
  await press(page, "Show the fields of this country");
  await page.locator("#region").fill("CA");
  await checkAccessible(page);
  await checkFits(page);
  await keepPicture(page, "address-us");
  await press(page, "Save");
  await page.goto(`${system.front}/settings/profile`);
  await page.locator("#birthday").fill("1815-12-10");
  await press(page, "Save");
  await page.locator("#birthday-error").waitFor();
  await page.locator("#birthday").fill("1915-12-10");
  await press(page, "Save");
  await page.goto(`${system.front}/settings`);
  await page.getByText("10 December 1915").waitFor();
  await checkAccessible(page);
  await keepPicture(page, "settings");
});
