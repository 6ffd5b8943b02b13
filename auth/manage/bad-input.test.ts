// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Whatever is sent to manage auth, the answer is never our mistake, and what is taken is told again as it was.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { authOperations } from "@cdb/api/operations.ts";
import { problem } from "@cdb/api/problems.ts";
import { authResource, authScopes } from "@cdb/api/scopes.ts";
import { Chance } from "@cdb/back/test/chance.ts";
import * as corpora from "@cdb/back/test/corpora.ts";
import * as oidc from "openid-client";
import { backSecret, openClient, startAuth } from "../test/start.ts";

const auth = await startAuth();
const chance = new Chance();
const { config } = await openClient(auth.issuer, "back", backSecret);
const wish = { scope: Object.keys(authScopes).join(" "), resource: authResource };
const token = (await oidc.clientCredentialsGrant(config, wish)).access_token;
const texts = [...corpora.oddTexts, ...corpora.naughtyStrings.filter((_, index) => index % 12 === chance.upTo(12))];
const deep = JSON.parse(`${"[".repeat(500)}${"]".repeat(500)}`);
const values = [
  null,
  true,
  -1,
  1e300,
  0.5,
  "",
  "x",
  "0000-01-01T00:00:00Z",
  [],
  {},
  [null],
  [[]],
  [{}],
  { a: 1 },
  { toString: 1 },
  deep,
];

const whole = {
  ...{ client_id: "w", client_name: "W", client_uri: "https://w.example.org", policy_uri: "https://w.example.org/p" },
  ...{ tos_uri: "https://w.example.org/t", application_type: "web", redirect_uris: ["https://w.example.org/cb"] },
  ...{ post_logout_redirect_uris: ["https://w.example.org/"], backchannel_logout_uri: "https://w.example.org/out" },
  ...{ backchannel_logout_session_required: true, initiate_login_uri: "https://w.example.org/in" },
  ...{ grant_types: ["authorization_code", "refresh_token", "client_credentials"], scope: "openid email" },
  ...{ token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: "ES256" },
  ...{ jwks: { keys: [{ kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] } },
  ...{
    subject_type: "public",
    sector_identifier_uri: "https://w.example.org/s",
    id_token_signed_response_alg: "ES256",
  },
  ...{ first_party: true, pkce_required: true, person_scopes: ["self:read"], program_scopes: ["payments:start"] },
  resource_scopes: { "https://c.example.org": ["read"] },
};
const bodies: Record<string, object> = {
  "clients.add": whole,
  "clients.change": { ...whole, client_id: undefined },
  "clients.rotateSecret": { overlap_hours: 1 },
  "resources.write": { resource: "https://c.example.org", name: "C", scopes: { read: "read" } },
  "keys.rotate": { leaked: false },
  "signIns.end": { uuid: randomUUID(), at: "2026-01-02T03:04:05Z", forget: true },
  "signIns.list": { uuid: randomUUID() },
};

interface Call {
  method: string;
  path: string;
  body?: unknown;
}

async function send({ method, path, body }: Call): Promise<{ status: number; text: string }> {
  const response = await fetch(auth.issuer + path, {
    method,
    // A connection that waited while this process was busy may just be closing.
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}`, Connection: "close" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  const what = `${method} ${path} ${JSON.stringify(body)?.slice(0, 300)}: ${response.status} ${text.slice(0, 300)}`;
  assert.ok(response.status < 500, what);
  if (!response.ok) assert.equal(problem.parse(JSON.parse(text)).status, response.status, what);
  return { status: response.status, text };
}

function* spoilt(value: unknown): Generator<unknown> {
  yield* values;
  yield chance.pick(texts);
  if (typeof value !== "object" || value === null) return;
  // Deeper down some of them each time, lest this takes a minute; the seed says which.
  for (const [key, inner] of Object.entries(value))
    for (const wrong of [...Array.from({ length: 4 }, () => chance.pick(values)), chance.pick(texts)]) {
      if (Array.isArray(value)) yield value.map((each) => (each === inner ? wrong : each));
      else yield { ...value, [key]: wrong, [chance.pick(texts)]: wrong };
      if (Array.isArray(value)) yield [...value, wrong];
    }
}

test("a client with everything that can be said of one is taken, and told again as it was", async () => {
  await send({ method: "PUT", path: "/manage/resources?by=ada", body: bodies["resources.write"] });
  const { status, text } = await send({ method: "POST", path: "/manage/clients?by=ada", body: whole });
  assert.equal(status, 201, text);
  const { client } = JSON.parse(text);
  for (const [name, value] of Object.entries(whole)) assert.deepEqual(client[name], value, name);
});

test(`whatever a body holds, it is refused with a code or taken (seed ${chance.seed})`, async () => {
  for (const { name, method, path, query, body: shape } of authOperations) {
    if (shape.safeParse(undefined).success) continue;
    assert.ok(bodies[name], `${name} has no good body here`);
    const by = query.safeParse({ by: "ada" }).success ? "?by=ada" : "";
    const address = path.replace("{id}", "w") + by;
    const body = bodies[name] as Record<string, unknown>;
    for (const wrong of spoilt(undefined)) await send({ method, path: address, body: wrong });
    for (const [field, value] of Object.entries(body)) {
      if (field === "leaked") continue;
      for (const wrong of spoilt(value)) await send({ method, path: address, body: { ...body, [field]: wrong } });
    }
  }
});

test("what PostgreSQL cannot keep stands in no key", async () => {
  const [key] = whole.jwks.keys;
  for (const odd of ["\u0000", "x\u0000", "\ud800", deep, { a: "\u0000" }])
    for (const wrong of [
      { ...key, kid: odd },
      { ...key, more: odd },
      { ...key, [String(odd)]: "x" },
    ]) {
      if (Object.hasOwn(wrong, String(deep)) || Object.hasOwn(wrong, "[object Object]")) continue;
      const body = { ...whole, client_id: "k", jwks: { keys: [wrong] } };
      const { status, text } = await send({ method: "POST", path: "/manage/clients?by=ada", body });
      assert.equal(status, 422, JSON.stringify(wrong).slice(0, 200) + text);
    }
});

test(`whatever stands in an address, it names a client or nobody (seed ${chance.seed})`, async () => {
  await auth.pool.query("delete from client where id <> 'w'");
  const odd = [
    "%",
    "%00",
    "%E0%A4%A",
    "%ED%A0%80",
    "..",
    "%2e%2e",
    "%2F",
    "w%2F",
    "__proto__",
    "constructor",
    "w?by=a",
  ];
  for (const text of [
    ...odd,
    ...texts.filter((each) => each.length < 2_000).map((each) => encodeURIComponent(each.toWellFormed())),
  ])
    for (const { method, path, query } of authOperations.filter(({ path }) => path.includes("{id}"))) {
      const by = query.safeParse({ by: "ada" }).success ? "?by=ada" : "";
      const body = method === "GET" || method === "DELETE" ? undefined : { overlap_hours: 1 };
      const { status } = await send({ method, path: path.replace("{id}", text) + by, body });
      assert.ok(status >= 400 || text.startsWith("w"), `${method} ${path} ${text}: ${status}`);
    }
  for (const text of texts.filter((each) => each.length < 2_000)) {
    const address = new URLSearchParams({ by: text, resource: text });
    await send({ method: "DELETE", path: `/manage/resources?${address}` });
  }
});
