// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A guest gives by PayPal: once, not after all, every month; and is thanked once however often PayPal tells it.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { checkAccessible, checkFits, openPage } from "./browser.ts";
import { theSystem } from "./system.ts";
import { waitUntil } from "./wait.ts";

const system = await theSystem();

async function fillForm(page: Page, path: string, email: string, amount: string): Promise<void> {
  await page.goto(`${system.front}${path}`);
  await page.locator("#amount").fill(amount);
  await page.locator("#name").fill("Petra PayPal");
  await page.locator("#email").fill(email);
  await page.locator("#method-paypal").check();
  await picture(page, `form${path.replace("/", "-")}`);
  await page.locator("main form button").click();
  assert.ok(page.url().startsWith(system.paypal), page.url());
}

/** For people to look at, where `SCREENSHOTS` names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/paypal-${name}.png`, fullPage: true });
}

interface Donation {
  amount: { amount: number; currency: string };
  reference: string;
}

async function donationsOf(email: string): Promise<Donation[]> {
  const { out } = await system.cdb("people", "show", email, "--json");
  return JSON.parse(out).donations;
}

function donationsWhen(email: string, count: number): Promise<Donation[]> {
  return waitUntil(`${count} donations of ${email}`, async () => {
    const donations = await donationsOf(email);
    return donations.length >= count && donations;
  });
}

async function tellAgain(type: string, times: number): Promise<void> {
  const notices = (await (await fetch(`${system.paypal}/test/notices`)).json()) as { id: string; type: string }[];
  const told = notices.filter((notice) => notice.type === type).at(-1);
  const answer = await fetch(`${system.paypal}/test/resend/${told?.id}?times=${times}`, { method: "POST" });
  assert.deepEqual(new Set(((await answer.json()) as { done: number[] }).done), new Set([204]));
}

test("a guest gives once by PayPal and is thanked by mail; the notice told 200 times more changes nothing", async () => {
  const page = await openPage();
  await fillForm(page, "/donate", "petra@example.com", "12,34");
  await picture(page, "approve");
  await page.getByRole("button", { name: "Complete purchase" }).click();
  await page.getByRole("heading", { name: "Thank you!" }).waitFor();
  await picture(page, "thanks");
  const thanks = await system.mail("petra@example.com", /thank/i);
  assert.match(thanks.text, /12\.34/);
  const [donation] = await donationsWhen("petra@example.com", 1);
  assert.deepEqual(donation?.amount, { amount: 1234, currency: "EUR" });
  await tellAgain("PAYMENT.CAPTURE.COMPLETED", 200);
  assert.equal((await donationsOf("petra@example.com")).length, 1);
  const mails = (await system.mails("petra@example.com")).filter(({ subject }) => /thank/i.test(subject));
  assert.equal(mails.length, 1);
});

test("a guest who changes their mind at PayPal is offered other ways, and pays by the same reference later", async () => {
  const page = await openPage();
  await fillForm(page, "/donate", "later-paypal@example.com", "20");
  await page.getByRole("button", { name: "Cancel and return" }).click();
  await page.getByRole("heading", { name: "Nothing was paid" }).waitFor();
  await picture(page, "cancelled");
  assert.deepEqual(await donationsOf("later-paypal@example.com"), []);
  await page.getByRole("link", { name: "Try again" }).click();
  await checkAccessible(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await checkFits(page);
  await picture(page, "payonline-narrow");
  await page.setViewportSize({ width: 1280, height: 800 });
  await picture(page, "payonline");
  await page.getByRole("button", { name: "Pay €20 by PayPal" }).click();
  await page.getByLabel("A card that is declined").check();
  await page.getByRole("button", { name: "Complete purchase" }).click();
  await page.getByRole("heading", { name: "Nothing was paid" }).waitFor();
  await page.getByRole("link", { name: "Try again" }).click();
  await page.getByRole("button", { name: "Pay €20 by PayPal" }).click();
  await page.getByRole("button", { name: "Complete purchase" }).click();
  await page.getByRole("heading", { name: "Thank you!" }).waitFor();
  const [donation] = await donationsWhen("later-paypal@example.com", 1);
  assert.deepEqual(donation?.amount, { amount: 2000, currency: "EUR" });
});

test("a supporter gives every month by PayPal, and the next month is booked for the same pledge", async () => {
  const page = await openPage();
  await fillForm(page, "/support", "monthly-paypal@example.com", "15");
  await picture(page, "subscribe");
  await page.getByText("15.00 EUR every month").waitFor();
  await page.getByRole("button", { name: "Agree and subscribe" }).click();
  await page.getByRole("heading", { name: "Thank you!" }).waitFor();
  const [first] = await donationsWhen("monthly-paypal@example.com", 1);
  await page.goto(system.paypal);
  await picture(page, "desk");
  await page.getByRole("button", { name: "Next payment" }).first().click();
  const donations = await donationsWhen("monthly-paypal@example.com", 2);
  assert.deepEqual(new Set(donations.map(({ reference }) => reference)), new Set([first?.reference]));
});
