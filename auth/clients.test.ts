// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a client may name, and what it is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as oidc from "openid-client";
import { openBrowser, openClient, signInByPassword, startAuth } from "./test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);

test("only addresses that a client named are called, however they were written", async () => {
  const { clients } = auth.auth;
  await auth.addClient({
    client_id: "wiki",
    redirect_uris: [front.redirectUri],
    token_endpoint_auth_method: "private_key_jwt",
    jwks_uri: "HTTPS://Wiki.example.org:443",
    backchannel_logout_uri: "https://wiki.example.org/a/../told?x=1",
  });
  for (const address of ["https://wiki.example.org/", "https://wiki.example.org/told?x=1"])
    assert.equal(await clients.isNamed(address), true, address);
  for (const address of ["https://wiki.example.org/told", "http://wiki.example.org/", front.redirectUri])
    assert.equal(await clients.isNamed(address), false, address);
});

test("a token of somebody who is blocked, or has signed out everywhere, is said to be of no use", async () => {
  for (const change of ["blocked", "signedOut"]) {
    const person = await auth.addPerson(`Ada${change}`, password);
    const begun = await front.begin();
    const browser = openBrowser(auth.issuer);
    const tokens = await begun.take(await signInByPassword(browser, begun.url, person.username ?? "", password));
    const given = [tokens.refresh_token ?? "", tokens.access_token];
    for (const token of given) assert.equal((await oidc.tokenIntrospection(front.config, token)).active, true);
    if (change === "blocked") person.blocked = true;
    else person.signedOutAt = new Date().toISOString();
    for (const token of given) assert.deepEqual(await oidc.tokenIntrospection(front.config, token), { active: false });
  }
});
