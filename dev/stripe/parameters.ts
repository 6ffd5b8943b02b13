// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Parameters as Stripe takes them, form-encoded and nested, and as it refuses them.

export type Value = string | Tree;
export interface Tree {
  [name: string]: Value;
}

/** Stripe's answer to a request that it does not carry out. */
export class Refusal extends Error {
  readonly status: 400 | 401 | 402 | 404;
  readonly body: { error: Record<string, string> };
  constructor(
    status: 400 | 401 | 402 | 404,
    message: string,
    more: { type?: string; code?: string; param?: string } = {},
  ) {
    super(message);
    this.status = status;
    this.body = { error: { message, type: "invalid_request_error", ...more } };
  }
}

/** `a[0][b]=c` becomes `{ a: { 0: { b: "c" } } }`. */
export function readForm(form: string): Tree {
  const tree: Tree = Object.create(null);
  for (const [name, value] of new URLSearchParams(form)) {
    const path = name.split(/\]?\[/).map((part) => part.replace(/\]$/, ""));
    const last = path.pop() ?? "";
    let place = tree;
    for (const part of path) {
      const inner = place[part];
      const tree: Tree = typeof inner === "object" ? inner : Object.create(null);
      place[part] = tree;
      place = tree;
    }
    place[last] = value;
  }
  return tree;
}

/** Throws Refusal where the value at `param` is not what Stripe takes. */
export type Check = (value: Value, param: string) => void;

export function shape(known: Record<string, Check>, required: string[] = []): Check {
  return (value, param) => {
    const inside = (name: string) => (param ? `${param}[${name}]` : name);
    if (typeof value === "string") throw new Refusal(400, `Invalid ${param || "object"}`, { param });
    for (const [name, inner] of Object.entries(value)) {
      const check = Object.hasOwn(known, name) ? known[name] : undefined;
      const unknown = inside(name);
      if (!check)
        throw new Refusal(400, `Received unknown parameter: ${unknown}`, { code: "parameter_unknown", param: unknown });
      check(inner, unknown);
    }
    for (const name of required) if (value[name] === undefined) throw missing(inside(name));
  };
}

export function missing(param: string): Refusal {
  return new Refusal(400, `Missing required param: ${param}.`, { code: "parameter_missing", param });
}

export function list(each: Check, max: number): Check {
  return (value, param) => {
    if (typeof value === "string") throw new Refusal(400, "Invalid array", { param });
    const places = Object.keys(value);
    if (places.length > max)
      throw new Refusal(400, `Array ${param} exceeded maximum ${max} allowed elements.`, { param });
    for (const place of places) each(value[place] ?? "", `${param}[${place}]`);
  };
}

export function text(max: number, pattern = /^/, message = "Invalid string", code = ""): Check {
  return (value, param) => {
    const more = { param, ...(code ? { code } : {}) };
    if (typeof value !== "string") throw new Refusal(400, "Invalid string: must be a string", { param });
    if (value === "")
      throw new Refusal(400, `You passed an empty string for '${param}'.`, { code: "parameter_invalid_empty", param });
    if (value.length > max) throw new Refusal(400, `Invalid string: must be at most ${max} characters`, { param });
    if (!pattern.test(value)) throw new Refusal(400, `${message}: ${value}`, more);
  };
}

export function oneOf(...words: string[]): Check {
  return text(50, new RegExp(`^(${words.join("|")})$`), `Must be one of ${words.join(", ")}`);
}

export const integer: Check = text(20, /^-?\d+$/, "Invalid integer", "parameter_invalid_integer");
export const flag: Check = oneOf("true", "false");
export const email: Check = text(512, /^[^\s@]+@[^\s@]+\.[^\s@]+$/, "Invalid email address", "email_invalid");
export const address: Check = text(5000, /^https?:\/\/[^\s/]+/, "Not a valid URL", "url_invalid");

export const metadata: Check = (value, param) => {
  if (typeof value === "string") throw new Refusal(400, "Metadata must be a hash", { param });
  if (Object.keys(value).length > 50) throw new Refusal(400, "Metadata can have up to 50 keys", { param });
  for (const [name, inner] of Object.entries(value)) {
    if (name.length > 40) throw new Refusal(400, "Metadata keys can have up to 40 characters", { param });
    if (typeof inner !== "string" || inner.length > 500)
      throw new Refusal(400, "Metadata values can have up to 500 characters", { param: `${param}[${name}]` });
  }
};

/** What a payment must at least be, in Stripe's minor units (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). */
export const minimum: Readonly<Record<string, number>> = {
  usd: 50,
  aud: 50,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  huf: 17_500,
  inr: 50,
  jpy: 50,
  mxn: 1000,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  isk: 10_000,
  kwd: 150,
};

export const currency: Check = text(
  3,
  new RegExp(`^(${Object.keys(minimum).join("|")})$`, "i"),
  `Stripe currently supports these currencies: ${Object.keys(minimum).join(", ")}. Invalid currency`,
);
