// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// PayPal's API: calls with a token that is kept while it lives, and refusals in our words.
import { ProviderRefused, ProviderUnavailable, type RefusalCode } from "./errors.ts";
import { type Fetched, fetchText } from "./paypal-fetch.ts";

/** What PayPal sends, of which nothing is taken for granted. */
export type Json = { readonly [name: string]: unknown };

export interface PaypalKeys {
  clientId: string;
  clientSecret: string;
  apiUrl: string;
}

export interface ApiCall {
  method: "GET" | "POST";
  /** From the root on, with its query. */
  path: string;
  body?: Json;
  /** The same key with the same content acts once (`PayPal-Request-Id`). */
  key?: string;
}

/** A refusal with PayPal's own codes, by which callers tell harmless ones; they go no further than `providers`. */
export class PaypalRefusal extends ProviderRefused {
  readonly status: number;
  readonly issues: string[];
  constructor(code: RefusalCode, message: string, status: number, issues: string[]) {
    super(code, message);
    this.status = status;
    this.issues = issues;
  }
}

/** Gives PayPal's answer. Throws PaypalRefusal when PayPal says no, ProviderUnavailable when it says nothing useful. */
export type CallPaypal = (call: ApiCall) => Promise<Json>;

interface Token {
  text: string;
  until: number;
}

// So long before its end a token is exchanged for a new one.
const earlierMs = 60_000;

export function openPaypalApi(keys: PaypalKeys): CallPaypal {
  let token: Token | undefined;
  let coming: Promise<Token> | undefined;

  async function tokenText(): Promise<string> {
    if (token && token.until > Date.now()) return token.text;
    coming ??= fetchToken(keys).finally(() => {
      coming = undefined;
    });
    token = await coming;
    return token.text;
  }

  async function send(call: ApiCall): Promise<Fetched> {
    const headers: Record<string, string> = {
      Authorization: `Bearer ${await tokenText()}`,
      Accept: "application/json",
    };
    if (call.method === "POST") headers["Content-Type"] = "application/json";
    if (call.key) headers["PayPal-Request-Id"] = call.key;
    const body = call.method === "POST" ? JSON.stringify(call.body ?? {}) : null;
    return fetchText(keys.apiUrl + call.path, { method: call.method, headers, body });
  }

  return async (call) => {
    let answer = await send(call);
    if (answer.status === 401) {
      // The token was withdrawn before its time: once with a new one.
      token = undefined;
      answer = await send(call);
    }
    if (answer.status === 204) return {};
    const read = readJson(answer);
    if (answer.status >= 200 && answer.status < 300 && read) return read;
    throw refusalOf(answer, read);
  };
}

async function fetchToken({ clientId, clientSecret, apiUrl }: PaypalKeys): Promise<Token> {
  const asked = Date.now();
  const answer = await fetchText(`${apiUrl}/v1/oauth2/token`, {
    method: "POST",
    headers: {
      Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`,
      "Content-Type": "application/x-www-form-urlencoded",
    },
    body: "grant_type=client_credentials",
  });
  const read = readJson(answer);
  const text = read?.access_token;
  if (answer.status !== 200 || typeof text !== "string") throw refusalOf(answer, read);
  const seconds = Number(read?.expires_in);
  return { text, until: asked + (Number.isFinite(seconds) ? seconds * 1000 - earlierMs : 0) };
}

function readJson({ text }: Fetched): Json | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "object" && read !== null && !Array.isArray(read) ? (read as Json) : undefined;
  } catch {
    return undefined;
  }
}

// PayPal's sentences may repeat what was typed; only its codes and the number for its support go further.
function refusalOf({ status, headers }: Fetched, read: Json | undefined): Error {
  const details = Array.isArray(read?.details) ? (read.details as Json[]) : [];
  const issues = [read?.name, ...details.map((each) => each?.issue)].map(codeOf).filter((code) => code !== "");
  const fields = details.map((each) => String(each?.field ?? ""));
  const debug = codeOf(read?.debug_id) || codeOf(headers.get("PayPal-Debug-Id"));
  const place = [...new Set(issues), ...(debug ? [`debug id ${debug}`] : [])].join(", ") || "no code";
  const trouble = status < 400 || status === 409 || status === 429 || status >= 500 || (!read && status !== 401);
  if (trouble) return new ProviderUnavailable(`PayPal does not answer as it should (${status}: ${place})`);
  return new PaypalRefusal(
    refusalCode(status, issues, fields),
    `PayPal refused what we asked (${status}: ${place})`,
    status,
    issues,
  );
}

function codeOf(value: unknown): string {
  return typeof value === "string" && /^[A-Za-z0-9_]{1,60}$/.test(value) ? value : "";
}

function refusalCode(status: number, issues: string[], fields: string[]): RefusalCode {
  if (status === 401 || status === 403) return "credentials";
  if (issues.some((issue) => issue.includes("CURRENCY"))) return "currency";
  const amount = /DECIMAL|MAX_VALUE_EXCEEDED|CANNOT_BE_ZERO|AMOUNT/;
  if (issues.some((issue) => amount.test(issue)) || fields.some((field) => field.endsWith("/value"))) return "amount";
  return "other";
}
