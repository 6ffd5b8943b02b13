// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Who changed what auth serves and signs with, and when. Written in the transaction of the change itself.
import type pg from "pg";
import { withLock } from "./database.ts";
import { taskOf } from "./events.ts";
import { leaveTasks } from "./tasks.ts";

export interface Change {
  noun: "client" | "resource" | "keys";
  name: string;
  verb: string;
  by: string;
  /** Ids of keys that are not to be believed any more. */
  endedKeys?: string[];
}

const lockOfClients = 7_231_202;

/** Carries a change of clients or resource servers out, one at a time: each names the other. */
export function carryOut<T>(
  pool: pg.Pool,
  change: Change & { noun: "client" | "resource" },
  work: (connection: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return withLock(pool, lockOfClients, async (connection) => {
    await connection.query("set local synchronous_commit = on");
    const done = await work(connection);
    await recordChange(connection, change);
    return done;
  });
}

/** Here, and in back's history. */
export async function recordChange(client: pg.PoolClient, { noun, name, verb, by, endedKeys }: Change): Promise<void> {
  await client.query("insert into change (noun, name, verb, by) values ($1, $2, $3, $4)", [noun, name, verb, by]);
  const detail = noun === "resource" ? `resource ${name} ${verb} by ${by}` : `${verb} by ${by}`;
  const kind = noun === "keys" ? "key-rotated" : "client-changed";
  const clientId = noun === "client" ? name : undefined;
  await leaveTasks(client, [taskOf({ uuid: null, kind, clientId, detail, endedKeys })]);
}

/** The newest first. */
export async function changesOf(
  pool: pg.Pool,
  noun: Change["noun"],
  name: string,
): Promise<{ verb: string; by: string; at: string }[]> {
  const { rows } = await pool.query<{ verb: string; by: string; at: Date }>(
    "select verb, by, at from change where noun = $1 and name = $2 order by id desc limit 100",
    [noun, name],
  );
  return rows.map(({ verb, by, at }) => ({ verb, by, at: at.toISOString() }));
}
