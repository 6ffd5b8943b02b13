// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A process that is killed between ending a session and telling of it: the next one tells, for what ends and who is told are one.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { until } from "@cdb/dev/until.ts";
import { startProcesses } from "./test/processes.ts";
import { openBrowser, openClient, signInByPassword } from "./test/start.ts";

const password = "correct horse battery staple";
const auth = await startProcesses(1);

/** Does not answer while it is `deaf`; so the process that tells it is killed meanwhile. */
const service = { deaf: true, told: 0 };
const server = createServer((_request, response) => {
  if (service.deaf) return void server.emit("asked");
  service.told += 1;
  response.writeHead(204).end();
}).listen(0, "127.0.0.1");
await once(server, "listening");
after(() => {
  server.closeAllConnections();
  server.close();
});

async function signIn(name: string, area: string) {
  const person = await auth.addPerson(name, password);
  const metadata = {
    ...{ client_id: "wiki", client_name: "Wiki", redirect_uris: ["https://front.example.org/signed-in"] },
    ...{ token_endpoint_auth_method: "none", first_party: true, scope: "openid", pkce_required: true },
    backchannel_logout_uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  };
  await auth.pool.query("insert into client (id, metadata) values ('wiki', $1) on conflict do nothing", [metadata]);
  const wiki = await openClient(auth.issuer, "wiki", "");
  const browser = openBrowser(auth.issuer);
  await signInByPassword(browser, (await wiki.begin({ scope: "openid" })).url, name.toLowerCase(), password);
  return { uuid: person.uuid, browser, page: await browser.open(area) };
}

for (const [how, name, path, kind, fields] of [
  ["ended in the account area", "Ada", "/account/sign-ins", "sessions-ended", { end: "all" }],
  ["ended by the question whether to sign out", "Bob", "/sign-out", "signed-out", { logout: "yes" }],
] as const)
  test(`of sessions that are ${how} the clients and the person are told after the restart`, async () => {
    Object.assign(service, { deaf: true, told: 0 });
    const { uuid, browser, page } = await signIn(name, auth.issuer + path);
    assert.equal(page.status, 200);
    const asked = once(server, "asked", { signal: AbortSignal.timeout(30_000) });
    const ending = (path === "/sign-out" ? browser.submit(page, fields) : browser.send(page.url, fields)).catch(
      () => {},
    );
    await asked;
    await auth.kill(0);
    await ending;
    const { rows } = await auth.pool.query(
      "select payload::text from artifact where model = 'Session' and account_id is not null",
    );
    assert.deepEqual(rows, []);
    service.deaf = false;
    await auth.pool.query("update task set due_at = now() where due_at < 'infinity'");
    await auth.start(0);
    await until(async () => service.told === 1);
    await until(async () => auth.back.events.some((event) => event.uuid === uuid && event.kind === kind));
    assert.match((await browser.open(`${auth.issuer}/account/sign-ins`)).url, /\/sign-in\//);
  });
