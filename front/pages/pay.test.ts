// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Paying a reference: from our own page, and from other people's shops.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { keyIn, openTown } from "../test/town.ts";

const town = await openTown();
const donor = town.visitor();
const elsewhere = { Origin: "https://shop.example.org" };
const nothing = { amount: null, interval: null, ended: false } as const;

town.back.payables = new Map([
  [
    "EX427P1",
    {
      reference: "EX427P1",
      kind: "pledge",
      amount: { amount: 2550, currency: "EUR" },
      interval: "monthly",
      ended: false,
    },
  ],
  [
    "EX427P2",
    { reference: "EX427P2", kind: "pledge", amount: { amount: 2550, currency: "EUR" }, interval: "once", ended: true },
  ],
  ["EX427", { reference: "EX427", kind: "person", ...nothing }],
  ["EX427Z1", { reference: "EX427Z1", kind: "extra", ...nothing }],
  ["MP1001", { reference: "MP1001", kind: "merchandise", ...nothing }],
]);

beforeEach(() => {
  town.stripe.checkouts.length = 0;
});

test("a pledge is paid as it was promised, whatever the form says", async () => {
  const page = await donor.get("/payonline/ex427p1");
  assert.match(page.text, /Pay €25\.50 by card/);
  assert.doesNotMatch(page.text, /id="amount"/);
  const seen = await donor.post("/payonline/ex427p1", { key: keyIn(page), amount: "1" });
  assert.equal(seen.status, 303);
  const [checkout] = town.stripe.checkouts;
  assert.deepEqual([checkout?.amount.amount, checkout?.interval, checkout?.reference], [2550, "monthly", "EX427P1"]);
});

test("a reference without an amount asks for one", async () => {
  const page = await donor.get("/payonline/EX427");
  const wrong = await donor.post("/payonline/EX427", { key: keyIn(page), amount: "12.345" });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /value="12\.345"[^>]*aria-invalid="true"/);
  assert.equal((await donor.post("/payonline/EX427", { key: keyIn(page), amount: "12,50" })).status, 303);
  assert.equal(town.stripe.checkouts[0]?.amount.amount, 1250);
});

test("an unknown, ended or impossible reference has a page that says so", async () => {
  const expected: [string, number][] = [
    ["EX999", 404],
    ["EX427P2", 410],
    [`EX${"9".repeat(500)}`, 404],
    ["%00", 404],
    ["%3Cscript%3E", 404],
    ["%0D%0A", 404],
  ];
  for (const path of ["/payonline", "/transfer"])
    for (const [reference, status] of expected) {
      const seen = await donor.get(`${path}/${reference}`);
      assert.equal(seen.status, status, reference.slice(0, 20));
      assert.doesNotMatch(seen.text, /<script/);
    }
  assert.equal((await donor.post("/pay/EX999", { amount: "23", email: "a@example.org" }, elsewhere)).status, 404);
});

test("a shop sends its visitor here, who pays and goes back there", async () => {
  const fields = {
    amount: "23",
    email: "buyer@example.org",
    success_url: "https://shop.example.org/thanks?order=1",
    cancel_url: "https://shop.example.org/cart",
  };
  for (const reference of ["MP1001", "EX427Z1", "EX427P1"]) {
    const seen = await donor.post(`/pay/${reference}`, { ...fields, amount: "23.00" }, elsewhere);
    assert.equal(seen.status, 303);
    assert.match(seen.location ?? "", /^https:\/\/checkout\.stripe\.com\//);
  }
  const [checkout] = town.stripe.checkouts;
  assert.deepEqual(checkout?.amount, { amount: 2300, currency: "EUR" });
  assert.deepEqual(
    [checkout?.successUrl, checkout?.cancelUrl, checkout?.email, checkout?.interval],
    [fields.success_url, fields.cancel_url, fields.email, "once"],
  );
});

test("only addresses at the hosts on the list are gone back to", async () => {
  const bad = [
    "https://evil.example.net/",
    "https://shop.example.org.evil.example.net/",
    "https://shop.example.org@evil.example.net/",
    "https://user:pass@shop.example.org/",
    "https://shop.example.org:8443/",
    "//evil.example.net/",
    "javascript:alert(1)",
    "data:text/html,x",
    "shop.example.org",
  ];
  for (const address of bad)
    for (const name of ["success_url", "cancel_url"]) {
      const seen = await donor.post(
        "/pay/MP1001",
        { amount: "23", email: "a@example.org", [name]: address },
        elsewhere,
      );
      assert.equal(seen.status, 422, address);
      assert.match(seen.text, /not one of those allowed/);
    }
  assert.deepEqual(town.stripe.checkouts, []);
});

test("an oddly written address is gone back to as we understood it", async () => {
  const odd = { amount: "23", email: "a@example.org", success_url: "https://shop.example.org\\@evil.example.net/" };
  await donor.post("/pay/MP1001", odd, elsewhere);
  assert.equal(town.stripe.checkouts[0]?.successUrl, "https://shop.example.org/@evil.example.net/");
});

test("a bad amount or email address gets a page, and no payment is started", async () => {
  for (const amount of ["", "0", "-5", "1e9", "12.345", "0.50", "999.01", "1000000", "23 USD"])
    assert.equal((await donor.post("/pay/MP1001", { amount, email: "a@example.org" }, elsewhere)).status, 422, amount);
  for (const email of ["", "nobody", "a@example.org\r\nBcc: b@example.org"])
    assert.equal((await donor.post("/pay/MP1001", { amount: "23", email }, elsewhere)).status, 422, email);
  assert.equal((await donor.post("/pay/MP1001", "amount=23&amount=1&email=a@example.org", elsewhere)).status, 400);
  assert.deepEqual(town.stripe.checkouts, []);
});

test("the pages after the payment book nothing and show only what looks like a reference", async () => {
  town.back.calls.length = 0;
  assert.equal((await donor.get("/thanks?reference=EX427P1&session_id=cs_1")).status, 200);
  assert.match((await donor.get("/cancelled?reference=EX427P1")).text, /href="\/payonline\/EX427P1"/);
  assert.doesNotMatch((await donor.get("/cancelled?reference=%22%3E%3Cscript%3E")).text, /payonline/);
  assert.deepEqual(town.back.calls, []);
});

test("whoever tries too often is asked to come back later, with the way to pay by transfer; nothing is started", async () => {
  const before = town.stripe.checkouts.length;
  town.back.admits = "too-many";
  const seen = await donor.post("/pay/MP1001", { amount: "23", email: "ada@example.org" }, elsewhere);
  town.back.admits = "admitted";
  assert.equal(seen.status, 429);
  assert.match(seen.text, /Please try again later[\s\S]*href="\/transfer\/MP1001"/);
  assert.equal(town.stripe.checkouts.length, before);
});
