// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// People see what they allowed services of others, and what they take back ends at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { backResource } from "@cdb/api/scopes.ts";
import { decodeJwt } from "jose";
import * as oidc from "openid-client";
import { openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const services = `${auth.issuer}/account/services`;
const front = await openClient(auth.issuer);
await auth.addClient({
  ...{ client_id: "wiki", client_name: "Wiki", client_secret: "wikisecretwikisecret", first_party: false },
  ...{ redirect_uris: [front.redirectUri], grant_types: ["authorization_code", "refresh_token"] },
  person_scopes: ["self:read"],
});
const wiki = await openClient(auth.issuer, "wiki", "wikisecretwikisecret");

test("what is taken back ends the service's tokens, and the service asks anew", async () => {
  const person = await auth.addPerson("Ada", password);
  const browser = openBrowser(auth.issuer);
  const begun = await wiki.begin({ resource: backResource, scope: "openid self:read" });
  const question = await signInByPassword(browser, begun.url, "ada", password);
  const tokens = await begun.take(await browser.submit(question, { allow: "yes" }));
  const page = await browser.open(services);
  assert.match(page.text, /<h2 id="c-wiki">Wiki<\/h2>[\s\S]*see your data/);
  await browser.send(services, { client: "front" });
  assert.match((await browser.submit(page)).text, /You have not allowed any service/);
  await assert.rejects(oidc.refreshTokenGrant(wiki.config, tokens.refresh_token ?? ""), { error: "invalid_grant" });
  await auth.auth.tasks.finished();
  assert.ok(auth.back.events.some(({ uuid, kind }) => uuid === person.uuid && kind === "access-allowed"));
  const withdrawn = auth.back.events.filter(({ uuid, kind }) => uuid === person.uuid && kind === "access-withdrawn");
  assert.deepEqual(
    withdrawn.map(({ clientId, endedGrants }) => [clientId, endedGrants]),
    [["wiki", [decodeJwt(tokens.access_token).grant_id]]],
  );
  const again = await browser.open((await wiki.begin({ scope: "openid" })).url);
  assert.match(again.text, /<h1>Allow Wiki\?<\/h1>/);
});
