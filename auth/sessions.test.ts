// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Sessions end side by side, however few connections to the database there are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sessions } from "./sessions.ts";
import { startAuth } from "./test/start.ts";

const { auth, pool, back } = await startAuth();
const sessions = new Sessions(pool, auth.clients, auth.tasks, 7_200);

test("more people than there are connections sign out everywhere at once", async () => {
  const people = Array.from({ length: 20 }, (_, index) => back.addPerson(`Person${index}`, null).uuid);
  for (const accountId of people) {
    const payload = { accountId, uid: `session of ${accountId}`, authorizations: { front: { sid: "s" } } };
    await auth.store.adapterFor("Session").upsert(`cookie of ${accountId}`, payload, 3_600);
  }
  await Promise.all(people.map((uuid) => sessions.endAll(uuid, { uuid, kind: "sessions-ended" })));
  for (const uuid of people) assert.deepEqual(await sessions.list(uuid), []);
  const { rows } = await pool.query("select from artifact where model = 'Session' and expires_at > now()");
  assert.equal(rows.length, 0);
});
