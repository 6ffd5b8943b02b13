// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// PostgreSQL may break off in the middle, or hang: whoever asked hears of it, and the next one is served.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openDatabase, transaction } from "./database.ts";
import { freshDatabase } from "./test/start.ts";

const pool = await openDatabase(await freshDatabase());
after(() => pool.end());

test("a connection that breaks while a transaction does something else fails that transaction alone", async () => {
  const broken = transaction(pool, async (client) => {
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    await pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
    await new Promise<void>((resolve) => client.once("end", resolve));
    await client.query("select");
  });
  await assert.rejects(broken);
  assert.equal((await pool.query("select")).rowCount, 1);
});

test("nobody waits for ever: for a connection, for an answer, or for somebody else's transaction", async () => {
  for (const name of ["statement_timeout", "idle_in_transaction_session_timeout"])
    assert.notEqual((await pool.query<Record<string, string>>(`show ${name}`)).rows[0]?.[name], "0");
  const { connectionTimeoutMillis, query_timeout } = pool.options;
  for (const limit of [connectionTimeoutMillis, query_timeout]) assert.ok(limit);
});
