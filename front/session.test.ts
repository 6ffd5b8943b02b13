// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing in and out, and what the session's cookie withstands.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openFront, openTown, type Visitor } from "./test/town.ts";

const town = await openTown();

beforeEach(() => {
  town.back.calls.length = 0;
  town.back.refusedTokens.clear();
  town.back.refusal = undefined;
  town.auth.tokenSeconds = 300;
  town.auth.down = false;
});

async function signedIn(): Promise<Visitor> {
  const visitor = town.visitor();
  await visitor.signIn();
  return visitor;
}

test("signing in asks auth for back's scopes with PKCE, state and nonce, and leads back to the page", async () => {
  const visitor = town.visitor();
  assert.equal((await visitor.get("/settings/mails")).location, "/sign-in?return=%2Fsettings%2Fmails");
  const back = await visitor.signIn("/sign-in?return=%2Fsettings%2Fmails");
  assert.equal(back.location, "/settings/mails");
  assert.equal((await visitor.get("/settings")).status, 200);
  const asked = town.auth.asked.authorizations.at(-1);
  assert.equal(asked?.get("code_challenge_method"), "S256");
  assert.equal(asked?.get("resource"), "urn:community-database:back");
  assert.equal(asked?.get("scope"), "openid profile email self:read self:write self:delete");
  assert.equal(asked?.get("redirect_uri"), "http://front.example.org/signed-in");
  assert.ok((asked?.get("state")?.length ?? 0) >= 32 && (asked?.get("nonce")?.length ?? 0) >= 32);
});

test("the page to return to is one of ours, or the settings", async () => {
  for (const address of [
    "https://evil.example.net/",
    "//evil.example.net",
    "/\\evil.example.net",
    "javascript:x",
    "/a?b",
  ])
    assert.equal(
      (await town.visitor().signIn(`/sign-in?return=${encodeURIComponent(address)}`)).location,
      "/settings",
      address,
    );
});

test("an answer that nobody waits for, of another browser, or a second time signs nobody in", async () => {
  const visitor = town.visitor();
  const { location } = await visitor.get("/sign-in");
  const sent = await fetch(location ?? "", { redirect: "manual" });
  const target = new URL(sent.headers.get("location") ?? "");
  const path = target.pathname + target.search;
  assert.equal((await town.visitor().get(path)).status, 400);
  assert.equal((await visitor.get(path.replace(/state=[^&]+/, "state=other"))).status, 400);
  assert.equal((await visitor.get(path.replace(/code=[^&]+/, "code=other"))).status, 400);
  assert.equal((await visitor.get(path)).status, 400, "the pending sign-in was used up");
  assert.equal(visitor.cookies.has("session"), false);
  const signed = await signedIn();
  assert.equal((await signed.get(path)).location, "/settings", "the back button of somebody signed in");
});

test("signing in from two tabs at once works in both", async () => {
  const visitor = town.visitor();
  const [first, second] = [await visitor.get("/sign-in?return=/settings/mails"), await visitor.get("/sign-in")];
  for (const [{ location }, expected] of [
    [second, "/settings"],
    [first, "/settings/mails"],
  ] as const) {
    const sent = await fetch(location ?? "", { redirect: "manual" });
    const target = new URL(sent.headers.get("location") ?? "");
    assert.equal((await visitor.get(target.pathname + target.search)).location, expected);
  }
});

test("a changed, foreign or empty cookie is nobody's", async () => {
  const visitor = await signedIn();
  const session = visitor.cookies.get("session") ?? "";
  const pending = town.visitor();
  await pending.get("/sign-in");
  const flip = (at: number) => session.slice(0, at) + (session[at] === "A" ? "B" : "A") + session.slice(at + 1);
  const bad = ["", "x", "a.b.c.d.e", session.slice(0, -4), `${session}A`, pending.cookies.get("sign-in") ?? ""];
  for (const value of [...bad, ...[5, 60, 100, session.length - 30, session.length - 2].map(flip)]) {
    visitor.cookies.set("session", value);
    assert.equal((await visitor.get("/settings")).status, 303, value.slice(0, 20));
  }
});

test("a cookie sealed with the old secret counts until the secret is gone", async () => {
  const visitor = await signedIn();
  const at = (secrets: string[]) => {
    const other = openFront(town.back, town.auth, { secrets }).visitor();
    other.cookies.set("session", visitor.cookies.get("session") ?? "");
    return other.get("/settings");
  };
  assert.equal((await at(["a new secret for sessions", "a secret for sessions in tests"])).status, 200);
  assert.equal((await at(["a new secret for sessions"])).status, 303);
});

test("the cookie shows nothing, and is bound to the host over https", async () => {
  const visitor = await signedIn();
  const cookie = visitor.cookies.get("session") ?? "";
  assert.equal(cookie.split(".").length, 5);
  assert.doesNotMatch(Buffer.from(cookie, "base64url").toString("latin1"), /person-/);
  const secure = openFront(town.back, town.auth, { url: "https://front.example.org" });
  const seen = await secure.visitor().get("/sign-in");
  const line = seen.headers.getSetCookie()[0] ?? "";
  assert.match(line, /^__Host-sign-in=.+; Path=\/; HttpOnly; Secure; SameSite=Lax|^__Host-sign-in=/);
  for (const part of ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"]) assert.ok(line.includes(part), part);
});

test("a token near its end is renewed once for all requests of a page, and the new cookie goes on", async () => {
  town.auth.tokenSeconds = 10;
  const visitor = await signedIn();
  town.auth.tokenSeconds = 300;
  const before = town.auth.asked.refreshes;
  const seen = await Promise.all(
    ["", "/donations", "/mails", "/profile"].map((path) => visitor.get(`/settings${path}`)),
  );
  assert.deepEqual(
    seen.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  assert.equal(town.auth.asked.refreshes, before + 1);
  await visitor.get("/settings");
  assert.equal(town.auth.asked.refreshes, before + 1);
});

test("a session that auth has ended says so and offers to sign in", async () => {
  town.auth.tokenSeconds = 10;
  const visitor = await signedIn();
  town.auth.refreshTokens.clear();
  const seen = await visitor.get("/settings/profile");
  assert.equal(seen.status, 401);
  assert.match(seen.text, /href="\/sign-in\?return=%2Fsettings%2Fprofile"/);
  assert.equal(visitor.cookies.has("session"), false);
});

test("a token that back takes no more ends the session", async () => {
  const visitor = await signedIn();
  await visitor.get("/settings");
  for (const { token } of town.back.calls) town.back.refusedTokens.add(token);
  assert.equal((await visitor.get("/settings")).status, 401);
  assert.equal(visitor.cookies.has("session"), false);
});

test("while auth is away pages go on, signing in says so, and it works again by itself", async () => {
  town.auth.down = true;
  const fresh = openFront(town.back, town.auth);
  const visitor = fresh.visitor();
  assert.equal((await visitor.get("/donate")).status, 200);
  const seen = await visitor.get("/sign-in");
  assert.equal(seen.status, 503);
  assert.ok(seen.headers.get("retry-after"));
  assert.equal((await visitor.get("/payonline/EX427")).status, 503);
  town.auth.down = false;
  assert.equal((await visitor.get("/sign-in")).status, 302);
});

test("front's own token is asked for once, and anew when back takes it no more", async () => {
  town.back.payables.set("EX1", { reference: "EX1", kind: "person", amount: null, interval: null, ended: false });
  const fresh = openFront(town.back, town.auth).visitor();
  const before = town.auth.asked.programTokens;
  for (let time = 0; time < 3; time += 1) await fresh.get("/payonline/EX1");
  assert.equal(town.auth.asked.programTokens, before + 1);
  for (const { token } of town.back.calls) town.back.refusedTokens.add(token);
  assert.equal((await fresh.get("/payonline/EX1")).status, 200);
  assert.equal(town.auth.asked.programTokens, before + 2);
});

test("signing out ends it here and at auth; everywhere also ends it at back", async () => {
  const visitor = await signedIn();
  const seen = await visitor.post("/sign-out", { everywhere: "1" });
  const target = new URL(seen.location ?? "");
  assert.equal(target.origin + target.pathname, `${town.auth.url}/session/end`);
  assert.equal(target.searchParams.get("post_logout_redirect_uri"), "http://front.example.org/signed-out");
  assert.ok(target.searchParams.get("id_token_hint"));
  assert.equal(town.back.called("people.signOutEverywhere").length, 1);
  assert.equal((await visitor.get("/settings")).status, 303);
  assert.equal((await town.visitor().post("/sign-out", {})).location, "/signed-out");
  assert.equal((await visitor.get("/sign-out")).status, 404);
});
