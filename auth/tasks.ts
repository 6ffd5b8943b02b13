// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What auth tells others outside its database: tried again with growing pauses, given up after a day. May be done twice.
import type { Log } from "@cdb/runtime/log.ts";
import type pg from "pg";

export interface Task {
  /** Tell a client that a person has signed out; tell a person that we ended a sign-in to a client. */
  kind: "tell-client" | "tell-person";
  clientId: string;
  accountId: string;
  /** Which of the person's sessions with the client; null: all. */
  sid: string | null;
}

export type Carrier = (task: Task) => Promise<void>;

const atOnce = 20;
// Longer than any try takes: nobody else takes a task that is under way.
const firstPauseSeconds = 15;
const longestPauseSeconds = 3_600;
const givenUpAfter = "1 day";

export class Tasks {
  readonly #pool: pg.Pool;
  readonly #log: Log;
  readonly #carriers = new Map<Task["kind"], Carrier>();
  #running: Promise<void> = Promise.resolve();

  constructor(pool: pg.Pool, log: Log) {
    this.#pool = pool;
    this.#log = log;
  }

  teach(kind: Task["kind"], carrier: Carrier): void {
    this.#carriers.set(kind, carrier);
  }

  /** Stores it, and begins to carry it out. */
  async queue({ kind, clientId, accountId, sid }: Task): Promise<void> {
    await this.#pool.query("insert into task (kind, client_id, account_id, sid) values ($1, $2, $3, $4)", [
      kind,
      clientId,
      accountId,
      sid,
    ]);
    void this.carryOut();
  }

  /** Tries everything that is due, after what is under way here; other processes may do so at the same time. */
  carryOut(): Promise<void> {
    this.#running = this.#running
      .then(() => this.#tryDue())
      .catch((error: unknown) => this.#log.error({ err: error }, "could not look for tasks"));
    return this.#running;
  }

  /** Waits for what is under way here. */
  finished(): Promise<void> {
    return this.#running;
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
       where id in (select id from task where due_at <= now() order by due_at limit ${atOnce} for update skip locked)
       returning id, kind, client_id as "clientId", account_id as "accountId", sid, tries,
         created_at < now() - interval '${givenUpAfter}' as "isLast"`,
    );
    return rows;
  }

  async #try(task: Taken): Promise<void> {
    const { id, kind, clientId, tries, isLast } = task;
    try {
      await this.#carriers.get(kind)?.(task);
    } catch (error) {
      const said = { err: error, kind, client: clientId, tries };
      if (!isLast) return this.#log.warn(said, "a task failed and will be tried again");
      this.#log.error(said, "a task failed for a day and is given up");
    }
    await this.#pool.query("delete from task where id = $1", [id]);
  }
}

interface Taken extends Task {
  id: string;
  tries: number;
  isLast: boolean;
}
