// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What auth tells others outside its database: tried again with growing pauses; a client is given up after a day. May be done twice.
import type { Log } from "@cdb/runtime/log.ts";
import type pg from "pg";
import { durably } from "./database.ts";

/** Tell a client that a person has signed out. */
interface TellClient {
  kind: "tell-client";
  clientId: string;
  accountId: string;
  /** Which of the person's sessions with the client; null: all. */
  sid: string | null;
  /** What the client was, where it has been removed. */
  details?: { client: object } | undefined;
}

/** Tell back what happened at a sign-in. */
interface RecordEvent {
  kind: "record-event";
  clientId: string | null;
  /** null: it concerns nobody. */
  accountId: string | null;
  details: object;
}

/** End a person's sessions, but for the one at which the reason for it came up. */
interface EndSessions {
  kind: "end-sessions";
  clientId: null;
  accountId: string;
  /** The event that tells of it. */
  details: object;
}

export type Task = TellClient | RecordEvent | EndSessions;
type Kind = Task["kind"];
export type Carrier<K extends Kind> = (task: Extract<Taken, { kind: K }>) => Promise<void>;

const atOnce = 20;
// Longer than any try takes: nobody else takes a task that is under way.
const firstPauseSeconds = 15;
const longestPauseSeconds = 3_600;

export class Tasks {
  readonly #pool: pg.Pool;
  readonly #log: Log;
  readonly #carriers = new Map<Kind, (task: never) => Promise<void>>();
  readonly #underWay = new Set<Promise<void>>();
  #looking: Promise<void> = Promise.resolve();

  constructor(pool: pg.Pool, log: Log) {
    this.#pool = pool;
    this.#log = log;
  }

  teach<K extends Kind>(kind: K, carrier: Carrier<K>): void {
    this.#carriers.set(kind, carrier);
  }

  /** Stores it, and begins to carry it out. */
  async queue(task: Task): Promise<void> {
    this.begin(await this.store(this.#pool, [task]));
  }

  /** Stores it, to be carried out in so many seconds, whatever crashes until then. Returns its id. */
  queueLater(task: Task, seconds: number): Promise<string> {
    return durably(this.#pool, async (client) => {
      const { rows } = await client.query<{ id: string }>(
        `insert into task (kind, client_id, account_id, sid, details, due_at)
         select kind, client_id, account_id, sid, details, now() + make_interval(secs => $2)
         from json_populate_recordset(null::task, $1) returning id`,
        [JSON.stringify([rowOf(task)]), seconds],
      );
      return rows[0]?.id ?? "";
    });
  }

  /** Takes a task away, maybe in a transaction that does what it asks for. False: it is done already. */
  async finish(id: string, query: Query = this.#pool): Promise<boolean> {
    return (await query.query("delete from task where id = $1", [id])).rowCount === 1;
  }

  /** An event that waits under this key is not told. */
  async forgetEvent(key: string): Promise<void> {
    await this.#pool.query("delete from task where kind = 'record-event' and details->>'key' = $1", [key]);
  }

  /** Stores tasks, maybe in a transaction of the caller's, who begins them after the commit. Killed before, they come by themselves. */
  async store(query: Query, tasks: Task[]): Promise<Taken[]> {
    if (tasks.length === 0) return [];
    const { rows } = await query.query<Taken>(
      `insert into task (kind, client_id, account_id, sid, details, tries, due_at)
       select kind, client_id, account_id, sid, details, 1, now() + interval '${firstPauseSeconds} seconds'
       from json_populate_recordset(null::task, $1) returning ${columns}`,
      [JSON.stringify(tasks.map(rowOf))],
    );
    return rows;
  }

  begin(tasks: Taken[]): void {
    for (const task of tasks) {
      const running = this.#try(task).finally(() => this.#underWay.delete(running));
      this.#underWay.add(running);
    }
  }

  /** Tries everything that is due, after what is under way here; other processes may do so at the same time. */
  async carryOut(): Promise<void> {
    this.#looking = this.#looking
      .then(() => this.#tryDue())
      .catch((error: unknown) => this.#log.error({ err: error }, "could not look for tasks"));
    await this.finished();
  }

  /** Waits for what is under way here. */
  async finished(): Promise<void> {
    await Promise.all([this.#looking, ...this.#underWay]);
  }

  /** Which clients were told of a person's sign-outs in the last days, newest first. */
  async listTold(accountId: string): Promise<Told[]> {
    const { rows } = await this.#pool.query<Told>(
      `select client_id as "clientId", created_at as "at", done_at as "doneAt", given_up_at as "givenUpAt", tries
       from task where kind = 'tell-client' and account_id = $1 order by id desc limit 50`,
      [accountId],
    );
    return rows;
  }

  async #tryDue(): Promise<void> {
    for (let batch = atOnce; batch === atOnce; ) {
      const due = await this.#take();
      await Promise.all(due.map((task) => this.#try(task)));
      batch = due.length;
    }
  }

  async #take(): Promise<Taken[]> {
    const { rows } = await this.#pool.query<Taken>(
      `update task set tries = tries + 1,
         due_at = now() + make_interval(secs => least(${longestPauseSeconds}, ${firstPauseSeconds} * 2 ^ tries))
       where id in (select id from task where due_at <= now() order by due_at, id limit ${atOnce} for update skip locked)
       returning ${columns}`,
    );
    return rows;
  }

  async #try(task: Taken): Promise<void> {
    const { kind, clientId, tries, isLast } = task;
    try {
      const carry = this.#carriers.get(kind);
      if (!carry) throw new Error("this version of auth knows no such task");
      await carry(task as never);
      await this.#settle(task, "done_at");
    } catch (error) {
      const said = { err: error, kind, client: clientId, tries };
      if (!isLast) return this.#log.warn(said, "a task failed and will be tried again");
      this.#log.error(said, "a task failed for too long and is given up");
      await this.#settle(task, "given_up_at").catch((cause) => this.#log.error({ err: cause }, "could not give up"));
    }
  }

  // Of a client that was told it is of interest whether it has heard; back has what it was told.
  async #settle({ id, kind }: Taken, when: "done_at" | "given_up_at"): Promise<void> {
    const change = `update task set ${when} = now(), due_at = 'infinity' where id = $1`;
    await this.#pool.query(kind === "tell-client" ? change : "delete from task where id = $1", [id]);
  }
}

/** Stores tasks in a transaction of the caller's; they are due at once, and come by themselves. */
export async function leaveTasks(query: Query, tasks: Task[]): Promise<void> {
  await query.query(
    `insert into task (kind, client_id, account_id, sid, details)
     select kind, client_id, account_id, sid, details from json_populate_recordset(null::task, $1)`,
    [JSON.stringify(tasks.map(rowOf))],
  );
}

type Query = Pick<pg.Pool, "query"> | Pick<pg.PoolClient, "query">;

export type Taken = Task & { id: string; tries: number; isLast: boolean };

/** A client that was to be told of a sign-out. */
export interface Told {
  clientId: string;
  at: Date;
  /** When it said that it has heard. */
  doneAt: Date | null;
  givenUpAt: Date | null;
  tries: number;
}

const columns = `id, kind, client_id as "clientId", account_id as "accountId", sid, details, tries,
  created_at < now() - case kind when 'tell-client' then interval '1 day' else interval '30 days' end as "isLast"`;

function rowOf({ kind, clientId, accountId, ...rest }: Task): Record<string, unknown> {
  return { kind, client_id: clientId, account_id: accountId, ...rest };
}
