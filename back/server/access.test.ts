// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { before, test } from "node:test";
import { operations } from "@cdb/api/operations.ts";
import { type Scope, scopes } from "@cdb/api/scopes.ts";
import { SignJWT } from "jose";
import { changeAccount, getAccount, openAccount } from "../data/accounts/account.ts";
import { addToGroup, leaveGroup } from "../data/accounts/group-requests.ts";
import type { Work } from "../data/database.ts";
import { Person } from "../data/people/person.ts";
import { approveRole } from "../data/people/role.ts";
import { administrator, front, makePerson } from "../test/make.ts";
import { testServer } from "../test/server.ts";
import { issuer, personToken, programToken, publicKeyText } from "../test/tokens.ts";
import { assertStaffScopes, isStaffScope } from "./access.ts";

// Who may use which operation. A new operation fails these tests until it stands here with its roles.
// own: a person on their own records · everything else: the one scope that opens it.
const matrix: Record<string, "own" | Scope> = {
  "registrations.register": "registrations:write",
  "links.show": "links:follow",
  "links.follow": "links:follow",
  "commands.show": "links:follow",
  "commands.run": "links:follow",
  "pledges.make": "pledges:write",
  "pledges.makeMine": "own",
  "pledges.listMine": "own",
  "pledges.changeMine": "own",
  "payments.admit": "payments:start",
  "payables.show": "payments:start",
  "payments.register": "payments:register",
  "payments.endRenewal": "payments:register",
  "payments.reportDecline": "payments:register",
  "payments.keepForeignNotice": "payments:register",
  "payments.list": "payments:read",
  "people.showMe": "own",
  "people.changeMe": "own",
  "people.requestEmailChange": "own",
  "people.checkMyAddress": "own",
  "people.removeMySecondaryEmail": "own",
  "people.setMyConsent": "own",
  "people.listMyConsentFacts": "own",
  "people.listMyDonations": "own",
  "people.listMyMessages": "own",
  "news.listMine": "own",
  "people.listMyHistory": "own",
  "people.exportMe": "own",
  "people.showMyErasure": "own",
  "people.requestMyErasure": "own",
  "people.cancelMyErasure": "own",
  "people.signOutEverywhere": "own",
  "people.find": "people:read",
  "people.show": "people:read",
  "people.showHistory": "people:read",
  "selectors.count": "people:read",
  "selectors.list": "people:read",
  "selectors.explain": "people:read",
  "mailings.list": "mailings:write",
  "mailings.make": "mailings:write",
  "mailings.show": "mailings:write",
  "mailings.change": "mailings:write",
  "mailings.write": "mailings:write",
  "mailings.removeText": "mailings:write",
  "mailings.preview": "mailings:write",
  "mailings.test": "mailings:write",
  "mailings.explain": "people:read",
  "mailings.approve": "mailings:approve",
  "mailings.schedule": "mailings:send",
  "mailings.steer": "mailings:send",
  "mailings.settleUnknown": "mailings:send",
  "mailings.listRecipients": "mailings:write",
  "mailings.showStatistics": "mailings:write",
  "news.list": "mailings:show",
  "news.listInFull": "mailings:show",
  "news.show": "mailings:show",
  "news.showWebView": "mailings:show",
  "bounces.report": "bounces:report",
  "signIn.find": "usernames:lookup",
  "signIn.sendLink": "login-links:send",
  "signIn.record": "sign-in-events:write",
  "signIn.listEvents": "sign-in-events:write",
  "signIn.showClaims": "claims:read",
  "accounts.showMine": "own",
  "accounts.chooseMine": "own",
  "accounts.requestGroup": "own",
  "accounts.leaveGroup": "own",
  "accounts.listRequests": "accounts:approve",
  "accounts.decideRequest": "accounts:approve",
};

const { app, call, database } = await testServer();
let ada = { id: 0, uuid: "" };
let carla = ada;

/** Somebody of donor care, who has every scope of the staff. */
function makeStaff(username: string): Promise<{ id: number; uuid: string }> {
  return database.transaction(administrator, async (work) => {
    const person = await makePerson(work, { name: username });
    await approveRole(work, person, { name: "staff", reason: "" });
    await openAccount(work, person, username);
    await addToGroup(work, person, "donor-care", "");
    return { id: person.id, uuid: person.uuid };
  });
}

// Input is checked before the second factor is asked for.
const goodBodies: Record<string, unknown> = {
  "accounts.decideRequest": { approve: true, reason: "" },
  "mailings.make": { name: "news", purpose: "newsletter", selector: "", replyTo: "", public: false },
  "mailings.change": {},
  "mailings.write": { subject: "News", body: "Hello" },
  "mailings.preview": {},
  "mailings.test": {},
  "mailings.explain": { person: 1000 },
  "mailings.approve": { digest: "0".repeat(64) },
  "mailings.schedule": {},
  "mailings.steer": { do: "pause" },
  "mailings.settleUnknown": { do: "accept" },
  "selectors.count": { selector: 'name = "Ada"' },
  "selectors.list": { selector: 'name = "Ada"', after: 1, limit: 5 },
  "selectors.explain": { selector: 'name = "Ada"', person: 1000 },
};

before(async () => {
  carla = await makeStaff("carla");
  ada = await database.transaction(front, (work) => makePerson(work, { name: "Ada", email: "ada@example.org" }));
});

function addressOf(path: string): string {
  return path.replace(
    /\{(\w+)\}/g,
    (_, name) =>
      ({ uuid: ada.uuid, id: String(ada.id), provider: "stripe", purpose: "info", language: "de" })[name as string] ??
      "EX99",
  );
}

test("every operation stands in the matrix, and every route is an operation", () => {
  assert.deepEqual(operations.map(({ name }) => name).sort(), Object.keys(matrix).sort());
  const routes = app.routes.filter(({ method, path }) => method !== "ALL" && path !== "/openapi.json");
  assert.deepEqual(
    routes.map(({ method, path }) => `${method} ${path}`).sort(),
    operations.map(({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ":$1")}`).sort(),
  );
});

for (const operation of operations) {
  const { name, method, path } = operation;
  const body = method === "GET" ? undefined : {};

  test(`${name} is closed without a token`, async () => {
    const { status, body: problem } = await call(method, addressOf(path), undefined, body);
    assert.equal(status, 401);
    assert.equal(problem.code, "token-missing");
  });

  test(`${name} opens for its role and for no other`, async () => {
    const own = matrix[name] === "own";
    const person = await call(method, addressOf(path), await personToken(ada.uuid), body);
    assert.equal(person.body?.code === "scope-missing", !own, "a person");
    for (const scope of Object.keys(scopes) as Scope[]) {
      const { status } = await call(method, addressOf(path), await programToken("front", [scope]), body);
      if (matrix[name] === scope) assert.notEqual(status, 401, scope);
      assert.equal(status === 403, matrix[name] !== scope, `a program with ${scope} got ${status}`);
    }
  });
}

for (const operation of operations.filter(({ scope }) => isStaffScope(scope)))
  test(`${operation.name} opens for staff with the group and a second factor, and for no other person`, async () => {
    const { name, method, path } = operation;
    const as = async (uuid: string, amr: string[], scope: string = operation.scope) => {
      const token = await personToken(uuid, { claims: { scope: `self:read ${scope}`, amr } });
      const { status, body } = await call(
        method,
        `${addressOf(path)}${name === "people.find" ? "?text=lovelace" : ""}`,
        token,
        method === "GET" ? undefined : goodBodies[name],
      );
      return { refused: status === 401 || status === 403, code: body?.code };
    };
    assert.deepEqual(await as(ada.uuid, ["pwd", "otp", "mfa"]), { refused: true, code: "scope-missing" });
    assert.deepEqual(await as(carla.uuid, ["pwd"]), { refused: true, code: "second-factor-missing" });
    assert.deepEqual(await as(carla.uuid, []), { refused: true, code: "second-factor-missing" });
    assert.deepEqual(await as(carla.uuid, ["pwd", "mfa"], "self:write"), { refused: true, code: "scope-missing" });
    assert.equal((await as(carla.uuid, ["pwd", "otp", "mfa"])).refused, false);
  });

test("a profile that gives a group what back does not know is refused at the start, with what there is", () => {
  const { organisation } = database;
  assertStaffScopes(organisation);
  const staff = { groups: { coordinators: ["accounts:approve", "people:rule"] } };
  assert.throws(() => assertStaffScopes({ ...organisation, staff }), {
    message: /staff\.groups\.coordinators: there is no scope people:rule; there are people:read/,
  });
});

test("a group taken away ends its scopes at once, whatever the token says; so do a pause and a block", async () => {
  const { uuid, id } = await makeStaff("dora");
  const token = await personToken(uuid, { claims: { scope: "people:read", amr: ["pwd", "mfa"] } });
  const look = async () => (await call("GET", `/people/${ada.id}`, token)).status;
  const change = (verb: (work: Work, person: Person) => Promise<unknown>) =>
    database.transaction(administrator, async (work) => verb(work, await work.get(Person, id, "lock")));
  assert.equal(await look(), 200);
  await change((work, person) => leaveGroup(work, person, "donor-care"));
  assert.equal(await look(), 403);
  await change((work, person) => addToGroup(work, person, "donor-care", ""));
  assert.equal(await look(), 200);
  await change(async (work, person) => {
    const account = await getAccount(work, person);
    await changeAccount(work, person, account, () => account.pause(work, "administrator", ""));
  });
  assert.equal(await look(), 403);
});

test("a look of somebody of the staff stands in the history under their name, and people see that a person looked", async () => {
  const bea = await database.transaction(front, (work) => makePerson(work, { email: "bea@example.org" }));
  const token = await personToken(carla.uuid, { claims: { scope: "people:read", amr: ["pwd", "mfa"] } });
  assert.equal((await call("GET", `/people/${bea.id}`, token)).status, 200);
  const { rows } = await database.pool.query("select actor from history where person_id = $1 and verb = 'looked-at'", [
    bea.id,
  ]);
  assert.deepEqual(rows, [{ actor: `person:${carla.uuid}` }]);
  const { body } = await call("GET", "/people/me/history", await personToken(bea.uuid));
  assert.equal(body.entries[0].actor, "person");
});

test("a person's token opens that person's records and no other's", async () => {
  const bob = await database.transaction(front, (work) => makePerson(work, { name: "Bob", email: "bob@example.org" }));
  const answer = await call("GET", "/people/me", await personToken(bob.uuid));
  assert.equal(answer.status, 200);
  assert.deepEqual([answer.body.name, answer.body.email], ["Bob", "bob@example.org"]);
  assert.equal((await call("GET", `/people/${ada.id}`, await personToken(bob.uuid))).status, 403);
});

test("a program cannot act as a person, whatever scopes its token names", async () => {
  const { status } = await call("GET", "/people/me", await programToken("front", ["self:read", "self:write"]));
  assert.equal(status, 403);
});

test("tokens that are forged, foreign, old or of another kind are refused", async () => {
  const now = Math.floor(Date.now() / 1000);
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const [head, payload] = (await personToken(ada.uuid)).split(".");
  const unsigned = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url")}.${payload}.`;
  const hmac = new SignJWT({
    iss: issuer,
    sub: ada.uuid,
    client_id: "front",
    aud: "urn:community-database:back",
    jti: "1",
    iat: now,
    exp: now + 60,
    scope: "self:read",
  });
  const bad: Record<string, string> = {
    "another key": await personToken(ada.uuid, { key: other }),
    "another issuer": await personToken(ada.uuid, { claims: { iss: "https://evil.example" } }),
    "another audience": await personToken(ada.uuid, { claims: { aud: "urn:other" } }),
    "an ID token": await personToken(ada.uuid, { header: { typ: "JWT" } }),
    expired: await personToken(ada.uuid, { claims: { iat: now - 600, exp: now - 300 } }),
    "no signature": unsigned,
    "alg none in the middle": `${head}.${payload}.`,
    "HMAC with the public key": await hmac
      .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: "test" })
      .sign(new TextEncoder().encode(publicKeyText)),
    "a subject that is no person": await personToken("1001"),
    "nobody's subject": await personToken(randomUUID()),
  };
  for (const [what, token] of Object.entries(bad)) {
    const { status, headers } = await call("GET", "/people/me", token);
    assert.equal(status, 401, what);
    assert.equal(headers.get("WWW-Authenticate"), "Bearer", what);
  }
});

test("after signing out everywhere every earlier token is refused, a later one opens again", async () => {
  const eve = await database.transaction(front, (work) => makePerson(work, { email: "eve@example.org" }));
  const token = await personToken(eve.uuid);
  assert.equal((await call("POST", "/people/me/sign-outs", token)).status, 204);
  assert.equal((await call("GET", "/people/me", token)).status, 401);
  const later = Math.floor(Date.now() / 1000) + 2;
  assert.equal(
    (await call("GET", "/people/me", await personToken(eve.uuid, { claims: { iat: later, exp: later + 60 } }))).status,
    200,
  );
});

test("a blocked person's token is refused at once", async () => {
  const mallory = await database.transaction(front, (work) => makePerson(work, { email: "mallory@example.org" }));
  const token = await personToken(mallory.uuid);
  assert.equal((await call("GET", "/people/me", token)).status, 200);
  await database.pool.query("update person set registration = 'blocked' where id = $1", [mallory.id]);
  assert.equal((await call("GET", "/people/me", token)).status, 401);
});
