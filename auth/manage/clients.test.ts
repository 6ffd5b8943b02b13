// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Clients as administrators manage them: of every kind, in force at once, with words for every mistake.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as api from "@cdb/api/clients.ts";
import type { Input } from "@cdb/api/operation.ts";
import type { ProblemError } from "@cdb/api/problems.ts";
import { openAuth } from "@cdb/back/auth.ts";
import { listen } from "@cdb/runtime/serve.ts";
import { exportJWK, generateKeyPair } from "jose";
import * as oidc from "openid-client";
import { backSecret, frontUrl, openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

type Wish = Input<typeof api.addClient>["body"];

const password = "correct horse battery staple";
const auth = await startAuth();
const manager = openAuth({ AUTH_URL: auth.issuer, BACK_CLIENT_SECRET: backSecret });
const redirect_uris = [`${frontUrl}/signed-in`];
const query = { by: "ada" };
const add = (body: Wish) => manager.call(api.addClient, { query, body });
const change = (id: string, body: Input<typeof api.changeClient>["body"]) =>
  manager.call(api.changeClient, { params: { id }, query, body });
const rotate = (id: string, overlap_hours: number) =>
  manager.call(api.rotateClientSecret, { params: { id }, query, body: { overlap_hours } });
const remove = (id: string) => manager.call(api.removeClient, { params: { id }, query });
const program: Omit<Wish, "client_id"> = {
  client_name: "Program",
  grant_types: ["client_credentials"],
  program_scopes: ["payments:start"],
};

async function proves(id: string, secret: string): Promise<boolean> {
  const { config } = await openClient(auth.issuer, id, secret);
  return oidc.clientCredentialsGrant(config, { scope: "payments:start" }).then(
    () => true,
    (error) => {
      assert.ok(error.status === 401, String(error));
      return false;
    },
  );
}

/** The fields that are named as wrong. */
async function refusedFields(call: Promise<unknown>): Promise<string[]> {
  const { problem } = (await call.then(
    () => assert.fail("it was taken"),
    (error: unknown) => error,
  )) as ProblemError;
  assert.equal(problem.status, 422, JSON.stringify(problem));
  for (const { detail } of problem.fields ?? []) assert.ok(detail.length > 10 && !detail.includes("evil"), detail);
  return problem.fields?.map(({ field }) => field) ?? [];
}

test("a secret is told once, proves the client at once, and is kept as a hash", async () => {
  const { client, client_secret: secret } = await add({ client_id: "import", ...program });
  assert.ok(secret && secret.length >= 32);
  assert.equal(await proves("import", secret), true);
  assert.equal(await proves("import", "0".repeat(64)), false);
  const shown = await manager.call(api.showClient, { params: { id: "import" } });
  assert.deepEqual(shown.client, client);
  assert.ok(!JSON.stringify(shown).includes('"client_secret"'));
  const { rows } = await auth.pool.query("select metadata::text as text from client where id = 'import'");
  assert.ok(!rows[0].text.includes(secret));
  assert.deepEqual(
    shown.changes.map(({ verb, by }) => `${verb} by ${by}`),
    ["added by ada"],
  );
});

test("after a rotation the secret before is taken until its hours are over", async () => {
  const first = (await add({ client_id: "sync", ...program })).client_secret ?? "";
  const { client, client_secret: second } = await rotate("sync", 24);
  assert.ok(Date.parse(client.old_secret_until ?? "") > Date.now() + 23 * 3_600_000);
  assert.deepEqual([await proves("sync", first), await proves("sync", second ?? "")], [true, true]);
  await auth.pool.query(
    "update client set metadata = jsonb_set(metadata, '{old_secret,until}', '1000') where id = 'sync'",
  );
  assert.deepEqual([await proves("sync", first), await proves("sync", second ?? "")], [false, true]);
  const { client: at, client_secret: third } = await rotate("sync", 0);
  assert.equal(at.old_secret_until, null);
  assert.deepEqual([await proves("sync", second ?? ""), await proves("sync", third ?? "")], [false, true]);
});

test("of several rotations at once each secret is told, and the last two count", async () => {
  await add({ client_id: "busy", ...program });
  const told = await Promise.all([1, 2, 3, 4, 5].map(() => rotate("busy", 1)));
  const counts = await Promise.all(told.map(({ client_secret }) => proves("busy", client_secret ?? "")));
  assert.equal(counts.filter(Boolean).length, 2);
});

test("of two who add the same client one is told so; a client of the settings is nobody's to add or change", async () => {
  const both = await Promise.allSettled([1, 2].map(() => add({ client_id: "twice", ...program })));
  const refused = both.filter((each) => each.status === "rejected").map(({ reason }) => reason.problem.code);
  assert.deepEqual(refused, ["client-known"]);
  for (const id of ["front", "back", "account", "auth"]) {
    await assert.rejects(add({ client_id: id, ...program }), { message: /409 client-known/ });
    for (const call of [() => change(id, { pkce_required: false }), () => rotate(id, 1), () => remove(id)])
      await assert.rejects(call(), { message: /404 client-unknown/ });
  }
});

test("a public client signs people in with PKCE and no secret", async () => {
  const { client_secret } = await add({
    client_id: "app",
    client_name: "App",
    application_type: "native",
    redirect_uris: ["http://127.0.0.1/callback"],
    token_endpoint_auth_method: "none",
    first_party: true,
  });
  assert.equal(client_secret, null);
  await auth.addPerson("Bob", password);
  const app = await openClient(auth.issuer, "app", "", "http://127.0.0.1:49152/callback");
  const begun = await app.begin();
  const browser = openBrowser(auth.issuer);
  // Whatever listens on the loopback address may call itself this app: the person decides, each time.
  const question = await signInByPassword(browser, begun.url, "bob", password);
  assert.match(question.text, /Allow App\?/);
  assert.ok((await begun.take(await browser.submit(question, { allow: "yes" }))).id_token);
});

test("a client may prove itself with its own key, and choose how its ID tokens are signed", async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk = { ...((await exportJWK(publicKey)) as Record<string, string>), kid: "1" };
  await auth.addPerson("Cleo", password);
  for (const alg of ["RS256", "ES256", "EdDSA"] as const) {
    const client_id = `keyed-${alg}`;
    const { client_secret } = await add({
      ...{ client_id, redirect_uris, first_party: true, id_token_signed_response_alg: alg },
      ...{ token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [jwk] } },
    });
    assert.equal(client_secret, null);
    const proof = oidc.PrivateKeyJwt({ key: privateKey, kid: "1" });
    const keyed = await openClient(auth.issuer, client_id, proof, redirect_uris[0]);
    const begun = await keyed.begin();
    const tokens = await begun.take(await signInByPassword(openBrowser(auth.issuer), begun.url, "cleo", password));
    const header = JSON.parse(Buffer.from(tokens.id_token?.split(".")[0] ?? "", "base64url").toString());
    assert.equal(header.alg, alg);
    const { keys } = await (await fetch(`${auth.issuer}/jwks`)).json();
    assert.equal(keys.find(({ kid }: { kid: string }) => kid === header.kid)?.alg, alg);
  }
});

test("a client that publishes its keys may change them; what it signed with the old ones is refused", async () => {
  const pairs = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
  let current = pairs[0];
  const listening = await listen(async () => Response.json({ keys: [await exportJWK(current.publicKey)] }), 0);
  after(listening.stop);
  const jwks_uri = `http://127.0.0.1:${listening.port}/jwks`;
  await add({ client_id: "turning", ...program, token_endpoint_auth_method: "private_key_jwt", jwks_uri });
  const proves = async ({ privateKey }: typeof current) => {
    const { config } = await openClient(auth.issuer, "turning", oidc.PrivateKeyJwt(privateKey));
    const asked = oidc.clientCredentialsGrant(config, { scope: "payments:start" });
    return asked.then(
      () => 200,
      ({ status }) => status,
    );
  };
  assert.deepEqual([await proves(pairs[0]), await proves(pairs[1])], [200, 401]);
  current = pairs[1];
  await change("turning", { client_name: "Turned" });
  assert.deepEqual([await proves(pairs[1]), await proves(pairs[0])], [200, 401]);
});

test("a change takes effect at once, and null takes a field back", async () => {
  await add({ client_id: "wiki", first_party: true, redirect_uris });
  const begin = async (path: string) => {
    const address = new URL(`${auth.issuer}/authorize?client_id=wiki&response_type=code&scope=openid`);
    address.searchParams.set("redirect_uri", frontUrl + path);
    for (const [name, value] of [
      ["code_challenge", "x".repeat(43)],
      ["code_challenge_method", "S256"],
    ] as const)
      address.searchParams.set(name, value);
    return (await openBrowser(auth.issuer).open(address.href)).status;
  };
  assert.deepEqual([await begin("/signed-in"), await begin("/elsewhere")], [200, 400]);
  await change("wiki", { redirect_uris: [`${frontUrl}/elsewhere`], client_name: "Wiki" });
  assert.deepEqual([await begin("/signed-in"), await begin("/elsewhere")], [400, 200]);
  const { client } = await change("wiki", { client_name: null });
  assert.equal(client.client_name, undefined);
  assert.deepEqual(await refusedFields(change("wiki", { first_party: false })), ["client_name"]);
});

test("who had no secret gets one when it needs one, and loses it when it needs none", async () => {
  const both = { redirect_uris, first_party: true };
  await add({ client_id: "turns", ...both, token_endpoint_auth_method: "none" });
  const { client_secret } = await change("turns", { token_endpoint_auth_method: "client_secret_post" });
  assert.ok(client_secret);
  assert.equal((await change("turns", { client_name: "Turns" })).client_secret, null, "it keeps the one it has");
  await change("turns", { token_endpoint_auth_method: "none" });
  await assert.rejects(rotate("turns", 1), { message: /409 client-has-no-secret/ });
});

test("each mistake is named by its field, in words", async () => {
  const wrongUris = [
    ...["http://wiki.example.org/cb", "https://evil@wiki.example.org/", "https://wiki.example.org/#x"],
    ...["https://*.example.org/", "wiki.example.org", "javascript:alert(1)", "http:localhost", "https://wiki .org/"],
    ...["https://münchen.example.org/", "http://localhost.evil.org/", "ftp://localhost/"],
  ];
  for (const wrong of wrongUris)
    assert.deepEqual(
      await refusedFields(add({ client_id: "w", first_party: true, redirect_uris: [...redirect_uris, wrong] })),
      ["redirect_uris.1"],
      wrong,
    );
  const right: Wish = { client_id: "w", first_party: true, redirect_uris };
  const wishes: [string, Partial<Wish>][] = [
    ["redirect_uris", { redirect_uris: [] }],
    ["redirect_uris", { grant_types: ["client_credentials"] }],
    ["post_logout_redirect_uris.0", { post_logout_redirect_uris: ["/out"] }],
    ["backchannel_logout_uri", { backchannel_logout_uri: "http://wiki.internal/out" }],
    ["backchannel_logout_session_required", { backchannel_logout_session_required: true }],
    ["jwks", { token_endpoint_auth_method: "private_key_jwt" }],
    ["jwks", { jwks_uri: "https://wiki.example.org/jwks" }],
    ["token_endpoint_auth_signing_alg", { token_endpoint_auth_signing_alg: "ES256" }],
    ["pkce_required", { token_endpoint_auth_method: "none", pkce_required: false }],
    ["grant_types", { token_endpoint_auth_method: "none", grant_types: ["authorization_code", "client_credentials"] }],
    ["grant_types", { redirect_uris: [], grant_types: ["refresh_token"] }],
    ["scope", { scope: "openid phone" }],
    ["scope", { scope: "email" }],
    ["program_scopes", { program_scopes: ["payments:start"] }],
    ["resource_scopes", { resource_scopes: { "https://nothing.example.org": ["read"] } }],
    ["subject_type", { subject_type: "pairwise", person_scopes: ["self:read"] }],
    [
      "sector_identifier_uri",
      { subject_type: "pairwise", redirect_uris: [...redirect_uris, "https://b.example.org/"] },
    ],
    ["client_name", { first_party: false }],
    ["person_scopes", { first_party: false, client_name: "W", person_scopes: ["people:read"] }],
    ["", { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [{ kty: "oct", k: "evil" }] } }],
    ["", { initiate_login_uri: "http://localhost/start" }],
  ];
  for (const [field, wish] of wishes)
    assert.deepEqual(await refusedFields(add({ ...right, ...wish })), [field], JSON.stringify(wish));
  const shapes = [{ client_id: "a b" }, { grant_types: ["password"] }, { client_secret: "mine" }, { jwks: {} }];
  for (const wish of shapes) await refusedFields(add({ ...right, ...wish } as Wish));
  await assert.rejects(manager.call(api.showClient, { params: { id: "w" } }), { message: /404/ });
});

test("who was ours and is a stranger's now asks people before it gets anything more", async () => {
  await auth.addPerson("Ivy", password);
  const wish = { redirect_uris, client_name: "Sold", grant_types: ["authorization_code", "refresh_token"] } as const;
  const body = { ...wish, grant_types: [...wish.grant_types], redirect_uris };
  const { client_secret } = await add({ client_id: "sold", first_party: true, ...body });
  const sold = await openClient(auth.issuer, "sold", client_secret ?? "");
  const browser = openBrowser(auth.issuer);
  const begun = await sold.begin();
  const tokens = await begun.take(await signInByPassword(browser, begun.url, "ivy", password));
  await change("sold", { first_party: false });
  await assert.rejects(oidc.refreshTokenGrant(sold.config, tokens.refresh_token ?? ""), { error: "invalid_grant" });
  assert.match((await browser.open((await sold.begin()).url)).text, /Allow Sold\?/);
});

test("with a client goes what was handed out to it", async () => {
  await auth.addPerson("Dan", password);
  const wish = { redirect_uris, first_party: true, grant_types: ["authorization_code", "refresh_token"] } as const;
  const { client_secret } = await add({ client_id: "gone", ...wish, grant_types: [...wish.grant_types] });
  const gone = await openClient(auth.issuer, "gone", client_secret ?? "");
  const browser = openBrowser(auth.issuer);
  const begun = await gone.begin();
  const tokens = await begun.take(await signInByPassword(browser, begun.url, "dan", password));
  await remove("gone");
  await assert.rejects(oidc.refreshTokenGrant(gone.config, tokens.refresh_token ?? ""));
  assert.equal((await browser.open(begun.url)).status, 400);
  const { rows } = await auth.pool.query("select from artifact where client_id = 'gone'");
  assert.equal(rows.length, 0);
  const again = (await add({ client_id: "gone", ...wish, grant_types: [...wish.grant_types] })).client_secret ?? "";
  const namesake = await openClient(auth.issuer, "gone", again);
  await assert.rejects(oidc.refreshTokenGrant(namesake.config, tokens.refresh_token ?? ""), { error: "invalid_grant" });
  const anew = await namesake.begin();
  assert.ok((await anew.take(await browser.open(anew.url))).id_token, "the person's sign-in goes on");
});

test("a client that is removed while somebody signs in leaves a page with a way forward", async () => {
  await auth.addPerson("Eva", password);
  const { client_secret } = await add({ client_id: "hasty", redirect_uris, client_name: "Hasty" });
  const hasty = await openClient(auth.issuer, "hasty", client_secret ?? "");
  const begun = await Promise.all([1, 2, 3].map(() => hasty.begin()));
  const [early, late, asked] = [1, 2, 3].map(() => openBrowser(auth.issuer));
  const form = await early?.open(begun[0]?.url ?? "");
  const question = await signInByPassword(asked ?? assert.fail(), begun[2]?.url ?? "", "eva", password);
  assert.match(question.text, /Allow Hasty/);
  const signedIn = await signInByPassword(late ?? assert.fail(), begun[1]?.url ?? "", "eva", password);
  await remove("hasty");
  const pages = [
    await early?.submit(form ?? assert.fail(), { identifier: "eva", password }),
    await early?.open(form?.url ?? ""),
    await late?.submit(signedIn, { allow: "yes" }),
    await asked?.open(question.url),
  ];
  for (const page of pages) {
    assert.ok(page && page.status >= 400 && page.status < 500, `${page?.status} ${page?.url}`);
    assert.match(page.text, /Go on to our site/);
  }
});
