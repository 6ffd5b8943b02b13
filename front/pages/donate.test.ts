// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Giving: the form, its mistakes, and where it leads.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { keyIn, openTown } from "../test/town.ts";

const town = await openTown();
const guest = town.visitor();
const made = () => town.back.called("pledges.make").map(({ body }) => body);

beforeEach(() => {
  town.back.calls.length = 0;
  town.stripe.checkouts.length = 0;
  town.stripe.failure = "none";
});

async function fill(fields: Record<string, string | string[]> = {}): Promise<Record<string, string | string[]>> {
  const key = keyIn(await guest.get("/donate"));
  const person = { name: "Gustav Guest", email: "gustav@example.org" };
  return {
    key,
    referrer: "",
    interval: "once",
    amount_once: "50.00",
    amount: "",
    method: "card",
    ...person,
    ...fields,
  };
}

test("the form has no box ticked, offers our suggestions, and takes period and referrer from the address", async () => {
  const seen = await guest.get("/donate?period=y&referrer=https%3A%2F%2Fexample.org%2F%22x");
  assert.doesNotMatch(seen.text, /type="checkbox"[^>]* checked/);
  assert.match(seen.text, /value="yearly" checked/);
  assert.match(seen.text, /name="referrer" value="https:\/\/example\.org\/&quot;x"/);
  assert.match(seen.text, /€120/);
  assert.match((await guest.get("/support")).text, /value="monthly" checked/);
  assert.match((await guest.get("/donate?period=nonsense")).text, /value="once" checked/);
});

test("a gift by card leads to the payment page, and the button pressed twice makes one", async () => {
  const fields = await fill({ amount: "12,34", purposes: ["info", "newsletter"], referrer: "a page" });
  for (let time = 0; time < 2; time += 1) {
    const seen = await guest.post("/donate", fields);
    assert.equal(seen.status, 303);
    assert.equal(seen.location, "https://checkout.stripe.com/c/pay/1");
  }
  assert.deepEqual(made()[0], {
    amount: { amount: 1234, currency: "EUR" },
    interval: "once",
    method: "card",
    key: fields.key,
    name: "Gustav Guest",
    email: "gustav@example.org",
    kind: "individual",
    language: "en",
    purposes: ["info", "newsletter"],
    origin: { channel: "/donate", referrer: "a page" },
  });
  const [checkout, ...more] = town.stripe.checkouts;
  assert.deepEqual(more, []);
  assert.equal(checkout?.email, "gustav@example.org");
  assert.equal(checkout?.successUrl, "http://front.example.org/thanks");
  assert.equal(checkout?.cancelUrl, `http://front.example.org/cancelled?reference=${checkout?.reference}`);
});

test("a gift by bank transfer leads to a page with the account, the reference and a code", async () => {
  const sent = await guest.post(
    "/support",
    await fill({ interval: "quarterly", amount_quarterly: "60.00", method: "transfer" }),
  );
  assert.match(sent.location ?? "", /^\/transfer\/EX427P\d+$/);
  const seen = await guest.get(sent.location ?? "");
  assert.match(seen.text, /€60 every three months/);
  assert.match(seen.text, /DE02 1203 0000 0000 2020 51/);
  assert.match(seen.text, /<svg[^>]* role="img" aria-label="/);
  assert.deepEqual(town.stripe.checkouts, []);
});

test("the same key with another amount is explained, and sending once more makes another pledge", async () => {
  const fields = await fill({ method: "transfer" });
  await guest.post("/donate", fields);
  const refused = await guest.post("/donate", { ...fields, amount: "60" });
  assert.equal(refused.status, 422);
  assert.match(refused.text, /sent this form before/);
  const again = await guest.post("/donate", { ...fields, amount: "60", key: keyIn(refused) });
  assert.equal(again.status, 303);
});

test("amounts that cannot be meant are refused beside the field, and what was typed stays", async () => {
  for (const amount of [
    "0",
    "-5",
    "1e9",
    "12.345",
    "abc",
    "0,50",
    "100000",
    "1.2.3",
    "١٢",
    "9".repeat(5_000),
    "12\u0000",
  ]) {
    const seen = await guest.post("/donate", await fill({ amount }));
    assert.equal(seen.status, 422, amount.slice(0, 20));
    assert.match(seen.text, /id="amount-error"/, amount.slice(0, 20));
    assert.match(seen.text, /id="name" name="name" type="text" value="Gustav Guest"/);
  }
  assert.deepEqual(made(), []);
});

test("each missing or broken field is named, in the reader's language", async () => {
  const bad: [Record<string, string | string[]>, RegExp][] = [
    [{ name: "" }, /id="name-error">Please write your name/],
    [{ name: "a\r\nBcc: x" }, /id="name-error"/],
    [{ name: "x".repeat(301) }, /id="name-error">This is too long/],
    [{ email: "" }, /id="email-error">Please write your email/],
    [{ email: "nobody" }, /id="email-error">This does not look like/],
    [{ interval: "hourly" }, /id="interval-error"/],
    [{ method: "cheque" }, /id="method-error"/],
    [{ amount_once: "" }, /id="amount-error">Please choose or write/],
    [{ purposes: ["<script>"] }, /id="purposes-error"/],
    [{ key: "not a key" }, /role="alert"/],
  ];
  for (const [fields, expected] of bad) {
    const seen = await guest.post("/donate", await fill(fields));
    assert.equal(seen.status, 422, String(expected));
    assert.match(seen.text, expected);
    assert.doesNotMatch(seen.text, /<script/);
  }
  const german = await guest.post("/donate", await fill({ name: "" }), { "Accept-Language": "de" });
  assert.match(german.text, /Bitte schreib deinen Namen/);
  assert.deepEqual(made(), []);
});

test("while cards cannot be taken, the pledge is kept and other ways are offered", async () => {
  town.stripe.failure = "down";
  const seen = await guest.post("/donate", await fill());
  assert.equal(seen.status, 503);
  assert.match(seen.text, /href="\/payonline\/EX427P\d+"/);
  assert.match(seen.text, /href="\/transfer\/EX427P\d+"/);
  assert.equal(made().length, 1);
});

test("an address that Stripe does not take is asked for by Stripe itself", async () => {
  town.stripe.failure = "refuses-email";
  assert.equal((await guest.post("/donate", await fill())).status, 303);
  assert.equal(town.stripe.checkouts[0]?.email, undefined);
});

test("who is signed in is not asked for name and address", async () => {
  const ada = town.visitor();
  await ada.signIn();
  const page = await ada.get("/donate");
  assert.match(page.text, /You give as Ada Lovelace \(ada@example\.org\)/);
  assert.doesNotMatch(page.text, /id="email"|type="checkbox"/);
  const fields = { key: keyIn(page), interval: "monthly", amount_monthly: "20.00", method: "card" };
  assert.equal((await ada.post("/donate", { ...fields, name: "Eve", email: "eve@example.org" })).status, 303);
  const [call] = town.back.called("pledges.makeMine");
  assert.match(call?.token ?? "", /^person-/);
  assert.deepEqual(call?.body.origin, { channel: "/donate", referrer: "" });
  assert.equal(town.stripe.checkouts[0]?.email, "ada@example.org");
});

test("who was signed out meanwhile gives as a guest, and keeps what they chose", async () => {
  const ada = town.visitor();
  await ada.signIn();
  const key = keyIn(await ada.get("/donate"));
  for (const { token } of town.back.calls) town.back.refusedTokens.add(token);
  const seen = await ada.post("/donate", { key, interval: "yearly", amount: "77", method: "card" });
  assert.equal(seen.status, 422);
  assert.match(seen.text, /value="77"[\s\S]*id="email-error"/);
});
