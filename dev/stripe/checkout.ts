// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Checkout sessions: what a request for one may say, and the session it makes.
import {
  address,
  currency,
  email,
  flag,
  integer,
  list,
  metadata,
  minimum,
  missing,
  oneOf,
  Refusal,
  shape,
  type Tree,
  text,
} from "./parameters.ts";
import { nowSeconds, type Session, type Store } from "./store.ts";

const locales =
  "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW";

const recurring = shape({ interval: oneOf("day", "week", "month", "year"), interval_count: integer }, ["interval"]);
const product = shape({ name: text(250), description: text(1000), metadata }, ["name"]);
const price = shape({ currency, unit_amount: integer, product_data: product, recurring }, [
  "currency",
  "unit_amount",
  "product_data",
]);

const request = shape(
  {
    adaptive_pricing: shape({ enabled: flag }),
    cancel_url: address,
    client_reference_id: text(200),
    customer_email: email,
    line_items: list(shape({ price_data: price, quantity: integer }, ["price_data", "quantity"]), 100),
    locale: oneOf(...locales.split(" ")),
    metadata,
    mode: oneOf("payment", "setup", "subscription"),
    payment_intent_data: shape({ description: text(1000), metadata }),
    submit_type: oneOf("auto", "book", "donate", "pay", "subscribe"),
    subscription_data: shape({ description: text(500), metadata }),
    success_url: address,
    ui_mode: oneOf("hosted_page", "embedded_page", "elements", "form"),
  },
  ["mode", "success_url", "line_items"],
);

const largest = 99_999_999;
const openForSeconds = 24 * 60 * 60;

/** Makes a session as the real one does, or throws Refusal. `publicUrl` is where its page is. */
export function createSession(store: Store, params: Tree, publicUrl: string): Session {
  request(params, "");
  const mode = params.mode === "subscription" ? "subscription" : "payment";
  checkMode(params, mode);
  const line = readLine(params, mode);
  const data = (mode === "payment" ? params.payment_intent_data : params.subscription_data) as Tree | undefined;
  const session = store.make<Session>("checkout.session", "cs_test", {
    amount_subtotal: line.amount,
    amount_total: line.amount,
    cancel_url: textOf(params.cancel_url),
    client_reference_id: textOf(params.client_reference_id),
    currency: line.currency,
    customer: null,
    customer_details: null,
    customer_email: textOf(params.customer_email),
    expires_at: nowSeconds() + openForSeconds,
    invoice: null,
    locale: textOf(params.locale),
    metadata: stringsOf(params.metadata),
    mode,
    payment_intent: null,
    payment_status: "unpaid",
    status: "open",
    submit_type: textOf(params.submit_type),
    subscription: null,
    success_url: textOf(params.success_url),
    ui_mode: "hosted_page",
  });
  session.url = `${publicUrl}/c/pay/${session.id}`;
  const { name, interval } = line;
  store.orders[session.id] = {
    description: textOf(data?.description) ?? name,
    interval,
    metadata: stringsOf(data?.metadata),
  };
  return session;
}

function checkMode(params: Tree, mode: "payment" | "subscription"): void {
  if (params.mode === "setup" || (params.ui_mode ?? "hosted_page") !== "hosted_page")
    throw new Refusal(400, "This fake of Stripe has the hosted page for payments and subscriptions only.");
  const foreign = mode === "payment" ? ["subscription_data"] : ["payment_intent_data", "submit_type"];
  for (const param of foreign)
    if (params[param] !== undefined)
      throw new Refusal(400, `You can not pass \`${param}\` in \`${mode}\` mode.`, { param });
}

interface Line {
  name: string;
  amount: number;
  currency: string;
  interval: string | null;
}

function readLine(params: Tree, mode: "payment" | "subscription"): Line {
  const items = Object.values(params.line_items as Tree) as Tree[];
  const [item] = items;
  if (!item) throw missing("line_items");
  if (items.length > 1) throw new Refusal(400, "This fake of Stripe takes one line item.", { param: "line_items" });
  const priced = item.price_data as Tree;
  const repeats = priced.recurring as Tree | undefined;
  const param = "line_items[0]";
  if (mode === "payment" && repeats)
    throw new Refusal(400, "You specified `payment` mode but passed a recurring price.", { param });
  if (mode === "subscription" && !repeats)
    throw new Refusal(400, "You must provide at least one recurring price in `subscription` mode.", { param });
  const code = String(priced.currency).toLowerCase();
  const amount = Number(priced.unit_amount) * Number(item.quantity);
  checkAmount(Number(priced.unit_amount), amount, code);
  const count = Number(repeats?.interval_count ?? 1);
  const interval = repeats ? (count === 1 ? String(repeats.interval) : `${count} ${repeats.interval}s`) : null;
  return { name: String((priced.product_data as Tree).name), amount, currency: code, interval };
}

function checkAmount(unit: number, amount: number, code: string): void {
  const param = "line_items[0][price_data][unit_amount]";
  if (unit < 0) throw new Refusal(400, "Invalid non-negative integer", { code: "parameter_invalid_integer", param });
  if (amount > largest)
    throw new Refusal(400, "Amount must be no more than 99999999", { code: "amount_too_large", param });
  // Stripe counts krónur in hundredths that must be none (https://docs.stripe.com/currencies#special-cases).
  if (code === "isk" && amount % 100 !== 0) throw new Refusal(400, "Invalid amount: ISK has no decimals", { param });
  if (amount < (minimum[code] ?? 0))
    throw new Refusal(400, `The Checkout Session's total amount due must add up to at least ${minimum[code]} ${code}`, {
      code: "amount_too_small",
    });
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

export function stringsOf(value: unknown): Record<string, string> {
  return { ...(value as Record<string, string> | undefined) };
}
