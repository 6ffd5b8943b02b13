// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What our webhook answers, and what reaches back.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { openClient } from "@cdb/api/client.ts";
import { keepForeignNotice, type Notice, notice, reportDecline } from "@cdb/api/payments.ts";
import { openStripe } from "@cdb/providers/stripe.ts";
import { openLog } from "@cdb/runtime/log.ts";
import { type Listening, listen } from "@cdb/runtime/serve.ts";
import { Hono } from "hono";
import { webhooks } from "./webhooks.ts";

const secret = "whsec_of-the-tests";
const stripe = openStripe({ secretKey: "sk_test_of-the-tests", webhookSecrets: [secret] });
const log = openLog("test", "silent");
const registered = new Map<string, Notice>();
let answer = 200;
let backServer: Listening;
let app: Hono;

// Stands in for back: checks by the contract and knows each payment once.
const back = new Hono().put("/payments/:provider/:reference", async (c) => {
  if (answer !== 200) return c.json({ type: "about:blank", title: "No", status: answer, code: "no" }, answer as 500);
  const told = notice.parse(await c.req.json());
  const name = `${c.req.param("provider")}/${c.req.param("reference")}`;
  const outcome = registered.has(name) ? "known-already" : "registered";
  registered.set(name, told);
  return c.json({ outcome });
});

const warned: unknown[] = [];
back.put("/payments/:provider/declines/:notice", async (c) => {
  warned.push([c.req.param("notice"), reportDecline.body.parse(await c.req.json())]);
  return c.body(null, 204);
});
back.put("/payments/:provider/foreign-notices/:notice", async (c) => {
  const { raw } = keepForeignNotice.body.parse(await c.req.json());
  warned.push([c.req.param("notice"), JSON.parse(raw).account]);
  return c.body(null, 204);
});

before(async () => {
  backServer = await listen(back.fetch, 0);
  const client = openClient(`http://127.0.0.1:${backServer.port}`, async () => "token");
  app = new Hono().route("/webhooks", webhooks(stripe, client, log));
});

beforeEach(() => {
  registered.clear();
  answer = 200;
});

after(() => backServer.stop());

function event(fields: object = {}): string {
  const money = { amount_total: 2500, currency: "eur", payment_intent: "pi_1" };
  const object = { mode: "payment", payment_status: "paid", ...money, metadata: { reference: "EXa" } };
  const told = {
    id: "evt_1",
    object: "event",
    type: "checkout.session.completed",
    created: 1_800_000_000,
    livemode: false,
  };
  return JSON.stringify({ ...told, data: { object }, ...fields });
}

async function post(body: string, signature: string | undefined = sign(body)): Promise<Response> {
  const headers: Record<string, string> = signature === undefined ? {} : { "Stripe-Signature": signature };
  return app.request("/webhooks/stripe", { method: "POST", body, headers });
}

function sign(body: string, ageSeconds = 0): string {
  const moment = Math.floor(Date.now() / 1000) - ageSeconds;
  return `t=${moment},v1=${createHmac("sha256", secret).update(`${moment}.${body}`).digest("hex")}`;
}

test("a genuine notice is stored by back before it is acknowledged", async () => {
  const response = await post(event());
  assert.equal(response.status, 204);
  assert.equal(registered.get("stripe/pi_1")?.reference, "EXa");
  assert.equal(registered.get("stripe/pi_1")?.raw, event());
});

test("a notice that moves no money is acknowledged and goes no further", async () => {
  assert.equal((await post(event({ type: "customer.created" }))).status, 204);
  assert.equal(registered.size, 0);
});

test("forged, altered, stale and unsigned notices get a sentence and reach nobody", async () => {
  const altered = await post(event().replace("2500", "9900"), sign(event()));
  const stale = await post(event(), sign(event(), 301));
  const early = await post(event(), sign(event(), -310));
  const unsigned = await app.request("/webhooks/stripe", { method: "POST", body: event() });
  for (const response of [altered, stale, early, unsigned]) {
    assert.equal(response.status, 400);
    assert.match(await response.text(), /^The .*\.$/);
  }
  assert.equal(registered.size, 0);
});

test("a genuine notice of an unknown shape is not acknowledged, so that it is told again", async () => {
  assert.equal((await post(event({ type: "invoice.paid", data: { object: { id: "in_1" } } }))).status, 400);
  assert.equal((await post("no JSON")).status, 400);
});

test("a notice that back cannot store is not acknowledged, whatever back's trouble is", async () => {
  for (answer of [500, 503, 401, 422]) assert.equal((await post(event())).status, 503);
  const nobody = openClient("http://127.0.0.1:1", async () => "token");
  const alone = new Hono().route("/webhooks", webhooks(stripe, nobody, log));
  const headers = { "Stripe-Signature": sign(event()) };
  const response = await alone.request("/webhooks/stripe", { method: "POST", body: event(), headers });
  assert.equal(response.status, 503);
});

test("a notice larger than 1 MB is refused unread", async () => {
  assert.equal((await post(event({ padding: "x".repeat(1_000_000) }))).status, 413);
});

test("the webhook is for POST only", async () => {
  for (const method of ["GET", "PUT", "DELETE"])
    assert.equal((await app.request("/webhooks/stripe", { method })).status, 404);
});

test("a declined card and another account's notice reach back, and book nothing", async () => {
  warned.length = 0;
  const object = { id: "pi_9", object: "payment_intent", metadata: { reference: "EXa" } };
  const declined = event({ id: "evt_d", type: "payment_intent.payment_failed", data: { object } });
  const foreign = event({ id: "evt_f", account: "acct_other" });
  assert.deepEqual([(await post(declined)).status, (await post(foreign)).status], [204, 204]);
  assert.deepEqual(warned, [
    ["evt_d", { reference: "EXa" }],
    ["evt_f", "acct_other"],
  ]);
  assert.equal(registered.size, 0);
});
