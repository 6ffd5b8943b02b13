// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What auth keeps is of no use to whoever reads the database, and goes when its time is over.
import assert from "node:assert/strict";
import { test } from "node:test";
import { backResource } from "@cdb/api/scopes.ts";
import { refreshTokenGrant } from "openid-client";
import { sha256 } from "./secrets.ts";
import { Sessions } from "./sessions.ts";
import { frontSecret, openBrowser, openClient, signInByPassword, startAuth } from "./test/start.ts";

const auth = await startAuth();
const front = await openClient(auth.issuer);

async function everythingStored(): Promise<string> {
  const tables = ["artifact", "login_link", "client", "throttle", "signing_key"];
  const rows = await Promise.all(tables.map((table) => auth.pool.query(`select t::text as row from ${table} t`)));
  return JSON.stringify(rows.flatMap(({ rows }) => rows));
}

test("no cookie, code, token, secret or address of a network stands in the database", async () => {
  await auth.addPerson("Ada", "correct horse battery staple");
  const browser = openBrowser(auth.issuer);
  browser.headers["X-Forwarded-For"] = "192.0.2.77";
  const begun = await front.begin({ resource: backResource, scope: "openid self:read" });
  const page = await signInByPassword(browser, begun.url, "ada", "correct horse battery staple");
  const { refresh_token } = await begun.take(page);
  await auth.addClient({
    client_id: "wiki",
    client_secret: "wikisecretwikisecret",
    redirect_uris: ["https://wiki.example.org/"],
  });
  await browser.open((await front.begin({ prompt: "login" })).url);
  const secrets = {
    session: browser.cookie("auth-session"),
    code: new URL(page.url).searchParams.get("code"),
    refresh_token,
    client: "wikisecretwikisecret",
    front: frontSecret,
    password: "correct horse",
    network: "192.0.2.77",
    key: '"d":',
  };
  const stored = await everythingStored();
  for (const [name, secret] of Object.entries(secrets)) {
    assert.ok(secret, name);
    assert.ok(!stored.includes(secret), name);
  }
});

test("what ended two hours ago is removed, and nothing else", async () => {
  const count = async () => (await auth.pool.query<{ count: string }>("select count(*) from artifact")).rows[0]?.count;
  await auth.auth.store.purge();
  await auth.pool.query(`insert into artifact (model, id_hash, payload, expires_at)
    select 'Session', sha256(i::text::bytea), '{}', now() - interval '121 minutes' from generate_series(1, 2500) i`);
  const before = Number(await count());
  assert.equal(await auth.auth.store.purge(), 2500);
  assert.equal(Number(await count()), before - 2500);
});

test("with a session that nobody used goes all that hung on it, but not what is for times of absence", async () => {
  const { uuid } = await auth.addPerson("Cleo", "correct horse battery staple");
  const arrive = async (wish: Record<string, string>) => {
    const begun = await front.begin(wish);
    const browser = openBrowser(auth.issuer);
    return begun.take(await signInByPassword(browser, begun.url, "cleo", "correct horse battery staple"));
  };
  let tokens = await arrive({ scope: "openid" });
  for (let round = 0; round < 3; round += 1)
    tokens = await refreshTokenGrant(front.config, tokens.refresh_token ?? assert.fail());
  const absent = await arrive({ scope: "openid offline_access", prompt: "consent" });
  await auth.pool.query(
    "update artifact set expires_at = now() - interval '121 minutes' where model = 'Session' and account_id = $1",
    [uuid],
  );
  await auth.auth.store.purge();
  const { rows } = await auth.pool.query<{ model: string }>("select model from artifact where account_id = $1", [uuid]);
  assert.deepEqual(rows.map(({ model }) => model).sort(), [
    "AccessToken",
    "AuthorizationCode",
    "Grant",
    "RefreshToken",
  ]);
  assert.ok((await refreshTokenGrant(front.config, absent.refresh_token ?? "")).access_token);
});

test("of two of one session that parted, as two windows do, the living one keeps what it gave", async () => {
  const adapter = (model: string) => auth.auth.store.adapterFor(model);
  const session = { uid: "parted", accountId: "somebody", authorizations: { front: { grantId: "given" } } };
  await adapter("Session").upsert("one window", session, 60);
  await adapter("Session").upsert("other window", session, 60);
  await adapter("Grant").upsert("given", { accountId: "somebody", clientId: "front" }, 60);
  const lieIdle = (id: string) =>
    auth.pool.query("update artifact set expires_at = now() - interval '121 minutes' where id_hash = $1", [sha256(id)]);
  await lieIdle("one window");
  await auth.auth.store.purge();
  assert.ok(await adapter("Grant").find("given"));
  await lieIdle("other window");
  await auth.auth.store.purge();
  assert.equal(await adapter("Grant").find("given"), undefined);
});

test("nothing that was ended comes back by a request that was under way", async () => {
  for (const model of ["Session", "Grant", "Interaction"]) {
    const adapter = auth.auth.store.adapterFor(model);
    const save = () => adapter.upsert("late", { uid: "late uid", accountId: "somebody" }, 60);
    await save();
    assert.ok(await adapter.find("late"));
    await adapter.destroy("late");
    await save();
    assert.equal(await adapter.find("late"), undefined, model);
    assert.equal(await adapter.findByUid("late uid"), undefined, model);
  }
});

test("a session that was ended does not come back under another id, by a request that was about to change it", async () => {
  const { uuid } = auth.back.addPerson("Bob", null);
  const sessions = new Sessions(auth.pool, auth.auth.clients, auth.auth.tasks, 7_200);
  const adapter = auth.auth.store.adapterFor("Session");
  const save = (id: string) => adapter.upsert(id, { uid: "of bob", accountId: uuid, exp: 4_000_000_000 }, 60);
  await save("first");
  await adapter.destroy("first");
  await save("second");
  assert.ok(await adapter.find("second"), "whoever proves something goes on under a new one");
  await sessions.end(uuid, "of bob", { uuid, kind: "session-ended" });
  await adapter.destroy("second");
  await save("third");
  assert.equal(await adapter.find("third"), undefined);
  assert.equal(await adapter.findByUid("of bob"), undefined);
});

test("a visitor who signs in nowhere leaves little behind, and not for long", async () => {
  const browser = openBrowser(auth.issuer);
  await browser.open(`${auth.issuer}/sign-out`);
  const { rows } = await auth.pool.query<{ seconds: number }>(
    `select extract(epoch from max(expires_at) - now())::int as seconds from artifact
     where model = 'Session' and account_id is null and expires_at > now()`,
  );
  assert.ok((rows[0]?.seconds ?? 0) <= 3_600, String(rows[0]?.seconds));
});

test("an assertion of a client counts once", async () => {
  const adapter = auth.auth.store.adapterFor("ReplayDetection");
  const use = () => adapter.upsert("wiki 1", { iss: "wiki" }, 60);
  const answers = await Promise.allSettled(Array.from({ length: 20 }, use));
  assert.equal(answers.filter(({ status }) => status === "fulfilled").length, 1);
});

interface Kept {
  accountId: string;
  clientId: string;
  openid?: { scope?: string; claims?: string[] };
  resources?: Record<string, string>;
  rejected?: { openid?: { scope?: string } };
}

test("a grant has what each of many requests added to it at once, and what was refused", async () => {
  const adapter = auth.auth.store.adapterFor("Grant");
  const scopes = Array.from({ length: 20 }, (_, index) => `scope-${index}`);
  await adapter.upsert("wide", { accountId: "ada", clientId: "front", openid: { scope: "openid" } }, 60);
  await Promise.all(
    scopes.map((scope, index) =>
      adapter.upsert(
        "wide",
        {
          ...{ accountId: "ada", clientId: "front", openid: { scope: `openid ${scope}`, claims: [`claim-${index}`] } },
          ...{ resources: { [`urn:${index % 2}`]: scope }, rejected: { openid: { scope } } },
        },
        60,
      ),
    ),
  );
  const grant = (await adapter.find("wide")) as Kept | undefined;
  const sorted = (text: unknown) => String(text).split(" ").sort();
  assert.deepEqual(sorted(grant?.openid?.scope), ["openid", ...scopes].sort());
  assert.equal(grant?.openid?.claims?.length, scopes.length);
  assert.deepEqual(
    Object.values(grant?.resources ?? {})
      .flatMap(sorted)
      .sort(),
    [...scopes].sort(),
  );
  assert.deepEqual(sorted(grant?.rejected?.openid?.scope), [...scopes].sort());
  assert.deepEqual([grant?.accountId, grant?.clientId], ["ada", "front"]);
});

test("a session knows every service, though several were opened at once", async () => {
  await auth.addPerson("Cleo", "correct horse battery staple");
  const ids = Array.from({ length: 6 }, (_, index) => `service-${index}`);
  for (const client_id of ids)
    await auth.addClient({
      ...{ client_id, client_secret: "wikisecretwikisecret", redirect_uris: [front.redirectUri] },
      backchannel_logout_uri: `http://127.0.0.1:9/${client_id}`,
    });
  const browser = openBrowser(auth.issuer);
  const { url } = await front.begin({ scope: "openid" });
  const landing = await signInByPassword(browser, url, "cleo", "correct horse battery staple");
  assert.ok(new URL(landing.url).searchParams.has("code"));
  const urls = await Promise.all(ids.map(async (client_id) => (await front.begin({ client_id, scope: "openid" })).url));
  for (const page of await Promise.all(urls.map((each) => browser.open(each))))
    assert.ok(new URL(page.url).searchParams.has("code"), page.text);
  const { rows } = await auth.pool.query<{ known: object }>(
    `select payload->'authorizations' as known from artifact
     where model = 'Session' and expires_at > now() and payload->'authorizations'->'service-0' is not null`,
  );
  assert.deepEqual(
    rows.map(({ known }) => Object.keys(known).sort()),
    [["front", ...ids]],
  );
});

test("what a service has for times of absence it has, though another window opened it without at once", async () => {
  const adapter = auth.auth.store.adapterFor("Session");
  const save = (front: object) =>
    adapter.upsert("two windows", { uid: "two", accountId: "somebody", authorizations: { front } as never }, 60);
  await save({ sid: "s", grantId: "g", persistsLogout: true });
  await save({ sid: "s", grantId: "g" });
  const { authorizations } = (await adapter.find("two windows")) ?? {};
  assert.deepEqual(authorizations, { front: { sid: "s", grantId: "g", persistsLogout: true } });
});

test("whatever state a sign-out is begun with, the session can be looked into", async () => {
  await auth.addPerson("Dan", "correct horse battery staple");
  const browser = openBrowser(auth.issuer);
  await signInByPassword(browser, (await front.begin({ scope: "openid" })).url, "dan", "correct horse battery staple");
  for (const state of ["a\0b", "\ud83e\udd84", "\\u0000"]) {
    const page = await browser.open(`${auth.issuer}/sign-out?client_id=front&${new URLSearchParams({ state })}`);
    assert.match(page.text, /<h1>Sign out\?<\/h1>/);
    const { rows } = await auth.pool.query<{ state: string }>(
      `select payload->'state'->>'state' as state from artifact
       where model = 'Session' and account_id is not null and payload->'state' is not null`,
    );
    assert.deepEqual(rows, [{ state: state.replace("\0", "\ufffd") }]);
  }
});
