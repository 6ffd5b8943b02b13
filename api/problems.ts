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
