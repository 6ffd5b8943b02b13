// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb people reset-second-factor`, with a real auth at the other end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { backSecret, startAuth } from "@cdb/auth/test/start.ts";
import { Secret, TOTP } from "otpauth";
import { openAuth } from "../auth.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, makePerson } from "../test/make.ts";
import { endAtAuth } from "../worker/end-sign-ins.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const auth = await startAuth();
const settings = { DATABASE_URL: url, AUTH_URL: auth.issuer, BACK_CLIENT_SECRET: backSecret };

test("somebody's factors are taken away by their number, reference, username or address", async () => {
  const { id, uuid } = await database.transaction(administrator, (work) =>
    makePerson(work, { name: "Ada", email: "ada@example.org" }),
  );
  const { apps, factors } = auth.auth.secondFactor;
  const { text, sealed } = apps.begin(uuid, "ada");
  const code = new TOTP({ secret: Secret.fromBase32(text.replaceAll(" ", "")) }).generate();
  await apps.confirm(uuid, { sealed, code, name: "Phone", onlyFirst: true });
  const done = await runCdb(["people", "reset-second-factor", "ada@example.org"], settings);
  assert.equal(done.code, 0, done.err);
  assert.match(done.out, /Taken away: 1, and the recovery codes/);
  assert.deepEqual(await factors.of(uuid), []);
  assert.match((await runCdb(["people", "reset-second-factor", `${id}`], settings)).out, /There was no second factor/);
  const unknown = await runCdb(["people", "reset-second-factor", "nobody@example.org"], settings);
  assert.notEqual(unknown.code, 0);
});

test("what stays behind at a merge is said to the administrator, and stays for a merge that is taken back", async () => {
  const make = (name: string) => database.transaction(administrator, (work) => makePerson(work, { name }));
  const [keep, gone] = [await make("Zora"), await make("Zora Neale")];
  const { apps, factors } = auth.auth.secondFactor;
  const { text, sealed } = apps.begin(gone.uuid, "zora");
  const code = new TOTP({ secret: Secret.fromBase32(text.replaceAll(" ", "")) }).generate();
  await apps.confirm(gone.uuid, { sealed, code, name: "Phone", onlyFirst: true });
  const args = ["people", "merge", String(keep.id), String(gone.id), "--reason", "asked by phone"];
  const silent = await runCdb([...args, "--dry-run"], { ...settings, AUTH_URL: "http://127.0.0.1:9" });
  assert.match(silent.out, /auth does not answer: any second factors of Zora Neale do not carry over/);
  const done = await runCdb(args, settings);
  assert.match(done.out, /second factors of Zora Neale that do not carry over: 1; Zora is told by mail/, done.err);
  const { rows } = await database.pool.query("select data from pgboss.job where name = 'end-sign-ins'");
  const task = rows.map(({ data }) => data).find(({ uuid }) => uuid === gone.uuid);
  assert.equal(task?.mergedInto, keep.uuid);
  const manager = openAuth(settings);
  await endAtAuth(manager, task);
  await endAtAuth(manager, task);
  await auth.auth.tasks.finished();
  const told = auth.back.events.filter(({ kind }) => kind === "factors-left");
  assert.deepEqual(
    told.map(({ uuid }) => uuid),
    [keep.uuid],
  );
  assert.deepEqual([(await factors.of(gone.uuid)).length, (await factors.of(keep.uuid)).length], [1, 0]);
});
