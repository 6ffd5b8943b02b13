// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Journey 5: somebody sees and changes their own data.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { checkAccessible, openPage } from "./browser.ts";
import { theSystem } from "./system.ts";

const system = await theSystem();

async function signedIn(identifier: string, password: string): Promise<Page> {
  const page = await openPage();
  await page.goto(`${system.front}/sign-in`);
  await page.locator("#identifier").fill(identifier);
  await page.locator("#password").fill(password);
  await page
    .getByRole("button", { name: /Sign in|Anmelden/ })
    .first()
    .click();
  return page;
}

const save = (page: Page) => page.locator("main form button").first().click();

test("name, language and postal address are changed and stay so", async () => {
  const page = await signedIn("bruno", "zwölf bunte Vögel");
  await page.goto(`${system.front}/settings/profile`);
  await page.locator("#name").fill("Bruno Böll <b>");
  await page.locator("#language").selectOption("en");
  await save(page);
  await page.goto(`${system.front}/settings/address`);
  await page.locator("#city").fill("Łódź");
  await page.locator("#country").selectOption("PL");
  await save(page);
  const { out } = await system.cdb("people", "show", "bruno", "--json");
  const { name, language, postalAddress } = JSON.parse(out);
  assert.deepEqual([name, language, postalAddress.city, postalAddress.country], ["Bruno Böll <b>", "en", "Łódź", "PL"]);
  for (const path of ["", "/profile", "/address", "/consents", "/consents/proof", "/donations", "/mails", "/history"]) {
    const response = await page.goto(`${system.front}/settings${path}`);
    assert.equal(response?.status(), 200, path);
    await checkAccessible(page);
  }
});

test("a consent is withdrawn and given again by one button each", async () => {
  const page = await signedIn("ada", "analytical engine");
  await page.goto(`${system.front}/settings/consents`);
  const newsletter = async () => {
    const { out } = await system.cdb("people", "show", "ada", "--json");
    return JSON.parse(out).consents.find(({ purpose }: { purpose: string }) => purpose === "newsletter").granted;
  };
  assert.equal(await newsletter(), true);
  await page.getByRole("button", { name: "Stop this" }).first().click();
  assert.equal(await newsletter(), false);
  await page.locator('form:has(input[value="newsletter"]) button').click();
  assert.equal(await newsletter(), true);
});

test("donations and mails are all there to see", async () => {
  const page = await signedIn("ada", "analytical engine");
  await page.goto(`${system.front}/settings/donations`);
  assert.equal(await page.locator("table").first().locator("tbody tr").count(), 4);
  await page.goto(`${system.front}/settings/mails`);
  assert.ok((await page.locator("details").count()) >= 4);
});

test("a new email address is confirmed there and told to the old one, which can take it back", async () => {
  const page = await signedIn("ada", "analytical engine");
  await page.goto(`${system.front}/settings/email-address`);
  await checkAccessible(page);
  await page.locator("#email").fill("ada.new@example.org");
  await save(page);
  const mail = await system.mail("ada.new@example.org");
  await page.goto(mail.links.find((link) => link.includes("/command/change-email")) ?? "");
  await page.getByRole("button", { name: "Change it" }).click();
  await page.getByText("Your email address is changed.").waitFor();
  const told = await system.mail("ada@example.org", /email address/i);
  await page.goto(told.links.find((link) => link.includes("/command/restore-email")) ?? "");
  await page.getByRole("button", { name: "Take it back" }).click();
  await page.getByText("Your former email address is back.").waitFor();
  const { out } = await system.cdb("people", "show", "ada", "--json");
  assert.equal(JSON.parse(out).email, "ada@example.org");
  await page.goto(`${system.front}/settings/profile`);
  assert.notEqual(await page.locator("h1").textContent(), "Name and language");
});

test("everything that is kept is there to read and to take away", async () => {
  const page = await signedIn("ada", "analytical engine");
  await page.goto(`${system.front}/settings/export`);
  await checkAccessible(page);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download" }).click(),
  ]);
  const exported = JSON.parse(readFileSync(await download.path(), "utf8"));
  const donations = exported.tables.find(({ table }: { table: string }) => table === "donation");
  assert.equal(donations.rows.length, 4);
});

test("somebody who wants to leave sees what goes and what stays, and can take it back by the mail's link", async () => {
  const page = await signedIn("ada", "analytical engine");
  await page.goto(`${system.front}/settings/leave`);
  await checkAccessible(page);
  assert.match(
    (await page.locator("main").textContent()) ?? "",
    /law makes us keep these, locked, until 31 December 20\d\d/,
  );
  await page.getByRole("button", { name: "Delete my data" }).click();
  await page.getByText("Until then you can take it back.").waitFor();
  const mail = await system.mail("ada@example.org", /deleted on/);
  await page.goto(mail.links.find((link) => link.includes("/command/keep-me")) ?? "");
  await checkAccessible(page);
  await page.getByRole("button", { name: "Keep my data" }).click();
  await page.getByText("Your data stay.").waitFor();
  await page.goto(`${system.front}/settings/leave`);
  assert.equal(await page.locator("h1").textContent(), "Delete my data");
});
