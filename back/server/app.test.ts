// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { operations } from "@cdb/api/operations.ts";
import { Person } from "../data/people/person.ts";
import { confirmSignatures } from "../data/people/signature.ts";
import { front, makePerson } from "../test/make.ts";
import { testServer } from "../test/server.ts";
import { personToken, programToken } from "../test/tokens.ts";

const { app, call, database } = await testServer();
let site = "";

before(async () => {
  site = await programToken("front", [
    "registrations:write",
    "pledges:write",
    "payments:start",
    "payments:register",
    "links:follow",
  ]);
});

const origin = { channel: "/subscribe" };

async function peopleCount(): Promise<number> {
  const { rows } = await database.pool.query("select count(*)::int as n from person");
  return rows[0].n;
}

test("OpenAPI describes every operation with its scope", async () => {
  const { status, body } = await call("GET", "/openapi.json");
  assert.equal(status, 200);
  assert.equal(body.openapi, "3.1.0");
  for (const { name, method, path, scope } of operations) {
    const described = body.paths[path][method.toLowerCase()];
    assert.equal(described.operationId, name);
    assert.deepEqual(described.security[0], { openid: [scope] });
  }
});

test("registering answers an integer id and a reference, and again the same for the same address in other letters", async () => {
  const first = await call("POST", "/registrations", site, { name: "Grace", email: "Grace@Example.org", origin });
  const again = await call("POST", "/registrations", site, {
    name: "Somebody Else",
    email: "grace@example.ORG",
    origin,
  });
  assert.equal(first.status, 201);
  assert.match(first.body.donref, /^EX\d+$/);
  assert.deepEqual(again.body, first.body);
  const { rows } = await database.pool.query("select name, email from person where id = $1", [first.body.id]);
  assert.deepEqual(rows, [{ name: "Grace", email: "Grace@Example.org" }]);
});

test("200 registrations of one address at once make one person and one mail", async () => {
  const answers = await Promise.all(
    Array.from({ length: 200 }, () =>
      call("POST", "/registrations", site, { name: "Many", email: "many@example.org", origin }),
    ),
  );
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
  assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
  const { rows } = await database.pool.query(
    "select count(*)::int as n from message where recipient = 'many@example.org'",
  );
  assert.equal(rows[0].n, 1);
});

const longText = "x".repeat(100_000);
const hostile: [string, unknown][] = [
  ["nothing at all", {}],
  ["an array for the whole", []],
  ["text for the whole", '"text"'],
  ["no name", { email: "x@example.org", origin }],
  ["an empty name", { name: " ", email: "x@example.org", origin }],
  ["an array for the name", { name: ["a"], email: "x@example.org", origin }],
  ["an object for the email", { name: "a", email: { a: 1 }, origin }],
  ["a very long name", { name: longText, email: "x@example.org", origin }],
  ["a very long email", { name: "a", email: `${longText}@example.org`, origin }],
  ["NUL in the name", { name: "a\u0000b", email: "x@example.org", origin }],
  ["a line break in the name", { name: "a\r\nBcc: b@example.org", email: "x@example.org", origin }],
  ["a lone surrogate", { name: "a\ud800", email: "x@example.org", origin }],
  ["a line break in the email", { name: "a", email: "x@example.org\r\nBcc: y@example.org", origin }],
  ["an unknown field", { name: "a", email: "x@example.org", origin, admin: true }],
  ["an unknown purpose", { name: "a", email: "x@example.org", origin, purposes: ["spam"] }],
  ["an unknown campaign", { name: "a", email: "x@example.org", origin, signatures: { nothing: "2026-01-01" } }],
  ["February 30", { name: "a", email: "x@example.org", origin, signatures: { "open-letter": "2026-02-30" } }],
  ["an unknown language", { name: "a", email: "x@example.org", origin, language: "xx" }],
  ["a blocked domain", { name: "a", email: "x@mailinator.com", origin }],
];

for (const [what, body] of hostile)
  test(`registering with ${what} is refused with a code and stores nothing`, async () => {
    const before = await peopleCount();
    const answer = await call("POST", "/registrations", site, body);
    assert.equal(answer.status, 422);
    assert.equal(answer.headers.get("Content-Type"), "application/problem+json");
    assert.ok(answer.body.code && answer.body.fields?.length > 0, JSON.stringify(answer.body));
    assert.doesNotMatch(JSON.stringify(answer.body), /xxxx|mailinator|spam|admin/);
    assert.equal(await peopleCount(), before);
  });

test("bodies that are no JSON, too large or of another type are refused", async () => {
  assert.equal((await call("POST", "/registrations", site, "{")).status, 400);
  assert.equal((await call("POST", "/registrations", site, { name: "x".repeat(600_000) })).status, 413);
  const form = await app.request("/registrations", {
    method: "POST",
    body: "name=a",
    headers: { Authorization: `Bearer ${site}`, "Content-Type": "application/x-www-form-urlencoded" },
  });
  assert.equal(form.status, 415);
});

test("amounts outside what the organisation takes are refused", async () => {
  const pledge = {
    name: "Pat",
    email: "pat@example.org",
    interval: "once",
    method: "transfer",
    key: crypto.randomUUID(),
    origin,
  };
  for (const amount of [0, -500, 99, 10_000_000, 2.5, "2500", 1e15]) {
    const { status, body } = await call("POST", "/pledges", site, { ...pledge, amount: { amount, currency: "EUR" } });
    assert.equal(status, 422, String(amount));
    assert.ok(body.code, String(amount));
  }
  assert.equal(
    (await call("POST", "/pledges", site, { ...pledge, amount: { amount: 2500, currency: "USD" } })).status,
    422,
  );
});

test("a pledge sent twice is one pledge; the same key with another amount is refused", async () => {
  const pledge = {
    name: "Pia",
    email: "pia@example.org",
    interval: "monthly",
    method: "transfer",
    key: crypto.randomUUID(),
    origin,
    amount: { amount: 1000, currency: "EUR" },
  };
  const [first, again] = [await call("POST", "/pledges", site, pledge), await call("POST", "/pledges", site, pledge)];
  assert.equal(first.status, 201);
  assert.deepEqual(again.body, first.body);
  assert.equal(
    (await call("POST", "/pledges", site, { ...pledge, amount: { amount: 2000, currency: "EUR" } })).body.code,
    "key-used",
  );
  const { rows } = await database.pool.query(
    "select count(*)::int as n from message where recipient = 'pia@example.org' and mail = 'how-to-pay'",
  );
  assert.equal(rows[0].n, 1);
});

test("what can be paid says nothing about the person", async () => {
  const { body } = await call("POST", "/pledges", site, {
    name: "Secret Name",
    email: "secret@example.org",
    interval: "once",
    method: "card",
    key: crypto.randomUUID(),
    origin,
    amount: { amount: 2500, currency: "EUR" },
  });
  const payable = await call("GET", `/payables/${body.reference.toLowerCase()}`, site);
  assert.deepEqual(payable.body, {
    reference: body.reference,
    kind: "pledge",
    amount: { amount: 2500, currency: "EUR" },
    interval: "once",
    ended: false,
  });
  assert.equal((await call("GET", "/payables/EX99999", site)).body.code, "reference-unknown");
});

test("a change of what somebody else changed meanwhile is refused", async () => {
  const person = await database.transaction(front, (work) => makePerson(work, {}));
  const token = await personToken(person.uuid);
  const changed = await call("PATCH", "/people/me", token, { name: "New Name", version: 1 });
  assert.deepEqual([changed.status, changed.body.name, changed.body.version], [200, "New Name", 2]);
  const late = await call("PATCH", "/people/me", token, { name: "Late Name", version: 1 });
  assert.deepEqual([late.status, late.body.code], [409, "changed-meanwhile"]);
});

test("fields that may not be written are refused", async () => {
  const person = await database.transaction(front, (work) => makePerson(work, {}));
  const token = await personToken(person.uuid);
  for (const field of [
    { id: 1 },
    { uuid: "x" },
    { email: "new@example.org" },
    { registration: "confirmed" },
    { signedOutAt: null },
  ])
    assert.equal((await call("PATCH", "/people/me", token, { version: 1, ...field })).status, 422);
});

test("an unknown route is a problem with a code", async () => {
  const { status, body } = await call("GET", "/nothing", site);
  assert.deepEqual([status, body.code], [404, "route-unknown"]);
});

test("a look of the staff leaves a line that the person sees, and their own looks leave none", async () => {
  const person = await database.transaction(front, (work) => makePerson(work, {}));
  const own = await personToken(person.uuid);
  const looks = async () => {
    const { body } = await call("GET", "/people/me/history", own);
    return body.entries
      .filter(({ verb }: { verb: string }) => verb === "looked-at")
      .map(({ actor }: { actor: string }) => actor);
  };
  await call("GET", "/people/me", own);
  assert.deepEqual(await looks(), []);
  assert.equal((await call("GET", `/people/${person.id}`, await programToken("desk", ["people:read"]))).status, 200);
  assert.deepEqual(await looks(), ["program"]);
});

test("a person sees which campaigns they signed and when, confirmed or not yet", async () => {
  const signatures = { "open-letter": "2026-11-02" };
  const person = await database.transaction(front, (work) => makePerson(work, { signatures }));
  const seen = async () => (await call("GET", "/people/me/consents", await personToken(person.uuid))).body.signatures;
  assert.deepEqual(await seen(), [{ campaign: "open-letter", signedOn: "2026-11-02", confirmed: false }]);
  await database.transaction(front, async (work) => confirmSignatures(work, await work.get(Person, person.id)));
  assert.equal((await seen())[0].confirmed, true);
});
