// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { after, test } from "node:test";
import pg from "pg";
import { readMigrations } from "../data/migrate.ts";
import { freshDatabase } from "../test/database.ts";
import { runCdb } from "./test/run-cdb.ts";

const { url, ownerUrl } = await freshDatabase();
const settings = { DATABASE_URL: url, MIGRATE_DATABASE_URL: ownerUrl, AUTH_DATABASE_URL: url };

interface Seen {
  state: string;
  says: string;
}

async function examine(more: Record<string, string> = {}): Promise<{ code: number; seen: Map<string, Seen> }> {
  const { code, out } = await runCdb(["doctor", "--json"], { ...settings, ...more });
  const { checks } = JSON.parse(out) as { checks: (Seen & { about: string })[] };
  return { code, seen: new Map(checks.map(({ about, state, says }) => [about, { state, says }])) };
}

async function asOwner(query: string): Promise<void> {
  const client = new pg.Client(ownerUrl);
  await client.connect();
  await client.query(query);
  await client.end();
}

async function serveHttp(pages: Record<string, unknown>): Promise<string> {
  const server = http.createServer((request, response) => {
    const page = pages[request.url ?? ""];
    response.writeHead(page ? 200 : 404, {
      "Content-Type": typeof page === "string" ? "text/html" : "application/json",
    });
    response.end(typeof page === "string" ? page : JSON.stringify(page ?? {}));
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

async function listen(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  return (server.address() as AddressInfo).port;
}

test("nothing is wrong with a database that is as it should be, and what is not set is skipped with the reason", async () => {
  const { code, seen } = await examine();
  assert.deepEqual(
    [...seen.values()].filter(({ state }) => state === "wrong"),
    [],
  );
  assert.equal(code, 0);
  for (const about of ["PostgreSQL as the program", "migrations", "queue of tasks", "facts cannot be changed"])
    assert.equal(seen.get(about)?.state, "ok", about);
  assert.deepEqual(seen.get("Stripe"), { state: "skipped", says: "STRIPE_SECRET_KEY is not set." });
});

test("without any settings it says where they come from", async () => {
  const { code, out } = await runCdb(["doctor"]);
  assert.match(out, /wrong +settings +DATABASE_URL is not set\. Set it .*`npm start`/);
  assert.equal(code, 1);
});

test("a mail server that is dead, silent, or refuses is named", async () => {
  const refusing = await listen(net.createServer((socket) => socket.on("error", () => {}).end("554 go away\r\n")));
  const greeting = await listen(net.createServer((socket) => socket.on("error", () => {}).write("220 hello\r\n")));
  const dead = await examine({ SMTP_URL: "smtp://127.0.0.1:1" });
  assert.match(dead.seen.get("mail server")?.says ?? "", /at 127\.0\.0\.1:1 does not answer \(ECONNREFUSED\)/);
  assert.equal(dead.code, 1);
  const refused = await examine({ SMTP_URL: `smtp://127.0.0.1:${refusing}` });
  assert.match(refused.seen.get("mail server")?.says ?? "", /refuses: 554 go away/);
  const alive = await examine({ SMTP_URL: `smtp://user:secret@127.0.0.1:${greeting}` });
  assert.deepEqual(alive.seen.get("mail server"), { state: "ok", says: `127.0.0.1:${greeting}` });
});

test("auth under another name, without keys, or with a private key is wrong", async () => {
  const pages: Record<string, unknown> = { "/": "<!doctype html>", "/openapi.json": { openapi: "3.1.1" } };
  const address = await serveHttp(pages);
  const look = async () => (await examine({ AUTH_URL: address, BACK_URL: address, FRONT_URL: address })).seen;
  pages["/keys"] = { keys: [] };
  pages["/.well-known/openid-configuration"] = { issuer: "https://elsewhere.example", jwks_uri: `${address}/keys` };
  let seen = await look();
  assert.match(seen.get("auth")?.says ?? "", /calls itself https:\/\/elsewhere\.example/);
  assert.deepEqual([seen.get("back")?.state, seen.get("front")?.state], ["ok", "ok"]);
  pages["/.well-known/openid-configuration"] = { issuer: address, jwks_uri: `${address}/keys` };
  seen = await look();
  assert.match(seen.get("auth")?.says ?? "", /no keys/);
  pages["/keys"] = { keys: [{ kid: "1", d: "private" }] };
  seen = await look();
  assert.match(seen.get("auth")?.says ?? "", /private key/);
  pages["/keys"] = { keys: [{ kid: "1" }] };
  seen = await look();
  assert.equal(seen.get("auth")?.state, "ok");
});

test("programs and directory that do not answer are named", async () => {
  const { seen } = await examine({
    ...{ AUTH_URL: "http://127.0.0.1:1", BACK_URL: "http://127.0.0.1:1", FRONT_URL: "http://127.0.0.1:1" },
    ...{ WORKER_HEALTH_PORT: "1" },
    ...{ LDAP_URL: "ldap://127.0.0.1:1", LDAP_BASE_DN: "dc=x", LDAP_BIND_DN: "cn=x", LDAP_BIND_PASSWORD: "y" },
  });
  for (const about of ["auth", "back", "front"]) assert.match(seen.get(about)?.says ?? "", /^Nobody answers at/, about);
  assert.match(seen.get("worker")?.says ?? "", /^Nobody answers at .*no mail leaves/);
  assert.match(seen.get("directory")?.says ?? "", /cannot be reached/);
});

test("production refuses development secrets, test keys, and a fake of Stripe", async () => {
  const secret = "0123456789abcdef0123456789abcdef";
  const production = {
    ...{ NODE_ENV: "production", LINK_SECRET: "development-link-secret", AUTH_SECRET: secret, SESSION_SECRET: secret },
    ...{ STRIPE_SECRET_KEY: "sk_test_x", STRIPE_WEBHOOK_SECRET: "whsec_x", ORGANISATION: "organisations/example" },
  };
  const { seen } = await examine(production);
  assert.match(seen.get("secrets")?.says ?? "", /LINK_SECRET: everybody knows .*AUTH_SECRET, SESSION_SECRET: the same/);
  assert.equal(seen.get("secrets")?.state, "wrong");
  assert.match(seen.get("settings")?.says ?? "", /BACK_URL: is missing/);
  assert.match(seen.get("Stripe")?.says ?? "", /test keys/);
  const fake = await examine({ ...production, STRIPE_API_URL: "http://127.0.0.1:9" });
  assert.match(fake.seen.get("Stripe")?.says ?? "", /to a fake/);
  const swapped = await examine({ STRIPE_SECRET_KEY: "pk_live_x" });
  assert.match(swapped.seen.get("Stripe")?.says ?? "", /no secret key/);
});

test("an organisation profile or template folder that is not there is named", async () => {
  const { code, seen } = await examine({ ORGANISATION: "organisations/nowhere", MAIL_TEMPLATES: "nowhere" });
  assert.match(seen.get("organisation profile")?.says ?? "", /there is no file .*nowhere.profile\.yaml/);
  assert.match(seen.get("mail templates")?.says ?? "", /no folder nowhere/);
  assert.equal(code, 1);
});

test("a database that does not answer is wrong in every part, and the rest is still looked at", async () => {
  const { seen } = await examine({ DATABASE_URL: "postgres://cdb_app:topsecret@127.0.0.1:1/community" });
  for (const about of ["PostgreSQL as the program", "migrations", "queue of tasks"])
    assert.match(seen.get(about)?.says ?? "", /^PostgreSQL does not answer/, about);
  assert.equal(seen.get("PostgreSQL as the owner of the tables")?.state, "ok");
  assert.doesNotMatch(JSON.stringify([...seen]), /topsecret/);
});

test("the program as owner, and an owner who is not, are wrong", async () => {
  const { seen } = await examine({ DATABASE_URL: ownerUrl, MIGRATE_DATABASE_URL: url });
  assert.match(seen.get("facts cannot be changed")?.says ?? "", /may change or remove a payment/);
  assert.match(seen.get("PostgreSQL as the owner of the tables")?.says ?? "", /belong to cdb_migrate/);
});

test("a missing migration, a missing queue and a right too many are named with what to do", async () => {
  const last = readMigrations().at(-1)?.name ?? "";
  await asOwner(
    `delete from migration where name = '${last}'; grant update on payment to cdb_app; delete from pgboss.queue where name = 'send-message'`,
  );
  const { code, seen } = await examine();
  assert.deepEqual(seen.get("migrations"), { state: "wrong", says: `Missing: ${last}. Run \`cdb database migrate\`.` });
  assert.match(seen.get("facts cannot be changed")?.says ?? "", /may change or remove a payment\. Revoke it/);
  assert.match(seen.get("queue of tasks")?.says ?? "", /send-message is missing/);
  assert.equal(code, 1);
});
