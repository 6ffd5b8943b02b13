// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The part of PayPal's API that is used here: orders, subscriptions, refunds, the list of transactions; with its refusals.
import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { captureOrder, changeState, get, presentOrder, presentSubscription, refund, type Tell } from "./money.ts";
import { type Body, objectOf, Refusal, readAddress, readMoney, readText } from "./refusal.ts";
import { listAll } from "./reporting.ts";
import { newId, nowText, type Order, type Store, type Subscription } from "./store.ts";

export interface ApiKeys {
  clientId: string;
  clientSecret: string;
}

export interface Api {
  app: Hono;
  /** Every token so far is good no more. */
  forgetTokens(): void;
}

const tokenSeconds = 32_400;

/** `publicUrl` is where its page is. */
export function buildApi(store: Store, tell: Tell, keys: ApiKeys, publicUrl: () => string): Api {
  const tokens = new Set<string>();
  const app = new Hono();
  app.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error;
    return c.json(error.body, error.status);
  });
  app.post("/v1/oauth2/token", async (c) => {
    const expected = `Basic ${Buffer.from(`${keys.clientId}:${keys.clientSecret}`).toString("base64")}`;
    if (c.req.header("Authorization") !== expected)
      return c.json({ error: "invalid_client", error_description: "Client Authentication failed" }, 401);
    if ((await c.req.text()) !== "grant_type=client_credentials")
      return c.json({ error: "unsupported_grant_type" }, 400);
    const access_token = `A21AA${randomBytes(24).toString("base64url")}`;
    tokens.add(access_token);
    return c.json({
      scope: "",
      access_token,
      token_type: "Bearer",
      app_id: "APP-80W284485P519543T",
      expires_in: tokenSeconds,
    });
  });
  for (const path of ["/v1/catalogs/*", "/v1/billing/*", "/v1/reporting/*", "/v2/*"])
    app.use(path, async (c, next) => {
      if (!tokens.has((c.req.header("Authorization") ?? "").replace("Bearer ", "")))
        throw new Refusal(401, "INVALID_TOKEN");
      await next();
      store.save();
    });
  offerOrders(app, store, tell, publicUrl);
  offerSubscriptions(app, store, tell, publicUrl);
  app.get("/v1/reporting/transactions", (c) => c.json(listAll(store, new URL(c.req.url).searchParams)));
  return { app, forgetTokens: () => tokens.clear() };
}

function offerOrders(app: Hono, store: Store, tell: Tell, publicUrl: () => string): void {
  const answer = (c: Context, order: Order, status: 200 | 201) => {
    const page = { href: `${publicUrl()}/checkoutnow?token=${order.id}`, rel: "payer-action", method: "GET" };
    return c.json({ ...presentOrder(store, order), links: [page] }, status);
  };
  app.post("/v2/checkout/orders", async (c) => {
    const body = await readBody(c);
    const { thing, again } = once(c, store, store.orders, () => makeOrder(store, body));
    return answer(c, thing, again ? 200 : 201);
  });
  app.get("/v2/checkout/orders/:id", (c) => answer(c, get(store.orders, c.req.param("id")), 200));
  app.post("/v2/checkout/orders/:id/capture", async (c) => {
    await readBody(c);
    const { thing } = once(c, store, store.orders, () => captureOrder(store, tell, c.req.param("id")));
    return c.json(presentOrder(store, thing), 201);
  });
  app.post("/v2/payments/captures/:id/refund", async (c) => {
    const { amount } = await readBody(c);
    const money = amount === undefined ? undefined : readMoney(amount, "/amount");
    const { thing } = once(c, store, store.refunds, () => refund(store, tell, c.req.param("id"), money));
    return c.json({ ...thing, status: "COMPLETED" }, 201);
  });
}

function makeOrder(store: Store, body: Body): Order {
  if (body.intent !== "CAPTURE") throw new Refusal(400, "INVALID_PARAMETER_VALUE", "/intent");
  const units = Array.isArray(body.purchase_units) ? body.purchase_units : [];
  if (units.length !== 1) throw new Refusal(400, "INVALID_ARRAY_MIN_ITEMS", "/purchase_units");
  const unit = objectOf(units[0]);
  const context = objectOf(objectOf(objectOf(body.payment_source).paypal).experience_context);
  const at = "/purchase_units/@reference_id=='default'";
  const from = "/payment_source/paypal/experience_context";
  const locale = readText(context.locale, `${from}/locale`, 10) ?? "en-US";
  if (!/^[a-z]{2}-[A-Z]{2}$/.test(locale)) throw new Refusal(400, "INVALID_PARAMETER_SYNTAX", `${from}/locale`);
  const order: Order = {
    ...{ id: newId(), status: "PAYER_ACTION_REQUIRED", create_time: nowText(), by: "balance" },
    reference_id: readText(unit.reference_id, `${at}/reference_id`, 256) ?? "default",
    custom_id: readText(unit.custom_id, `${at}/custom_id`, 127),
    description: readText(unit.description, `${at}/description`, 127) ?? "",
    amount: readMoney(unit.amount, `${at}/amount`),
    return_url: readAddress(context.return_url, `${from}/return_url`),
    cancel_url: readAddress(context.cancel_url, `${from}/cancel_url`),
    ...{ payer: undefined, capture: undefined },
  };
  store.orders[order.id] = order;
  return order;
}

function offerSubscriptions(app: Hono, store: Store, tell: Tell, publicUrl: () => string): void {
  app.post("/v1/catalogs/products", async (c) => {
    const body = await readBody(c);
    const id = readText(body.id, "/id", 50) ?? `PROD-${newId()}`;
    if (Object.hasOwn(store.products, id)) throw new Refusal(422, "DUPLICATE_RESOURCE_IDENTIFIER", "/id");
    const name = readText(body.name, "/name", 127) ?? "";
    store.products[id] = { id, name };
    return c.json({ id, name }, 201);
  });
  app.get("/v1/billing/plans", (c) => {
    const product = c.req.query("product_id") ?? "";
    get(store.products, product);
    return c.json({ plans: Object.values(store.plans).filter((plan) => plan.product_id === product) });
  });
  app.post("/v1/billing/plans", async (c) => {
    const body = await readBody(c);
    const { thing } = once(c, store, store.plans, () => makePlan(store, body));
    return c.json(thing, 201);
  });
  const answer = (subscription: Subscription) => {
    const href = `${publicUrl()}/webapps/billing/subscriptions?ba_token=${subscription.ba_token}`;
    return { ...presentSubscription(subscription), links: [{ href, rel: "approve", method: "GET" }] };
  };
  app.post("/v1/billing/subscriptions", async (c) => {
    const body = await readBody(c);
    const { thing, again } = once(c, store, store.subscriptions, () => makeSubscription(store, body));
    return c.json(answer(thing), again ? 200 : 201);
  });
  app.get("/v1/billing/subscriptions/:id", (c) => c.json(answer(get(store.subscriptions, c.req.param("id")))));
  app.post("/v1/billing/subscriptions/:id/:verb", async (c) => {
    if (!readText((await readBody(c)).reason, "/reason", 128))
      throw new Refusal(400, "MISSING_REQUIRED_PARAMETER", "/reason");
    changeState(store, tell, c.req.param("id"), c.req.param("verb"));
    return c.body(null, 204);
  });
}

function makePlan(store: Store, body: Body) {
  const product_id = readText(body.product_id, "/product_id", 50) ?? "";
  get(store.products, product_id);
  const [cycle] = Array.isArray(body.billing_cycles) ? body.billing_cycles : [];
  const { interval_unit, interval_count } = objectOf(objectOf(cycle).frequency);
  if (!["DAY", "WEEK", "MONTH", "YEAR"].includes(String(interval_unit)) || !Number.isInteger(interval_count))
    throw new Refusal(400, "INVALID_PARAMETER_VALUE", "/billing_cycles/0/frequency");
  readMoney(objectOf(objectOf(cycle).pricing_scheme).fixed_price, "/billing_cycles/0/pricing_scheme/fixed_price");
  const unit = String(interval_unit).toLowerCase();
  const interval = interval_count === 1 ? unit : `${interval_count} ${unit}s`;
  const name = readText(body.name, "/name", 127) ?? "";
  const plan = { id: `P-${newId(24)}`, product_id, name, status: "ACTIVE" as const, interval };
  store.plans[plan.id] = plan;
  return plan;
}

function makeSubscription(store: Store, body: Body): Subscription {
  const plan = get(store.plans, String(body.plan_id));
  const [cycle] = (objectOf(body.plan).billing_cycles as unknown[] | undefined) ?? [];
  const field = "/plan/billing_cycles/0/pricing_scheme/fixed_price";
  const context = objectOf(body.application_context);
  const subscription: Subscription = {
    ...{ id: `I-${newId(12)}`, ba_token: `BA-${newId()}`, status: "APPROVAL_PENDING", plan_id: plan.id },
    custom_id: readText(body.custom_id, "/custom_id", 127),
    amount: readMoney(objectOf(objectOf(cycle).pricing_scheme).fixed_price, field),
    create_time: nowText(),
    return_url: readAddress(context.return_url, "/application_context/return_url"),
    cancel_url: readAddress(context.cancel_url, "/application_context/cancel_url"),
    ...{ subscriber: undefined, failures: 0, lastFailure: undefined },
  };
  store.subscriptions[subscription.id] = subscription;
  return subscription;
}

// The same number makes one thing, whatever is said the second time.
function once<T extends { id: string }>(
  c: Context,
  store: Store,
  things: Record<string, T>,
  make: () => T,
): { thing: T; again: boolean } {
  const key = c.req.header("PayPal-Request-Id");
  const known = key === undefined ? undefined : things[store.answers[`${c.req.path} ${key}`] ?? ""];
  if (known) return { thing: known, again: true };
  const thing = make();
  if (key !== undefined) store.answers[`${c.req.path} ${key}`] = thing.id;
  return { thing, again: false };
}

async function readBody(c: Context): Promise<Body> {
  if (c.req.header("Content-Type") !== "application/json") throw new Refusal(400, "MALFORMED_REQUEST_JSON");
  try {
    return objectOf(await c.req.json());
  } catch {
    throw new Refusal(400, "MALFORMED_REQUEST_JSON");
  }
}
