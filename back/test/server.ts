// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The resource server over a fresh database, called without a network.
import { openLog } from "@cdb/runtime/log.ts";
import type { Hono } from "hono";
import type { JWTVerifyGetKey } from "jose";
import { Access } from "../server/access.ts";
import { buildApp } from "../server/app.ts";
import { freshDatabase, type TestDatabase } from "./database.ts";
import { issuer, keys } from "./tokens.ts";

export const secrets = { links: "a secret for links in tests", commands: "cmd_passphrase" };

export interface TestServer extends TestDatabase {
  app: Hono;
  /** Calls the server; a body becomes JSON. */
  call(
    method: string,
    path: string,
    token?: string,
    body?: unknown,
  ): Promise<{ status: number; body: Answer; headers: Headers }>;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
export type Answer = any;

export async function testServer(keysOfAuth: JWTVerifyGetKey = keys): Promise<TestServer> {
  const fresh = await freshDatabase();
  const app = buildApp(
    fresh.database,
    new Access(issuer, keysOfAuth),
    secrets,
    { back: "http://back.example.org", issuer, front: "https://my.example.org" },
    openLog("test", "silent"),
  );
  const call: TestServer["call"] = async (method, path, token, body) => {
    const headers = {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
    };
    const response = await app.request(path, {
      method,
      headers,
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text), headers: response.headers };
  };
  return { ...fresh, app, call };
}
