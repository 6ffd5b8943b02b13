// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The doctor's look at the three programs: does each answer, and as the one the settings mean?
import type { Environment } from "../environment.ts";
import { type Check, type Outcome, ok, skipped, wrong } from "./check.ts";

export function programChecks(environment: Environment): Check[] {
  return [
    { about: "auth", look: () => visit(environment.AUTH_URL, "AUTH_URL", meetAuth) },
    { about: "back", look: () => visit(environment.BACK_URL, "BACK_URL", meetBack) },
    { about: "worker", look: () => meetWorker(environment.WORKER_HEALTH_PORT) },
    { about: "front", look: () => visit(environment.FRONT_URL, "FRONT_URL", meetFront) },
  ];
}

async function visit(url: string | undefined, name: string, meet: (url: string) => Promise<Outcome>): Promise<Outcome> {
  if (!url) return skipped(`${name} is not set.`);
  if (!URL.canParse(url)) return wrong(`${name} is no address.`);
  return meet(url.replace(/\/+$/, ""));
}

async function meetAuth(url: string): Promise<Outcome> {
  const about = await read(`${url}/.well-known/openid-configuration`);
  if (typeof about === "string") return wrong(about);
  if (about.issuer !== url)
    return wrong(`auth calls itself ${about.issuer}, but AUTH_URL says ${url}. Both must be the same.`);
  const published = await read(String(about.jwks_uri));
  if (typeof published === "string") return wrong(published);
  const keys = Array.isArray(published.keys) ? (published.keys as Record<string, unknown>[]) : [];
  if (keys.length === 0) return wrong("auth publishes no keys: nobody could check its tokens.");
  if (keys.some((key) => "d" in key))
    return wrong("auth publishes a private key. Take it off the net and make new keys.");
  return ok(`${url}, ${keys.length} ${keys.length === 1 ? "key" : "keys"}`);
}

async function meetBack(url: string): Promise<Outcome> {
  const api = await read(`${url}/openapi.json`);
  if (typeof api === "string") return wrong(api);
  return String(api.openapi).startsWith("3.1") ? ok(url) : wrong(`What answers at ${url} is not back.`);
}

/** It listens for nobody but its own machine. */
async function meetWorker(port: string | undefined): Promise<Outcome> {
  if (!port) return skipped("WORKER_HEALTH_PORT is not set.");
  const health = await get(`http://127.0.0.1:${port}/health`);
  if (typeof health === "string") return wrong(`${health} Until the worker runs, no mail leaves.`);
  await health.body?.cancel();
  return ok("it runs, and reaches what it needs");
}

async function meetFront(url: string): Promise<Outcome> {
  const page = await get(`${url}/`);
  if (typeof page === "string") return wrong(page);
  await page.body?.cancel();
  return page.headers.get("content-type")?.startsWith("text/html")
    ? ok(url)
    : wrong(`What answers at ${url} is not front.`);
}

/** The answer's JSON, or a sentence why there is none. */
async function read(url: string): Promise<Record<string, unknown> | string> {
  const response = await get(url);
  if (typeof response === "string") return response;
  const json: unknown = await response.json().catch(() => undefined);
  return typeof json === "object" && json !== null
    ? (json as Record<string, unknown>)
    : `${url} does not answer in JSON.`;
}

async function get(url: string): Promise<Response | string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
    return response.ok ? response : `${url} answers with status ${response.status}. See the log of that program.`;
  } catch (error) {
    const late = error instanceof Error && error.name === "TimeoutError";
    return late ? `${url} gives no answer within 4 s.` : `Nobody answers at ${url}. Is the program running?`;
  }
}
