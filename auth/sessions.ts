// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The sessions of people: which browser each is in, when it was used, and how it ends with all that was handed out under it.
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { tellOf } from "./client-end.ts";
import type { Clients } from "./clients.ts";
import { transaction } from "./database.ts";
import { endAllBut, endClient, endGrants, endSession, type Left, leaveSessions } from "./ending.ts";
import { type SignInEvent, shortHash, taskOf } from "./events.ts";
import type { Taken, Task, Tasks, Told } from "./tasks.ts";

/** A browser at the door, as its owner knows it again. */
export interface Place {
  network: string;
  /** In words. */
  browser: string;
}

export interface KnownSession extends Place {
  uid: string;
  beganAt: Date;
  usedAt: Date;
  /** The clients that it was used for. */
  clientIds: string[];
}

interface Authorization {
  sid?: string;
  grantId?: string;
  /** What it was given is to outlive a mere sign-out (offline_access). */
  persistsLogout?: boolean;
}

interface EndedSession {
  uid: string;
  accountId: string;
  loginTs: number | null;
  authorizations: Record<string, Authorization> | null;
}

/** Longer than a directory takes for a password. */
const preparedSeconds = 60;

export class Sessions {
  readonly #pool: pg.Pool;
  readonly #clients: Clients;
  readonly #tasks: Tasks;
  readonly #idleSeconds: number;

  constructor(pool: pg.Pool, clients: Clients, tasks: Tasks, idleSeconds: number) {
    this.#pool = pool;
    this.#clients = clients;
    this.#tasks = tasks;
    this.#idleSeconds = idleSeconds;
    tasks.teach("end-sessions", async ({ id, accountId, details }) => {
      const { at, keeps, ...event } = details as SignInEvent & { at: string; keeps?: string };
      await this.endPrepared(id, accountId, { ...event, at: new Date(at) }, keeps);
    });
  }

  /** A session was used in this browser. */
  async see(uid: string, accountId: string, { browser, network }: Place): Promise<void> {
    await this.#pool.query({
      name: "see-session",
      text: `insert into sign_in (session_uid, account_id, browser, network) values ($1, $2, $3, $4)
        on conflict (session_uid) do update set used_at = now(), account_id = excluded.account_id,
          browser = excluded.browser, network = excluded.network`,
      values: [uid, accountId, browser, network],
    });
  }

  /** A session is used without the library: in the account area, or by a client that goes on under it. It is idle from now on only. */
  async goOn(uid: string): Promise<void> {
    await this.#pool.query({
      name: "go-on-session",
      text: `with used as (update sign_in set used_at = now() where session_uid = $1)
        update artifact set expires_at = least(now() + make_interval(secs => $2), to_timestamp((payload->>'exp')::bigint))
        where model = 'Session' and session_uid = $1 and expires_at > now()`,
      values: [uid, this.#idleSeconds],
    });
  }

  /** Those that are alive, the one used last first. */
  async list(accountId: string): Promise<KnownSession[]> {
    const { rows } = await this.#pool.query<Omit<KnownSession, "clientIds"> & Pick<EndedSession, "authorizations">>(
      `select sign_in.session_uid as uid, browser, network, began_at as "beganAt", used_at as "usedAt",
         payload->'authorizations' as authorizations
       from sign_in join artifact on artifact.model = 'Session' and artifact.session_uid = sign_in.session_uid
       where artifact.account_id = $1 and expires_at > now() order by used_at desc`,
      [accountId],
    );
    return rows.map(({ authorizations, ...row }) => ({ ...row, clientIds: Object.keys(authorizations ?? {}) }));
  }

  /** Which clients were told of ends of the last days, and what became of it. */
  listTold(accountId: string): Promise<Told[]> {
    return this.#tasks.listTold(accountId);
  }

  /** Ends one session with all that was handed out under it. False: it was not this person's, or over already. */
  end(accountId: string, uid: string, event: SignInEvent): Promise<boolean> {
    return this.#endOne(accountId, uid, event, () => true);
  }

  /** Signs a session out: what was given for times of absence stays (OpenID Connect Core 11). */
  signOut(accountId: string, uid: string, event: SignInEvent): Promise<boolean> {
    return this.#endOne(accountId, uid, event, ({ persistsLogout }) => persistsLogout !== true);
  }

  /** Ends every session of a person but `except`, and all that anybody was handed out in their name elsewhere. */
  endAll(accountId: string, event: SignInEvent, except?: string): Promise<boolean> {
    return this.#endMany(accountId, event, ({ uid }) => uid === except);
  }

  /** The same, but for sessions in which the person proved after this moment who they are. */
  endUntil(accountId: string, event: SignInEvent & { at: Date }): Promise<boolean> {
    const second = Math.floor(event.at.getTime() / 1000);
    return this.#endMany(accountId, event, ({ loginTs }) => loginTs !== null && loginTs > second);
  }

  /** Has all but `except` end in a minute, unless it ends or is forgotten before. Returns what to call it by. */
  prepareEnd(accountId: string, event: SignInEvent, except?: string): Promise<string> {
    const details = { key: randomUUID(), at: new Date(), ...event, keeps: except };
    return this.#tasks.queueLater({ kind: "end-sessions", clientId: null, accountId, details }, preparedSeconds);
  }

  /** As `endAll`, once for each that was prepared. */
  endPrepared(prepared: string, accountId: string, event: SignInEvent, except?: string): Promise<boolean> {
    return this.#endMany(accountId, event, ({ uid }) => uid === except, prepared);
  }

  async forgetEnd(prepared: string): Promise<void> {
    await this.#tasks.finish(prepared);
  }

  /**
   * Takes back all that a client has of a person: it is over at once, the client is told, and the sessions go on elsewhere.
   * `alongside` is done with it or not at all.
   */
  endAtClient(
    accountId: string,
    clientId: string,
    event: SignInEvent,
    alongside: (query: pg.PoolClient) => Promise<unknown>,
  ): Promise<boolean> {
    return this.#inTransaction(async (query) => {
      await alongside(query);
      const left = await leaveSessions(query, { clientId, accountId });
      const endedGrants = await endClient(query, clientId, accountId);
      const told = await this.#tellOf(query, clientId, left);
      return [true, await this.#tasks.store(query, [taskOf({ ...event, endedGrants }), ...told])];
    });
  }

  /** Signs a person out at the client of this event, where they say so and stay signed in here. */
  signOutAt(accountId: string, uid: string, event: SignInEvent & { clientId: string }): Promise<boolean> {
    const { clientId } = event;
    return this.#inTransaction(async (query) => {
      const left = await leaveSessions(query, { clientId, accountId, session: uid });
      if (left.length === 0) return [false, []];
      const over = left.flatMap(({ grantId, persistsLogout }) => (grantId && !persistsLogout ? [grantId] : []));
      await endGrants(query, over);
      const ended = taskOf({ session: uid, ...event, endedGrants: over.map(shortHash) });
      return [true, await this.#tasks.store(query, [ended, ...(await this.#tellOf(query, clientId, left))])];
    });
  }

  async #tellOf(query: pg.PoolClient, clientId: string, left: Left[]): Promise<Task[]> {
    const client = await this.#clients.find(clientId, query);
    return client?.backchannel_logout_uri ? left.map((each) => tellOf(clientId, each)) : [];
  }

  #endMany(
    accountId: string,
    event: SignInEvent,
    stays: (session: EndedSession) => boolean,
    prepared?: string,
  ): Promise<boolean> {
    return this.#inTransaction(async (query) => {
      if (prepared !== undefined && !(await this.#tasks.finish(prepared, query))) return [false, []];
      const sessions = await findSessions(query, accountId, null);
      const [kept, over] = [sessions.filter(stays), sessions.filter((session) => !stays(session))];
      const keptGrants = kept.flatMap((session) => grantsOf(session));
      const ended = { accountId, sessions: kept.map(({ uid }) => uid), grants: keptGrants };
      return [true, await this.#tell(query, over, { ...event, endedGrants: await endAllBut(query, ended) })];
    });
  }

  #endOne(
    accountId: string,
    uid: string,
    event: SignInEvent,
    isOver: (authorization: Authorization) => boolean,
  ): Promise<boolean> {
    return this.#inTransaction(async (query) => {
      const [session] = await findSessions(query, accountId, uid);
      if (!session) return [false, []];
      const grants = grantsOf(session, isOver);
      await endSession(query, uid, grants);
      const endedGrants = grants.map(shortHash);
      return [true, await this.#tell(query, [session], { session: uid, ...event, endedGrants })];
    });
  }

  async #tell(query: pg.PoolClient, sessions: EndedSession[], event: SignInEvent): Promise<Taken[]> {
    const told: Task[] = [taskOf(event)];
    for (const { accountId, authorizations } of sessions)
      for (const [clientId, { sid }] of Object.entries(authorizations ?? {}))
        if ((await this.#clients.find(clientId, query))?.backchannel_logout_uri)
          told.push({ kind: "tell-client", clientId, accountId, sid: sid ?? null });
    return this.#tasks.store(query, told);
  }

  // What ends and who is told of it are one: killed in between, a process leaves both or neither.
  async #inTransaction(work: (query: pg.PoolClient) => Promise<[isDone: boolean, tasks: Taken[]]>): Promise<boolean> {
    const [isDone, tasks] = await transaction(this.#pool, work);
    this.#tasks.begin(tasks);
    return isDone;
  }
}

// `uid` null: all of them.
async function findSessions(query: pg.PoolClient, accountId: string, uid: string | null): Promise<EndedSession[]> {
  const { rows } = await query.query<EndedSession>(
    `select session_uid as uid, account_id as "accountId", payload->'authorizations' as authorizations,
       (payload->>'loginTs')::int as "loginTs" from artifact
     where model = 'Session' and account_id = $1 and expires_at > now() and ($2::text is null or session_uid = $2)
     for update`,
    [accountId, uid],
  );
  return rows;
}

function grantsOf(
  { authorizations }: EndedSession,
  isMeant: (authorization: Authorization) => boolean = () => true,
): string[] {
  return Object.values(authorizations ?? {})
    .filter(isMeant)
    .flatMap(({ grantId }) => grantId ?? []);
}
