// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The log tells operators what happened, and nobody how to sign in as somebody, or who that is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import type { Log } from "@cdb/runtime/log.ts";
import { refreshTokenGrant } from "openid-client";
import { openBrowser, openClient, signInByPassword, startAuth } from "./test/start.ts";

const lines: string[] = [];
const note = (...said: unknown[]) => void lines.push(inspect(said, { depth: 8 }));
const log = { info: note, warn: note, error: note } as unknown as Log;
const password = "correct horse battery staple";

test("no password, token, code, cookie, name or address is in the log, whatever fails", async () => {
  const auth = await startAuth(undefined, undefined, {}, log);
  const front = await openClient(auth.issuer);
  const { uuid, email } = await auth.addPerson("Ada", password);
  const browser = openBrowser(auth.issuer);
  browser.headers["X-Forwarded-For"] = "203.0.113.77";
  const begun = await front.begin();
  const page = await signInByPassword(browser, begun.url, email, password);
  const tokens = await begun.take(page);
  const next = await refreshTokenGrant(front.config, tokens.refresh_token ?? "");
  const other = openBrowser(auth.issuer);
  const form = await other.open((await front.begin()).url);
  const coming = auth.back.mailFor(email);
  await other.submit(form, { identifier: email });
  const { link, code } = await coming;
  await other.open(link);
  await other.send(form.url, { identifier: email, password: "a wrong password" });
  for (const stray of [email, tokens.access_token, `${code}/x`]) await other.open(`${auth.issuer}/${stray}`);
  await auth.stopDirectory();
  await other.send(form.url, { identifier: email, password });
  auth.back.broken = true;
  await other.send(form.url, { identifier: email, password });
  await auth.auth.tasks.finished();
  const said = lines.join("\n");
  assert.match(said, /a request failed/);
  assert.match(said, /the directory did not check a password/);
  const secrets = {
    ...{ uuid, email, password, wrong: "a wrong password", network: "203.0.113.77", code, link: link.slice(-43) },
    ...{
      codeOfClient: new URL(page.url).searchParams.get("code") ?? "",
      session: browser.cookie("auth-session") ?? "",
    },
    ...{ access: tokens.access_token, refresh: tokens.refresh_token ?? "", next: next.refresh_token ?? "" },
    ...{ idToken: tokens.id_token ?? "", step: form.url.slice(-20), browser: other.cookie("auth-browser") ?? "" },
  };
  for (const [name, secret] of Object.entries(secrets)) {
    assert.ok(secret.length >= 8, name);
    assert.ok(!said.includes(secret) && !said.includes(secret.slice(0, 20)), name);
  }
});
