// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a client is told of a token, and what it is not told.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as oidc from "openid-client";
import { openBrowser, openClient, signInByPassword, startAuth } from "./test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);

async function introspect(name: string, scope: string) {
  const person = await auth.addPerson(name, password);
  const begun = await front.begin({ scope });
  const landing = await signInByPassword(openBrowser(auth.issuer), begun.url, name.toLowerCase(), password);
  const { access_token: token } = await begun.take(landing);
  return { person, told: await oidc.tokenIntrospection(front.config, token), token };
}

test("a client that may see the profile is told the username of its token's owner", async () => {
  const { person, told } = await introspect("Ada", "openid profile");
  assert.deepEqual([told.active, told.username, told.sub, told.client_id], [true, "ada", person.uuid, "front"]);
});

test("no other client is told it, and no scope but that tells it", async () => {
  const { told, token } = await introspect("Bob", "openid email");
  assert.deepEqual([told.active, told.username], [true, undefined]);
  await auth.addClient({
    client_id: "wiki",
    client_secret: "wikisecretwikisecret",
    redirect_uris: [front.redirectUri],
  });
  const wiki = await openClient(auth.issuer, "wiki", "wikisecretwikisecret");
  assert.deepEqual(await oidc.tokenIntrospection(wiki.config, token), { active: false });
});
