// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Journeys 1 and 6: somebody subscribes, a scanner opens the mail's link, the person confirms.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkAccessible, openPage } from "./browser.ts";
import { theSystem } from "./system.ts";

const system = await theSystem();

async function subscribe(
  email: string,
  wish: Parameters<typeof openPage>[0] = {},
): Promise<Awaited<ReturnType<typeof openPage>>> {
  const page = await openPage(wish);
  await page.goto(`${system.front}/subscribe`);
  await page.locator("#name").fill("Nora Newcomer");
  await page.locator("#email1").fill(email);
  await page.locator('input[name="wants_newsletter_info"]').check();
  await page.locator("main form button").click();
  return page;
}

async function registrationOf(email: string): Promise<string> {
  const { out } = await system.cdb("people", "show", email, "--json");
  return JSON.parse(out).registration;
}

test("a subscription counts once its link's button was pressed, and a mail scanner confirms nothing", async () => {
  const page = await subscribe("nora@example.com");
  await checkAccessible(page);
  const mail = await system.mail("nora@example.com");
  const link = mail.links.find((address) => address.includes("/command/confirm")) ?? "";
  assert.ok(link.startsWith(system.front), link);
  for (const method of ["GET", "HEAD", "GET"]) assert.equal((await fetch(link, { method })).status, 200);
  assert.equal(await registrationOf("nora@example.com"), "unconfirmed");

  await page.goto(link);
  await checkAccessible(page);
  assert.match((await page.locator("main").textContent()) ?? "", /newsletter/);
  await page.getByRole("button", { name: "Yes, confirm" }).click();
  await page.getByText("Thank you, it is confirmed.").waitFor();
  assert.equal(await registrationOf("nora@example.com"), "confirmed");

  await page.goto(link);
  await page.getByText("This was done already.").waitFor();
});

test("a known address gets the same page, and is told by mail only", async () => {
  const page = await subscribe("ada@example.org");
  assert.match((await page.locator("h1").textContent()) ?? "", /check your mailbox/);
  const mails = await system.mails("ada@example.org");
  assert.ok(mails.length > 0);
});

test("a machine that fills the hidden field gets the same answer and nothing is stored", async () => {
  const body = new URLSearchParams({ name: "Bot", email1: "bot@example.com", password: "filled" });
  const response = await fetch(`${system.front}/subscribe`, { method: "POST", body });
  assert.equal(response.status, 200);
  const { code } = await system.cdb("people", "show", "bot@example.com");
  assert.equal(code, 1);
});

test("a German reader gets German pages and a German mail", async () => {
  const page = await subscribe("gerda@example.com", { locale: "de-DE" });
  assert.equal(await page.locator("html").getAttribute("lang"), "de");
  const mail = await system.mail("gerda@example.com");
  assert.match(mail.text, /Bitte bestätige/);
});

test("outside programs register from server to server and confirm by their signed command", async () => {
  const { createHash } = await import("node:crypto");
  const fields = { name: "Olga Outside", email1: "olga@example.com", wants_info: "yes" };
  const answer = await fetch(`${system.front}/subscribe-api`, { method: "POST", body: new URLSearchParams(fields) });
  assert.equal(answer.status, 200);
  const { id, donref } = (await answer.json()) as { id: number; donref: string };
  assert.ok(Number.isInteger(id) && typeof donref === "string");
  const settings = JSON.parse((await import("node:fs")).readFileSync(`${system.home}/environment.json`, "utf8"));
  const signature = createHash("sha256")
    .update(`command=persons.confirm;record_id=${id};wants_info=yes;${settings.CMD_PASSPHRASE}`)
    .digest("hex");
  const address = `${system.front}/command/confirm?person=${id}&wants_info=yes&signature=${signature}`;
  assert.equal((await fetch(address)).status, 200);
  assert.equal(await registrationOf("olga@example.com"), "unconfirmed");
  const done = await fetch(address, { method: "POST", body: new URLSearchParams({ go: "1" }) });
  assert.equal(done.status, 200);
  assert.equal(await registrationOf("olga@example.com"), "confirmed");
  const forged = await fetch(address.replace("wants_info", "wants_newsletter_info"), {
    method: "POST",
    body: new URLSearchParams({ go: "1" }),
  });
  assert.ok(forged.status >= 400 && forged.status < 500);
  const refused = await fetch(`${system.front}/subscribe-api`, {
    method: "POST",
    body: new URLSearchParams({ ...fields, email1: "no address" }),
  });
  assert.equal(refused.status, 422);
});
