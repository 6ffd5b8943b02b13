// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What auth has back tell people of their sign-ins.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { openTemplates } from "../mail/templates.ts";
import { front, makePerson } from "../test/make.ts";
import { testServer } from "../test/server.ts";
import { programToken } from "../test/tokens.ts";

const { call, database } = await testServer();

async function tell(uuid: string, service = "Wiki"): Promise<number> {
  const token = await programToken("auth", ["login-links:send"]);
  return (await call("POST", "/sign-in/reuse", token, { uuid, service })).status;
}

test("somebody whose sign-in was used twice is told once an hour, in their language", async () => {
  const { uuid } = await database.transaction(front, (work) =>
    makePerson(work, { email: "ada@example.org", language: "de" }),
  );
  assert.deepEqual(await Promise.all([tell(uuid), tell(uuid), tell(uuid)]), [204, 204, 204]);
  const { rows } = await database.pool.query("select recipient, language, fields from message where mail = $1", [
    "sign-in-ended",
  ]);
  assert.equal(rows.length, 1);
  assert.equal(rows[0].recipient, "ada@example.org");
  assert.equal(rows[0].fields.service, "Wiki");
  assert.match(openTemplates().find("sign-in-ended", rows[0].language).body, /\{service\}[\s\S]*\{time\}/);
});

test("nobody is told who is not there, or who may not sign in", async () => {
  assert.equal(await tell(randomUUID()), 404);
  const { uuid } = await database.transaction(front, async (work) => {
    const person = await makePerson(work, { email: "bob@example.org" });
    person.block(work, "a test");
    return person;
  });
  assert.equal(await tell(uuid), 204);
  const { rows } = await database.pool.query("select from message where recipient = 'bob@example.org'");
  assert.equal(rows.length, 0);
});
