// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What follows when a client is removed, or becomes one that people are to be asked about; and how a client is told of an end.
import type pg from "pg";
import type { OurClient } from "./clients.ts";
import { endClient, type Left, leaveSessions } from "./ending.ts";
import { taskOf } from "./events.ts";
import { leaveTasks, type Task } from "./tasks.ts";

/**
 * Ends all that a client has, of anybody, in the transaction that changes or removes it: back refuses its tokens as soon as it hears
 * of it, and the client is told. `isRemoved`: what it was goes with what it is told, for nobody will find it any more.
 */
export async function endWholeClient(query: pg.PoolClient, client: OurClient, isRemoved: boolean): Promise<void> {
  const { client_id: clientId, old_secret: _, ...rest } = client;
  const left = await leaveSessions(query, { clientId });
  const grants = await endClient(query, clientId);
  const told: Task[] = [];
  for (let from = 0; from < grants.length; from += grantsAtOnce) {
    const endedGrants = grants.slice(from, from + grantsAtOnce);
    told.push(
      taskOf({ uuid: null, kind: "client-changed", clientId, detail: "all it was given is over", endedGrants }),
    );
  }
  const kept = { ...rest, client_id: clientId, ...(rest.client_secret && { client_secret: "removed" }) };
  const details = isRemoved ? { client: kept } : undefined;
  if (client.backchannel_logout_uri) told.push(...left.map((each) => ({ ...tellOf(clientId, each), details })));
  if (told.length > 0) await leaveTasks(query, told);
}

const grantsAtOnce = 1_000;

/** The task that tells a client that one of its sessions is over. */
export function tellOf(clientId: string, { accountId, sid }: Left): Extract<Task, { kind: "tell-client" }> {
  return { kind: "tell-client", clientId, accountId, sid };
}
