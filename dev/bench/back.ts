// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Measures back on a generated crowd: a person's own page against the bare libraries, a notice booked, and the core.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { backResource, type Scope } from "@cdb/api/scopes.ts";
import { donrefOf } from "@cdb/back/data/donations/reference.ts";
import { generate } from "@cdb/back/data/generate.ts";
import { migrate } from "@cdb/back/data/migrate.ts";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import pg from "pg";
import { urlFor } from "../databases.ts";
import { testServer } from "../test-postgres.ts";
import { cpuPerOperation, residentMb, start } from "./measure.ts";
import { measureMoney } from "./money.ts";
import { measurePeople } from "./people.ts";
import type { Row } from "./table.ts";

const firstPerson = 1001;

export async function measureBack(people: number, donations: number): Promise<Row[]> {
  const { adminUrl } = await testServer();
  const name = `bench_${process.pid}`;
  const admin = new pg.Client(adminUrl);
  await admin.connect();
  await admin.query(`create database ${name} owner cdb_migrate`);
  try {
    await migrate(urlFor(adminUrl, name, "cdb_migrate"));
    await generate(urlFor(adminUrl, name, "cdb_migrate"), { people, donations, seed: 1 }, () => {});
    const url = urlFor(adminUrl, name, "cdb_app");
    return [
      ...(await measureOn(url, people)),
      ...(await measurePeople(url, people)),
      ...(await measureMoney(url, people)),
    ];
  } finally {
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  }
}

async function measureOn(databaseUrl: string, people: number): Promise<Row[]> {
  const issuer = await startIssuer();
  const [port, barePort] = [27_101, 27_102];
  const back = await start("back/main.ts", {
    DATABASE_URL: databaseUrl,
    AUTH_URL: issuer.url,
    BACK_PORT: String(port),
    BACK_HEALTH_PORT: "0",
  });
  const bare = await start("dev/bench/bare-people.ts", { DATABASE_URL: databaseUrl, PORT: String(barePort) });
  try {
    const uuids = Array.from(
      { length: 200 },
      (_, n) => `00000000-0000-4000-8000-${((n * 37) % Math.min(people, 2_000)).toString(16).padStart(12, "0")}`,
    );
    const tokens = await Promise.all(uuids.map((uuid) => issuer.token(uuid, "front", "self:read")));
    const program = await issuer.token("front", "front", "payments:register");
    const own = await cpuPerOperation(back, 4_000, (n) =>
      get(`http://127.0.0.1:${port}/people/me`, `Bearer ${tokens[n % 200]}`),
    );
    const raw = await cpuPerOperation(bare, 4_000, (n) => get(`http://127.0.0.1:${barePort}/`, uuids[n % 200] ?? ""));
    const memory = residentMb(back.pid);
    const notice = await cpuPerOperation(back, 1_000, (n) => tell(port, program, firstPerson + (n % people)));
    return [
      { what: "GET /people/me with 20 donations", ours: own, bare: raw, goal: "≤ 2 × bare", memoryMb: memory },
      { what: "a notice booked", ours: notice, goal: "≤ 5 ms", memoryMb: residentMb(back.pid) },
    ];
  } finally {
    await Promise.all([back.stop(), bare.stop(), issuer.stop()]);
  }
}

async function get(url: string, authorization: string): Promise<void> {
  const response = await fetch(url, { headers: { authorization } });
  await response.text();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
}

async function tell(port: number, token: string, personId: number): Promise<void> {
  const name = randomUUID();
  const response = await fetch(`http://127.0.0.1:${port}/payments/stripe/pi_${name}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      noticeId: `evt_${name}`,
      kind: "received",
      amount: { amount: 2500, currency: "EUR" },
      happenedAt: new Date().toISOString(),
      reference: donrefOf("EX", personId),
      payer: { name: "Ada Example", email: "ada@example.org" },
      raw: "x".repeat(3_000),
    }),
  });
  await response.text();
  if (response.status !== 200) throw new Error(`a notice was answered ${response.status}`);
}

interface Issuer {
  url: string;
  token(subject: string, client: string, scope: Scope): Promise<string>;
  stop(): Promise<void>;
}

/** Stands in for auth: discovery, keys and tokens, nothing else. */
async function startIssuer(): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "bench", alg: "RS256", use: "sig" };
  const server = createServer((request, response) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(request.url === "/jwks" ? { keys: [jwk] } : { issuer: url, jwks_uri: `${url}/jwks` }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = (subject: string, client: string, scope: Scope) => {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({
      iss: url,
      sub: subject,
      client_id: client,
      aud: backResource,
      scope,
      jti: randomUUID(),
      iat: now,
      exp: now + 3_600,
    })
      .setProtectedHeader({ alg: "RS256", typ: "at+jwt", kid: "bench" })
      .sign(privateKey);
  };
  return { url, token, stop: () => new Promise((resolve) => server.close(() => resolve())) };
}
