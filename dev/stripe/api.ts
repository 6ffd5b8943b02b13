// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The part of Stripe's API that is used here: make and read, with its refusals and its idempotency keys.
import { Hono } from "hono";
import { payoutOf } from "./balance.ts";
import { createSession } from "./checkout.ts";
import { refund, type Tell } from "./money.ts";
import { integer, metadata, missing, Refusal, readForm, shape, type Tree, text, type Value } from "./parameters.ts";
import type { Store, Thing } from "./store.ts";
import { changeSubscription, type Subscription } from "./subscription.ts";

const collections: Record<string, Thing["object"]> = {
  balance_transactions: "balance_transaction",
  "checkout/sessions": "checkout.session",
  charges: "charge",
  disputes: "dispute",
  events: "event",
  invoice_payments: "invoice_payment",
  invoices: "invoice",
  payment_intents: "payment_intent",
  payouts: "payout",
  refunds: "refund",
  subscriptions: "subscription",
};

export function buildApi(store: Store, tell: Tell, secretKey: string, publicUrl: string): Hono {
  const api = new Hono();
  api.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error;
    return c.json(error.body, error.status);
  });
  api.use(async (c, next) => {
    checkKey(c.req.header("Authorization"), secretKey);
    await next();
    store.save();
  });
  for (const [path, object] of Object.entries(collections)) {
    api.get(`/${path}`, (c) => c.json(listOf(store, object, readForm(new URL(c.req.url).search), c.req.path)));
    api.get(`/${path}/:id`, (c) => c.json(get(store, object, c.req.param("id"))));
  }
  const post = (path: string, make: (params: Tree) => Thing) =>
    api.post(path, async (c) => {
      const form = await c.req.text();
      const key = c.req.header("Idempotency-Key");
      const once = () => make(readForm(form));
      return c.json(answerOnce(store, key, `${c.req.path}?${form}`, once));
    });
  post("/checkout/sessions", (params) => createSession(store, params, publicUrl));
  api.post("/subscriptions/:id", async (c) => {
    const subscription = get(store, "subscription", c.req.param("id")) as Subscription;
    return c.json(changeSubscription(subscription, readForm(await c.req.text()), tell));
  });
  post("/refunds", (params) => {
    shape({ amount: integer, charge: text(100), metadata, payment_intent: text(100), reason: text(100) })(params, "");
    if (!params.charge && !params.payment_intent) throw missing("payment_intent");
    return refund(store, tell, params);
  });
  api.all("*", (c) => {
    throw new Refusal(404, `Unrecognized request URL (${c.req.method}: ${c.req.path}).`);
  });
  return api;
}

function checkKey(authorization: string | undefined, secretKey: string): void {
  const [kind, given] = (authorization ?? "").split(" ");
  const key =
    kind === "Basic"
      ? Buffer.from(given ?? "", "base64")
          .toString()
          .split(":")[0]
      : given;
  if (!key) throw new Refusal(401, "You did not provide an API key.");
  if (key !== secretKey) throw new Refusal(401, `Invalid API Key provided: ${key.slice(0, 8)}****${key.slice(-4)}`);
}

// Only what was carried out is remembered: a refused request may be put right under the same key.
function answerOnce(store: Store, key: string | undefined, request: string, make: () => Thing): unknown {
  const earlier = key ? store.answers[key] : undefined;
  if (earlier && earlier.request !== request)
    throw new Refusal(
      400,
      `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
      { type: "idempotency_error" },
    );
  if (earlier) return earlier.body;
  const body = structuredClone(make());
  if (key) store.answers[key] = { request, body };
  return body;
}

function get(store: Store, object: Thing["object"], id: string): Thing {
  const thing = store.find(object, id);
  if (thing) return thing;
  throw new Refusal(404, `No such ${object}: '${id}'`, { code: "resource_missing", param: "id" });
}

function listOf(store: Store, object: Thing["object"], query: Tree, url: string): object {
  const { limit = "10", starting_after, created, payment, payout, expand, ...equal } = query;
  const filters: Tree = {
    ...equal,
    ...(typeof payment === "object" ? { payment_intent: payment.payment_intent ?? "" } : {}),
  };
  const since = typeof created === "object" ? Number(created.gte ?? 0) : 0;
  const until = typeof created === "object" ? Number(created.lte ?? Number.MAX_SAFE_INTEGER) : Number.MAX_SAFE_INTEGER;
  const newest = store.all(object).reverse();
  const after = starting_after ? newest.findIndex((thing) => thing.id === starting_after) + 1 : 0;
  const fits = (thing: Thing) =>
    thing.created >= since &&
    thing.created <= until &&
    (payout === undefined || payoutOf(store, thing.id) === payout) &&
    Object.entries(filters).every(([name, value]) => fieldOf(thing, name) === value);
  const found = newest.slice(after).filter(fits);
  const data = found.slice(0, Number(limit)).map((thing) => expanded(store, thing, expand));
  return { object: "list", url, has_more: found.length > Number(limit), data };
}

function expanded(store: Store, thing: Thing, wish: Value | undefined): object {
  for (const path of Object.values(typeof wish === "object" ? wish : {})) {
    if (path !== "data.source" || thing.object !== "balance_transaction")
      throw new Refusal(400, `This property cannot be expanded (${path}).`, { param: "expand" });
    return { ...thing, source: store.things[String(thing.source)] ?? thing.source };
  }
  return thing;
}

function fieldOf(thing: Thing, name: string): unknown {
  const fields = thing as unknown as Record<string, unknown>;
  return fields[name] ?? (fields.payment as Record<string, unknown> | undefined)?.[name];
}
