// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What goes wrong, as RFC 9457 problem details with a stable code.
import { z } from "zod";

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** Stable, for programs: `email-address-refused`. */
  code: z.string(),
  detail: z.string().optional(),
  /** One entry per field that is wrong: its path and a stable code. Never what was typed. */
  fields: z.array(z.object({ field: z.string(), code: z.string(), detail: z.string() })).optional(),
  correlationId: z.string().optional(),
});
export type Problem = z.infer<typeof problem>;

/** Refused at the door: a token, a body. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: Field[];
  constructor(status: number, code: string, sentence: string, fields: Field[] = []) {
    super(sentence);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

type Field = NonNullable<Problem["fields"]>[number];

export function makeProblem(status: number, code: string, detail: string, fields: Field[] = []): Problem {
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

/** What is refused at the door, for every program that offers operations; undefined for anything else. */
export function problemAtDoor(error: unknown): Problem | undefined {
  if (error instanceof Refused) return makeProblem(error.status, error.code, error.message, error.fields);
  if (error instanceof z.ZodError)
    return makeProblem(422, "fields-invalid", "Some fields are not as they must be.", error.issues.map(describeIssue));
  return undefined;
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

/** A call that back refused or could not answer. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    // The id finds the lines of back's log that belong to it.
    super(`${problem.status} ${problem.code}${problem.correlationId ? `, at back ${problem.correlationId}` : ""}`);
    this.name = "ProblemError";
    this.problem = problem;
  }
}
