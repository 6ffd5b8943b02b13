// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb people reset-second-factor`, with a real auth at the other end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { backSecret, startAuth } from "@cdb/auth/test/start.ts";
import { Secret, TOTP } from "otpauth";
import { freshDatabase } from "../test/database.ts";
import { administrator, makePerson } from "../test/make.ts";
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
