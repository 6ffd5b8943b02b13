// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves operations: checks the token and the input, opens the transaction, applies the answer's shape.
import type { Checked, Operation, Presented } from "@cdb/api/operation.ts";
import { Refused } from "@cdb/api/problems.ts";
import { readInput } from "@cdb/api/read-input.ts";
import type { Context, Hono } from "hono";
import type { Database, Work } from "../data/database.ts";
import type { Person } from "../data/people/person.ts";
import { type Access, admit, type Caller, isStaffScope, requireStaff } from "./access.ts";

export type Handler<O extends Operation> = (work: Work, input: Checked<O>, caller: Caller) => Promise<Presented<O>>;
export type OwnHandler<O extends Operation> = (
  work: Work,
  input: Checked<O>,
  me: Person,
  caller: Caller,
) => Promise<Presented<O>>;

export class Offers {
  readonly #app: Hono;
  readonly #database: Database;
  readonly #access: Access;
  readonly #served = new Set<string>();

  constructor(app: Hono, database: Database, access: Access) {
    this.#app = app;
    this.#database = database;
    this.#access = access;
  }

  /** Serves an operation to whoever bears its scope. */
  offer<O extends Operation>(operation: O, handler: Handler<O>): void {
    this.#serve(operation, (work, input, caller) => handler(work, input, caller));
  }

  /** Serves a look at somebody else's data: it reads, and leaves a line in the history. */
  offerLook<O extends Operation>(operation: O, handler: Handler<O>): void {
    this.#serve(operation, (work, input, caller) => handler(work, input, caller), "leaves history");
  }

  /** Serves an operation on the caller's own records: `me` is the person of the token, and there is no other way to name one. */
  offerOwn<O extends Operation>(operation: O, handler: OwnHandler<O>): void {
    this.#serve(operation, (work, input, caller, me) => {
      if (!me) throw new Refused(403, "scope-missing", "This needs the token of a person.");
      return handler(work, input, me, caller);
    });
  }

  #serve<O extends Operation>(
    operation: O,
    handler: (work: Work, input: Checked<O>, caller: Caller, me: Person | undefined) => Promise<Presented<O>>,
    history?: "leaves history",
  ): void {
    this.#served.add(operation.name);
    this.#app.on(operation.method, operation.path.replace(/\{(\w+)\}/g, ":$1"), async (c) => {
      const caller = await this.#callerFor(operation, c);
      const input = await readInput(operation, c.req);
      const open = operation.method === "GET" && !history ? this.#database.read : this.#database.transaction;
      const presented = await open.call(this.#database, caller.actor, async (work) => {
        const me = await admit(work, caller);
        if (me && isStaffScope(operation.scope)) await requireStaff(work, me, operation.scope, caller);
        return handler(work, input, caller, me);
      });
      const answer = operation.answer.parse(presented);
      return answer === undefined ? c.body(null, 204) : c.json(answer, operation.status as 200);
    });
  }

  /** Throws when one of these operations is not served: the contract promises it. */
  assertAll(operations: readonly Operation[]): void {
    const missing = operations.filter(({ name }) => !this.#served.has(name));
    if (missing.length > 0) throw new Error(`not served: ${missing.map(({ name }) => name).join(", ")}`);
  }

  async #callerFor(operation: Operation, c: Context): Promise<Caller> {
    const caller = await this.#access.callerOf(c.req.header("Authorization"));
    if (operation.scope !== "public" && !caller.scopes.has(operation.scope))
      throw new Refused(403, "scope-missing", `This needs the scope ${operation.scope}.`);
    return caller;
  }
}
