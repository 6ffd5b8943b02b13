// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The one place where what the core refuses becomes an HTTP answer (RFC 9457). Anything unknown loses its text: it may hold secrets.
import { makeProblem, type Problem, problemAtDoor } from "@cdb/api/problems.ts";
import { Conflict, Forbidden, Invalid, NotFound } from "../data/errors.ts";

/** What to answer; undefined for a bug, which the caller logs. */
export function problemFor(error: unknown): Problem | undefined {
  if (error instanceof Invalid)
    return makeProblem(
      422,
      error.code,
      error.message,
      error.field === undefined ? [] : [{ field: error.field, code: error.code, detail: error.message }],
    );
  if (error instanceof NotFound) return makeProblem(404, error.code, error.message);
  if (error instanceof Conflict) return makeProblem(409, error.code, error.message);
  if (error instanceof Forbidden) return makeProblem(403, error.code, error.message);
  if (isOutOfReach(error))
    return makeProblem(503, "database-unavailable", "The database does not answer at the moment.");
  return problemAtDoor(error);
}

export function bug(): Problem {
  return makeProblem(500, "internal", "Something went wrong on our side.");
}

// PostgreSQL is down, starting, stopping, or has no room for another connection (SQLSTATE classes 08, 53, 57P).
function isOutOfReach(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === "string" && /^(08|53|57P|ECONN|ENOENT|EPIPE|ETIMEDOUT)/.test(code)) return true;
  return (
    typeof message === "string" && /^(Connection terminated|timeout exceeded when trying to connect)/.test(message)
  );
}
