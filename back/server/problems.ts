// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The one place where what the core refuses becomes an HTTP answer (RFC 9457). Anything unknown loses its text: it may hold secrets.
import type { Problem } from "@cdb/api/problems.ts";
import { z } from "zod";
import { Conflict, Forbidden, Invalid, NotFound } from "../data/errors.ts";

/** Refused at the door, before the core: a token, a body. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, sentence: string) {
    super(sentence);
    this.status = status;
    this.code = code;
  }
}

/** What to answer; undefined for a bug, which the caller logs. */
export function problemFor(error: unknown): Problem | undefined {
  if (error instanceof Refused) return make(error.status, error.code, error.message);
  if (error instanceof Invalid)
    return make(
      422,
      error.code,
      error.message,
      error.field === undefined ? [] : [{ field: error.field, code: error.code, detail: error.message }],
    );
  if (error instanceof NotFound) return make(404, error.code, error.message);
  if (error instanceof Conflict) return make(409, error.code, error.message);
  if (error instanceof Forbidden) return make(403, error.code, error.message);
  if (error instanceof z.ZodError)
    return make(422, "fields-invalid", "Some fields are not as they must be.", error.issues.map(describeIssue));
  if (isOutOfReach(error)) return make(503, "database-unavailable", "The database does not answer at the moment.");
  return undefined;
}

export function bug(): Problem {
  return make(500, "internal", "Something went wrong on our side.");
}

type Field = NonNullable<Problem["fields"]>[number];

function make(status: number, code: string, detail: string, fields: Field[] = []): Problem {
  const title =
    {
      400: "Bad request",
      401: "Not signed in",
      403: "Forbidden",
      404: "Not found",
      409: "Conflict",
      413: "Too large",
      415: "Wrong media type",
      422: "Invalid",
      500: "Internal error",
      503: "Unavailable",
    }[status] ?? "Refused";
  return { type: "about:blank", title, status, code, detail, ...(fields.length > 0 && { fields }) };
}

// Never what was typed: zod's own texts for unknown keys and literals would echo it, and so would the name of an entry that has none of ours.
function describeIssue(issue: z.core.$ZodIssue): Field {
  const field = issue.path.map((step) => (/^[\w-]{1,60}$/.test(String(step)) ? step : "…")).join(".");
  if (issue.code === "unrecognized_keys")
    return { field, code: "unknown-field", detail: "There is a field that is not known here." };
  if (issue.code === "too_big") return { field, code: "too-long", detail: `At most ${issue.maximum}.` };
  if (issue.code === "too_small") return { field, code: "too-short", detail: `At least ${issue.minimum}.` };
  if (issue.code === "invalid_format")
    return { field, code: "malformed", detail: "This is not in the form it must have." };
  if (issue.code === "invalid_type") return { field, code: "wrong-type", detail: `Must be ${issue.expected}.` };
  return { field, code: "invalid", detail: "This value is not allowed." };
}

// PostgreSQL is down, starting, stopping, or has no room for another connection (SQLSTATE classes 08, 53, 57P).
function isOutOfReach(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === "string" && /^(08|53|57P|ECONN|ENOENT|EPIPE|ETIMEDOUT)/.test(code)) return true;
  return (
    typeof message === "string" && /^(Connection terminated|timeout exceeded when trying to connect)/.test(message)
  );
}
