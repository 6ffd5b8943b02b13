// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A whole auth behind a proxy that can twist what is asked and what is answered: a provider with a fault of our choice.
import { after } from "node:test";
import { startAuth, type TestAuth } from "@cdb/auth/test/start.ts";
import { listen } from "@cdb/runtime/serve.ts";

export interface Asked {
  url: URL;
  method: string;
  headers: Headers;
  /** The parameters of a form that was posted. */
  form: URLSearchParams;
}

export interface Answered {
  status: number;
  headers: Headers;
  body: string;
}

/** Changes what it gets; `before` may answer itself. */
export interface Twist {
  before?(asked: Asked): Answered | undefined;
  after?(asked: Asked, answered: Answered): void;
}

export interface CrookedAuth extends TestAuth {
  /** No fault at first. */
  twist: Twist;
}

export async function startCrookedAuth(): Promise<CrookedAuth> {
  const crooked: { twist: Twist; port: number } = { twist: {}, port: 0 };
  const proxy = await listen((request) => passOn(request, crooked.port, () => crooked.twist), 0);
  after(proxy.stop);
  const auth = await startAuth(`http://127.0.0.1:${proxy.port}`);
  return Object.assign(crooked, auth);
}

async function passOn(request: Request, port: number, twist: () => Twist): Promise<Response> {
  const url = new URL(request.url);
  const form = new URLSearchParams(request.method === "POST" ? await request.text() : "");
  const asked: Asked = { url, method: request.method, headers: new Headers(request.headers), form };
  const own = twist().before?.(asked);
  const answered = own ?? (await ask(asked, port));
  if (!own) twist().after?.(asked, answered);
  for (const name of ["content-length", "transfer-encoding", "connection", "keep-alive"]) answered.headers.delete(name);
  const { status, headers, body } = answered;
  return new Response([204, 303, 302].includes(status) ? null : body, { status, headers });
}

async function ask({ url, method, headers, form }: Asked, port: number): Promise<Answered> {
  const target = new URL(`${url.pathname}${url.search}`, `http://127.0.0.1:${port}`);
  for (const name of ["host", "content-length", "connection"]) headers.delete(name);
  const body = method === "POST" ? form : null;
  const response = await fetch(target, { method, headers, body, redirect: "manual" });
  return { status: response.status, headers: new Headers(response.headers), body: await response.text() };
}
