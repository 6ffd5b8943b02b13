// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What back has auth end is over everywhere, told late or twice it harms nobody, and who is erased is forgotten.
import assert from "node:assert/strict";
import { test } from "node:test";
import { endSignIns, listSignIns } from "@cdb/api/sign-ins.ts";
import { openAuth } from "@cdb/back/auth.ts";
import * as oidc from "openid-client";
import { backSecret, openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
const back = openAuth({ AUTH_URL: auth.issuer, BACK_CLIENT_SECRET: backSecret });

async function signIn(name: string) {
  const { uuid } = await auth.addPerson(name, password);
  const browser = openBrowser(auth.issuer);
  const begun = await front.begin();
  const tokens = await begun.take(await signInByPassword(browser, begun.url, name.toLowerCase(), password));
  const refresh = () => oidc.refreshTokenGrant(front.config, tokens.refresh_token ?? "");
  return { uuid, browser, refresh };
}

test("every sign-in of before ends, told once or twice, and the person hears of it once", async () => {
  const { uuid, browser, refresh } = await signIn("Ada");
  const body = { uuid, at: new Date(Date.now() + 1_000).toISOString() };
  await Promise.all([1, 2, 3].map(() => back.call(endSignIns, { body })));
  assert.match((await browser.open(`${auth.issuer}/account`)).url, /\/sign-in\//);
  await assert.rejects(refresh(), { error: "invalid_grant" });
  await auth.auth.tasks.finished();
  const events = auth.back.events.filter((event) => event.uuid === uuid && event.kind === "sessions-ended");
  assert.deepEqual(
    events.map(({ at }) => at),
    [body.at],
  );
});

test("told late, it ends nothing that began since", async () => {
  const { uuid, browser, refresh } = await signIn("Bob");
  await back.call(endSignIns, { body: { uuid, at: new Date(Date.now() - 60_000).toISOString() } });
  assert.equal((await browser.open(`${auth.issuer}/account`)).url, `${auth.issuer}/account`);
  assert.ok((await refresh()).access_token);
  const { sessions } = await back.call(listSignIns, { body: { uuid } });
  assert.deepEqual(
    sessions.map(({ clientIds }) => clientIds),
    [["front"]],
  );
});

test("of who is erased auth keeps nothing", async () => {
  const { uuid } = await signIn("Cleo");
  await auth.auth.tasks.finished();
  const at = new Date(Date.now() + 1_000).toISOString();
  await back.call(endSignIns, { body: { uuid, at, forget: true } });
  await auth.auth.tasks.finished();
  const { rows } = await auth.pool.query(
    "select table_name from information_schema.columns where column_name = 'account_id' and table_schema = 'public'",
  );
  assert.ok(rows.length >= 7);
  for (const { table_name: table } of rows)
    assert.equal(
      (await auth.pool.query(`select from ${table} where account_id::text = $1`, [uuid])).rowCount,
      0,
      table,
    );
});
