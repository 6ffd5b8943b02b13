// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Giving by PayPal, and what our webhook believes of what comes in PayPal's name.
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { startFakePaypal } from "@cdb/dev/paypal/fake-paypal.ts";
import { openPaypal } from "@cdb/providers/paypal.ts";
import { listen } from "@cdb/runtime/serve.ts";
import { keyIn, openFront, openTown } from "./test/town.ts";

const keys = { clientId: "client-of-the-tests", clientSecret: "secret-of-the-tests", webhookId: "5L518819FA0214926" };
const receiver = "donations@example.org";
/** What PayPal posted, to be altered and posted again. */
const posted: { body: Buffer<ArrayBuffer>; headers: Headers }[] = [];
/** Whether what PayPal posts reaches front. */
let open = true;

const door = await listen(async (request) => {
  const body = Buffer.from(await request.arrayBuffer());
  posted.push({ body, headers: request.headers });
  if (!open) return new Response("", { status: 500 });
  return town.app.request("/webhooks/paypal", { method: "POST", body, headers: request.headers });
}, 0);
const webhookUrl = `http://127.0.0.1:${door.port}`;
const fake = await startFakePaypal({ port: 0, ...keys, receiver, webhookUrl, firstPauseMs: 20 });
const paypal = openPaypal({ ...keys, apiUrl: fake.url, receivers: [receiver], organisation: "Example Foundation" });
const town = await openTown({ paypal });
after(async () => {
  await fake.stop();
  await door.stop();
});

beforeEach(() => {
  posted.length = 0;
  open = true;
  town.back.calls.length = 0;
});

async function give(interval: string): Promise<string> {
  const ada = town.visitor();
  const page = await ada.get("/donate");
  const fields = { interval, amount: "25", method: "paypal", name: "Ada", email: "ada@example.org" };
  const seen = await ada.post("/donate", { key: keyIn(page), ...fields });
  assert.equal(seen.status, 303, seen.text);
  assert.match(seen.headers.get("content-security-policy") ?? "", /form-action [^;]*https:\/\/\*\.paypal\.com/);
  return seen.location ?? "";
}

function registered() {
  return town.back.called("payments.register");
}

test("the form offers PayPal; who approves there comes back, is thanked, and is booked by the notice alone", async () => {
  assert.match((await town.visitor().get("/donate")).text, /By PayPal/);
  const { pathname, search } = new URL(await fake.approve(await give("once")));
  open = false;
  const back = await town.visitor().get(pathname + search);
  assert.deepEqual([back.status, back.location], [303, "/thanks"]);
  assert.equal(fake.payments().length, 1);
  assert.equal(registered().length, 0);
  open = true;
  await fake.settled();
  assert.equal(new Set(registered().map(({ body }) => body.noticeId)).size, 1);
});

test("coming back twice, or looking only, takes the money once or not at all", async () => {
  const before = fake.payments().length;
  open = false;
  const { pathname, search } = new URL(await fake.approve(await give("once")));
  await town.visitor().send("HEAD", pathname + search, undefined, {});
  assert.equal(fake.payments().length, before);
  const seen = await Promise.all([1, 2, 3].map(() => town.visitor().get(pathname + search)));
  assert.deepEqual(new Set(seen.map(({ location }) => location)), new Set(["/thanks"]));
  assert.equal(fake.payments().length, before + 1);
  open = true;
  await fake.settled();
});

test("who cancels, is declined, or makes an address up, is led to other ways to pay", async () => {
  open = false;
  const cancelled = new URL(await fake.approve(await give("once"), { action: "cancel" }));
  assert.match((await town.visitor().get(cancelled.pathname + cancelled.search)).text, /Nothing was paid/);
  const declined = new URL(await fake.approve(await give("once"), { by: "declined" }));
  for (const query of [declined.search, "?token=5O190127TN364715T&reference=EX1", "?token=%00", ""]) {
    const { status, location } = await town.visitor().get(`/paypal/return${query}`);
    assert.equal(status, 303);
    assert.match(location ?? "", /^\/cancelled\?reference=/);
  }
  open = true;
  await fake.settled();
});

test("a monthly gift leads to a subscription and back to the thanks", async () => {
  const next = new URL(await fake.approve(await give("monthly")));
  assert.equal(next.pathname, "/thanks");
  await fake.settled();
  const { renewal } = registered().at(-1)?.body ?? {};
  assert.equal(renewal, fake.subscriptions().at(-1)?.id);
});

test("a known reference is paid by PayPal; where PayPal is down, other ways are shown", async () => {
  town.back.payables.set("EX427P1", {
    ...{ reference: "EX427P1", kind: "pledge", interval: "once", ended: false },
    amount: { amount: 2500, currency: "EUR" },
  });
  const visitor = town.visitor();
  const page = await visitor.get("/payonline/EX427P1");
  assert.match(page.text, /Pay €25 by card[\s\S]*Pay €25 by PayPal/);
  const sent = await visitor.post("/payonline/EX427P1", { key: keyIn(page), method: "paypal" });
  assert.ok(sent.location?.startsWith(fake.url), sent.location ?? "");
  const broken = openPaypal({ ...keys, apiUrl: "http://127.0.0.1:1", organisation: "Example Foundation" });
  const elsewhere = openFront(town.back, town.auth, { paypal: broken });
  const seen = await elsewhere.visitor().post("/payonline/EX427P1", { key: keyIn(page), method: "paypal" });
  assert.equal(seen.status, 503);
  assert.match(seen.text, /Paying by PayPal does not work at the moment/);
  const returned = await elsewhere.visitor().get("/paypal/return?token=5O190127TN364715T&reference=EX1");
  assert.equal(returned.location, "/thanks", "the webhook takes the money later");
});

test("forged, altered and stale notices get a sentence and reach nobody", async () => {
  await fake.approve(await give("monthly"));
  await fake.settled();
  const genuine = posted.find(({ body }) => body.includes("PAYMENT.SALE.COMPLETED"));
  assert.ok(genuine);
  town.back.calls.length = 0;
  const post = (body: Buffer<ArrayBuffer>, change: Record<string, string> = {}) => {
    const headers = new Headers(genuine.headers);
    for (const [name, value] of Object.entries(change)) headers.set(name, value);
    return town.app.request("/webhooks/paypal", { method: "POST", body, headers });
  };
  const text = genuine.body.toString();
  const stranger = await startFakePaypal({ port: 0, ...keys, webhookUrl: "http://127.0.0.1:1" });
  const refused = [
    post(Buffer.from(text.replace("25.00", "95.00"))),
    post(Buffer.from(JSON.stringify(JSON.parse(text), null, 1))),
    post(genuine.body, { "PayPal-Auth-Algo": "SHA1withRSA" }),
    post(genuine.body, { "PayPal-Transmission-Time": "2020-01-01T00:00:00Z" }),
    post(genuine.body, { "PayPal-Cert-Url": `${stranger.url}/v1/notifications/certs/CERT-1` }),
    post(genuine.body, { "PayPal-Cert-Url": "https://paypal.com.example.org/v1/notifications/certs/CERT-1" }),
    town.app.request("/webhooks/paypal", { method: "POST", body: genuine.body }),
  ];
  for (const response of await Promise.all(refused)) {
    assert.equal(response.status, 400);
    assert.match(await response.text(), /^The .*\.$/);
  }
  await stranger.stop();
  assert.deepEqual(town.back.calls, []);
  assert.equal((await post(genuine.body)).status, 204);
});

test("notices for another webhook, or for PayPal's simulator, are refused", async () => {
  await fake.approve(await give("monthly"));
  await fake.settled();
  const { body, headers } = posted.at(-1) as (typeof posted)[number];
  for (const webhookId of ["5L518819FA0214927", "WEBHOOK_ID", undefined]) {
    const other = openPaypal({ ...keys, webhookId, apiUrl: fake.url, organisation: "Example Foundation" });
    await assert.rejects(
      other.readNotice(body, (name) => headers.get(name)),
      { name: "ForgedNotice" },
    );
  }
  assert.equal((await paypal.readNotice(body, (name) => headers.get(name))).kind !== "ignored", true);
});

test("a notice that back cannot store is not acknowledged, so that it is told again", async () => {
  await fake.approve(await give("monthly"));
  await fake.settled();
  const told = fake.notices().findLast(({ type }) => type === "PAYMENT.SALE.COMPLETED");
  town.back.refusal = { status: 503, code: "no" };
  assert.deepEqual(await fake.resend(told?.id ?? "", 3), [503, 503, 503]);
  town.back.refusal = undefined;
  assert.deepEqual(await fake.resend(told?.id ?? "", 1), [204]);
});

test("an IPN that PayPal knows again books like the webhook, with names in windows-1252", async () => {
  await fake.approve(await give("once"), { name: "Zoë O’Neill", email: "zoe@example.org" });
  await fake.settled();
  const payment = fake.payments().at(-1);
  const ipn = (bytes: Buffer<ArrayBuffer>) => town.app.request("/webhooks/paypal/ipn", { method: "POST", body: bytes });
  const bytes = fake.ipn(payment?.id ?? "");
  assert.match(bytes.toString(), /Zo%EB/);
  town.back.calls.length = 0;
  assert.equal((await ipn(bytes)).status, 200);
  const [call] = registered();
  assert.deepEqual(call?.body.payer, { name: "Zoë O’Neill", email: "zoe@example.org" });
  assert.equal(call?.body.reference, payment?.custom_id);
  assert.deepEqual(call?.body.amount, { amount: 2500, currency: "EUR" });
  town.back.calls.length = 0;
  const forged = [
    Buffer.from(`${bytes}&x=1`),
    Buffer.from(bytes.toString().replace("25.00", "95.00")),
    fake.ipn(payment?.id ?? "", { receiver_email: "somebody-else@example.org" }),
    Buffer.from(`${bytes}&receiver_email=${receiver}`),
    Buffer.from(""),
  ];
  for (const each of forged) assert.equal((await ipn(each)).status, 400, each.toString());
  assert.deepEqual(town.back.calls, []);
});
