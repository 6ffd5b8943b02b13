// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves the operations by which back manages auth: checks the token and the input, applies the answer's shape.
import { randomUUID } from "node:crypto";
import type { Checked, Operation, Presented } from "@cdb/api/operation.ts";
import { makeProblem, type Problem, problemAtDoor, Refused } from "@cdb/api/problems.ts";
import { readInput } from "@cdb/api/read-input.ts";
import type { Log } from "@cdb/runtime/log.ts";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ManageAccess } from "./access.ts";

const largestBody = 100_000;

export class ManageOffers {
  readonly app: Hono = new Hono();
  readonly #access: ManageAccess;
  readonly #served = new Set<string>();

  constructor(access: ManageAccess, log: Log) {
    this.#access = access;
    // Here only: whatever looks at the body of another request takes it away from the library.
    this.app.use(
      "/manage/*",
      bodyLimit({
        maxSize: largestBody,
        onError: () => {
          throw new Refused(413, "body-too-large", "The body is too large.");
        },
      }),
    );
    this.app.onError((error, c) => {
      const known = problemAtDoor(error);
      if (known) return answer(c, known);
      const correlationId = randomUUID();
      log.error({ err: error, correlationId }, "a request failed");
      return answer(c, { ...makeProblem(500, "internal", "Something went wrong on our side."), correlationId });
    });
  }

  /** Serves an operation to whoever bears its scope. */
  offer<O extends Operation>(operation: O, handler: (input: Checked<O>) => Promise<Presented<O>>): void {
    this.#served.add(operation.name);
    this.app.on(operation.method, operation.path.replace(/\{(\w+)\}/g, ":$1"), async (c) => {
      const scopes = await this.#access.scopesOf(c.req.header("Authorization"));
      if (!scopes.has(operation.scope))
        throw new Refused(403, "scope-missing", `This needs the scope ${operation.scope}.`);
      const presented = operation.answer.parse(await handler(await readInput(operation, c.req)));
      c.header("Cache-Control", "no-store");
      return presented === undefined ? c.body(null, 204) : c.json(presented, operation.status as 200);
    });
  }

  /** Throws when one of these operations is not served: the contract promises it. */
  assertAll(operations: readonly Operation[]): void {
    const missing = operations.filter(({ name }) => !this.#served.has(name));
    if (missing.length > 0) throw new Error(`not served: ${missing.map(({ name }) => name).join(", ")}`);
    this.app.all("/manage/*", (c) => answer(c, makeProblem(404, "route-unknown", "There is nothing here.")));
  }
}

function answer(c: Context, problem: Problem): Response {
  if (problem.status === 401) c.header("WWW-Authenticate", "Bearer");
  return c.json(problem, problem.status as 400, {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
}
