// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How what was handed out ends, in the transaction of whoever ends it: of a session, a client, a person.
import type pg from "pg";
import { sha256, shorten } from "./secrets.ts";

// What is ended stays until the next purge, so that a request under way does not bring it back: of a session with its uid, for such
// a request may be about to give it another id.
export const end = `update artifact set payload = '{}', grant_id = null, account_id = null, client_id = null, expires_at = '-infinity'`;
/** Of whom and in which session a client is to end something; each is left out: of all. */
export interface AtClient {
  clientId: string;
  accountId?: string;
  session?: string;
}

/** What a client knows a session by. */
export interface Left {
  accountId: string;
  sid: string | null;
  grantId: string | null;
  persistsLogout: boolean;
}

/** Takes a client out of sessions, which go on for all others: it is not signed in to any more, and next time under another `sid`. */
export async function leaveSessions(connection: pg.PoolClient, { clientId, ...whose }: AtClient): Promise<Left[]> {
  const { rows } = await connection.query<Left>(
    `with left_by as (select id_hash, account_id, payload->'authorizations'->$1 as known from artifact
       where model = 'Session' and expires_at > now() and payload->'authorizations'->$1 is not null
         and ($2::text is null or account_id = $2) and ($3::text is null or session_uid = $3) for update)
     update artifact set payload = (payload::jsonb #- array['authorizations', $1])::json
     from left_by where model = 'Session' and artifact.id_hash = left_by.id_hash
     returning left_by.account_id as "accountId", known->>'sid' as sid, known->>'grantId' as "grantId",
       coalesce((known->>'persistsLogout')::boolean, false) as "persistsLogout"`,
    [clientId, whose.accountId ?? null, whose.session ?? null],
  );
  return rows;
}

/** Ends all that a client was handed out, be it in one person's name. Returns the grants that ended, by short hash. */
export async function endClient(connection: pg.PoolClient, clientId: string, accountId?: string): Promise<string[]> {
  const whose = accountId === undefined ? "" : "and account_id = $2";
  const { rows } = await connection.query<Ended>(
    `${end} where client_id = $1 ${whose} returning model, id_hash`,
    accountId === undefined ? [clientId] : [clientId, accountId],
  );
  return grantsIn(rows);
}

/** Ends grants with all that was handed out under them. */
export async function endGrants(connection: pg.PoolClient, grantIds: string[]): Promise<void> {
  await connection.query(
    `${end} where (model <> 'Interaction' and grant_id = any($1)) or (model = 'Grant' and id_hash = any($2))`,
    [grantIds, grantIds.map(sha256)],
  );
}

/** Ends a session and grants, with all that was handed out under those. A sign-in that waits goes on: it may be somebody else's. */
export async function endSession(connection: pg.PoolClient, uid: string, grantIds: string[]): Promise<void> {
  await connection.query(
    `${end} where (model = 'Session' and session_uid = $1) or (model <> 'Interaction' and grant_id = any($2))
       or (model = 'Grant' and id_hash = any($3))`,
    [uid, grantIds, grantIds.map(sha256)],
  );
}

/** Ends all that was handed out in a person's name, but for these sessions and grants. Returns the grants that ended, by short hash. */
export async function endAllBut(
  connection: pg.PoolClient,
  { accountId, sessions, grants }: { accountId: string; sessions: string[]; grants: string[] },
): Promise<string[]> {
  const { rows } = await connection.query<Ended>(
    `${end} where account_id = $1 and (session_uid is null or session_uid <> all($2))
       and not (model = 'Grant' and id_hash = any($3)) returning model, id_hash`,
    [accountId, sessions, grants.map(sha256)],
  );
  return grantsIn(rows);
}

interface Ended {
  model: string;
  id_hash: Buffer;
}

function grantsIn(ended: Ended[]): string[] {
  return ended.filter(({ model }) => model === "Grant").map(({ id_hash }) => shorten(id_hash));
}
