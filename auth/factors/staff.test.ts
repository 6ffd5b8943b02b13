// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Scopes of the staff: in a token of who has them, for a client that may, after a sign-in with two factors.
import assert from "node:assert/strict";
import { test } from "node:test";
import { backResource } from "@cdb/api/scopes.ts";
import { decodeJwt } from "jose";
import * as oidc from "openid-client";
import { Secret, TOTP } from "otpauth";
import { frontUrl, openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const clientSecret = "desksecretdesksecret";
const client = { redirect_uris: [`${frontUrl}/signed-in`], grant_types: ["authorization_code", "refresh_token"] };
for (const [client_id, person_scopes] of [
  ["desk", ["self:read", "people:read", "payments:read"]],
  ["site", ["self:read"]],
] as const)
  await auth.addClient({ ...client, client_id, client_secret: clientSecret, person_scopes: [...person_scopes] });
const [desk, site] = await Promise.all(["desk", "site"].map((id) => openClient(auth.issuer, id, clientSecret)));

/** A person who signed in with password and code, or is asked for nothing more. */
async function signIn(at = desk, name: string, staffScopes: string[], hasApp: boolean) {
  if (!at) throw new Error("no client");
  const person = await auth.addPerson(name, password);
  person.staffScopes = staffScopes;
  const { apps } = auth.auth.secondFactor;
  const { text, sealed } = apps.begin(person.uuid, name);
  const totp = new TOTP({ secret: Secret.fromBase32(text.replaceAll(" ", "")) });
  if (hasApp) await apps.confirm(person.uuid, { sealed, code: totp.generate(), name: "Phone", onlyFirst: true });
  const scope = "openid offline_access self:read people:read payments:read";
  const begun = await at.begin({ scope, resource: backResource });
  const browser = openBrowser(auth.issuer);
  const page = await signInByPassword(browser, begun.url, name.toLowerCase(), password);
  const code = totp.generate({ timestamp: Date.now() + 30_000 });
  return { person, tokens: await begun.take(hasApp ? await browser.send(page.url, { code }) : page) };
}

const scopesOf = ({ access_token }: { access_token: string }) =>
  String(decodeJwt(access_token).scope).split(" ").sort();

test("who has one and two factors bears it; what they do not have is left out", async () => {
  const { tokens } = await signIn(desk, "Ada", ["people:read"], true);
  assert.deepEqual(scopesOf(tokens), ["people:read", "self:read"]);
});

test("who has none bears none, with two factors or one", async () => {
  assert.deepEqual(scopesOf((await signIn(desk, "Bob", [], true)).tokens), ["self:read"]);
  assert.deepEqual(scopesOf((await signIn(desk, "Cleo", [], false)).tokens), ["self:read"]);
});

test("a client that may not ask gets none of them", async () => {
  const { tokens } = await signIn(site, "Dan", ["people:read"], true);
  assert.deepEqual(scopesOf(tokens), ["self:read"]);
});

test("a refresh gives what the person has by then", async () => {
  const { person, tokens } = await signIn(desk, "Eva", ["people:read", "payments:read"], true);
  const refresh = async (token = "") =>
    oidc.refreshTokenGrant((desk as NonNullable<typeof desk>).config, token, { resource: backResource });
  person.staffScopes = ["payments:read"];
  const second = await refresh(tokens.refresh_token);
  assert.deepEqual(scopesOf(second), ["payments:read", "self:read"]);
  person.staffScopes = [];
  assert.deepEqual(scopesOf(await refresh(second.refresh_token)), ["self:read"]);
});

test("a sign-in of before somebody joined the staff has one factor, and its refresh tokens gain nothing", async () => {
  const { person, tokens } = await signIn(desk, "Finn", [], false);
  person.staffScopes = ["people:read"];
  const config = (desk as NonNullable<typeof desk>).config;
  const second = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? "", { resource: backResource });
  assert.deepEqual(scopesOf(second), ["self:read"]);
});
