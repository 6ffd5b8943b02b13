// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Journeys 2 and 7: a guest gives by card and by bank transfer, and is thanked once however often the notice comes.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { checkAccessible, openPage } from "./browser.ts";
import { theSystem } from "./system.ts";
import { waitUntil } from "./wait.ts";

const system = await theSystem();

async function fillForm(page: Page, email: string, method: "card" | "transfer", amount = "12,34"): Promise<void> {
  await page.goto(`${system.front}/donate`);
  await page.locator("#amount").fill(amount);
  await page.locator("#name").fill("Gustav Guest");
  await page.locator("#email").fill(email);
  await page.locator(`#method-${method}`).check();
  await page.locator("main form button").click();
}

async function donationsOf(
  email: string,
): Promise<{ amount: { amount: number; currency: string }; reference: string }[]> {
  const { out } = await system.cdb("people", "show", email, "--json");
  return JSON.parse(out).donations;
}

test("a guest gives by card and is thanked by mail; the notice told 200 times more changes nothing", async () => {
  const page = await openPage();
  await fillForm(page, "gustav@example.com", "card");
  assert.ok(page.url().startsWith(system.stripe), page.url());
  await page.getByRole("button", { name: /^Pay/ }).click();
  await page.getByRole("heading", { name: "Thank you!" }).waitFor();
  const thanks = await system.mail("gustav@example.com", /thank/i);
  assert.match(thanks.text, /12\.34/);
  const [donation] = await waitUntil("the donation", async () => {
    const donations = await donationsOf("gustav@example.com");
    return donations.length > 0 && donations;
  });
  assert.deepEqual(donation?.amount, { amount: 1234, currency: "EUR" });

  const notices = (await (await fetch(`${system.stripe}/test/notices`)).json()) as { id: string; type: string }[];
  const told = notices.filter(({ type }) => type === "checkout.session.completed").at(-1);
  await fetch(`${system.stripe}/test/resend/${told?.id}?times=200`, { method: "POST" });
  assert.equal((await donationsOf("gustav@example.com")).length, 1);
  const mails = (await system.mails("gustav@example.com")).filter(({ subject }) => /thank/i.test(subject));
  assert.equal(mails.length, 1);
});

test("a card that is declined, and then cancelling, leads back to other ways to pay; nothing is booked", async () => {
  const page = await openPage();
  await fillForm(page, "declined@example.com", "card");
  await page.locator('input[name="card"]').fill("4000 0000 0000 0002");
  await page.getByRole("button", { name: /^Pay/ }).click();
  await page.getByText("Your card was declined").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("heading", { name: "Nothing was paid" }).waitFor();
  await checkAccessible(page);
  assert.deepEqual(await donationsOf("declined@example.com"), []);
});

test("a guest gives by bank transfer: account, reference and code on the page and in the mail, then booked by hand", async () => {
  const page = await openPage();
  await fillForm(page, "tina@example.com", "transfer", "50");
  await page.getByRole("heading", { name: "Pay by bank transfer" }).waitFor();
  await checkAccessible(page);
  const reference = ((await page.locator("dd strong").textContent()) ?? "").trim();
  assert.match(reference, /^EX\d+P1$/);
  assert.equal(await page.locator("svg[role=img]").count(), 1);
  const mail = await system.mail("tina@example.com", /transfer|pay/i);
  assert.ok(mail.text.includes(reference) && mail.text.includes("DE02 1203 0000 0000 2020 51"), mail.text);

  const register = [
    "payments",
    "register",
    "--amount",
    "50",
    "--day",
    "2026-11-20",
    "--reference",
    reference,
    "--key",
    `bank-${reference}`,
    "--yes",
  ];
  for (let time = 0; time < 2; time += 1) {
    const { code, err } = await system.cdb(...register);
    assert.equal(code, 0, err);
  }
  await system.mail("tina@example.com", /thank/i);
  assert.equal((await donationsOf("tina@example.com")).length, 1);
});

test("a known reference is paid online without signing in", async () => {
  const page = await openPage();
  await fillForm(page, "later@example.com", "transfer", "20");
  const reference = ((await page.locator("dd strong").textContent()) ?? "").trim();
  await page.goto(`${system.front}/payonline/${reference.toLowerCase()}`);
  await checkAccessible(page);
  await page.getByRole("button", { name: "Pay €20 by card" }).click();
  assert.ok(page.url().startsWith(system.stripe), page.url());
  const unknown = await page.goto(`${system.front}/payonline/EX99999`);
  assert.equal(unknown?.status(), 404);
});

test("the shop sends an order to be paid, and the desk is told once the money is there", async () => {
  const order = new URLSearchParams({
    amount: "23.00",
    email: "buyer@example.com",
    success_url: "https://shop.example.org/done",
  });
  const answer = await fetch(`${system.front}/pay/MP2026X1`, { method: "POST", body: order, redirect: "manual" });
  assert.equal(answer.status, 303);
  const page = await openPage();
  await page.goto(answer.headers.get("location") ?? "");
  // There is no shop behind it.
  const sentBack = page.waitForRequest("https://shop.example.org/done");
  await page.getByRole("button", { name: /^Pay/ }).click();
  await sentBack;
  const told = await system.mail("donations@example.org", /MP2026X1/);
  assert.match(told.text, /23\.00/);
  const stranger = await fetch(`${system.front}/pay/MP2026X1`, {
    method: "POST",
    body: new URLSearchParams({ amount: "23", email: "a@example.com", success_url: "https://evil.example/" }),
    redirect: "manual",
  });
  assert.ok(stranger.status >= 400 && stranger.status < 500);
});

test("mistakes are shown beside the fields with what was typed, and nothing is stored", async () => {
  const page = await openPage();
  for (const amount of ["0", "-5", "1e9", "12.345", "<script>", "9".repeat(2_000)]) {
    await fillForm(page, "not an address", "card", amount);
    assert.ok((await page.locator(".error").count()) >= 2, amount);
    assert.equal(await page.locator("#email").inputValue(), "not an address");
    assert.equal(await page.locator("#name").inputValue(), "Gustav Guest");
  }
  await checkAccessible(page);
});
