// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// From an error to a sentence for the administrator and the exit code of the command.
import { type Problem, ProblemError } from "@cdb/api/problems.ts";
import { ConfigError } from "@cdb/runtime/config.ts";
import { z } from "zod";
import { Conflict, Forbidden, Invalid, NotFound } from "../data/errors.ts";
import { NotConfigured } from "./environment.ts";

export interface Complaint {
  code: string;
  sentence: string;
  exitCode: number;
}

/** Options that do not go together; the sentence says which are needed. */
export class UsedWrongly extends Error {}

/** Something outside that a command is about; the sentence names it. */
export class DoesNotAnswer extends Error {}

const hints: Record<string, string> = {
  "person-unknown": "Look for them with `cdb people find`.",
  "client-unknown": "See which there are with `cdb clients list`.",
  "mailing-unknown": "See which there are with `cdb mailings list`.",
  "message-unknown": "See which mails wait with `cdb mail queue`.",
};

/** What to say and with which code to leave. */
export function complaintAbout(error: unknown): Complaint {
  if (error instanceof NotFound || error instanceof Conflict || error instanceof Forbidden || error instanceof Invalid)
    return { code: error.code, sentence: withHint(error.message, hints[error.code]), exitCode: 1 };
  if (error instanceof z.ZodError) return { code: "fields-invalid", sentence: describeIssues(error), exitCode: 1 };
  if (error instanceof ProblemError) return complaintOfAuth(error.problem);
  if (error instanceof UsedWrongly) return { code: "used-wrongly", sentence: error.message, exitCode: 2 };
  if (error instanceof DoesNotAnswer) return { code: "no-answer", sentence: error.message, exitCode: 3 };
  if (error instanceof NotConfigured || error instanceof ConfigError)
    return { code: "not-configured", sentence: error.message, exitCode: 2 };
  return (
    databaseTrouble(error) ?? {
      code: "internal",
      sentence: `This should not have happened: ${error instanceof Error ? error.message : "something unknown was thrown"}. Run it again with --debug to see where.`,
      exitCode: 1,
    }
  );
}

function complaintOfAuth({ status, code, title, detail, fields = [] }: Problem): Complaint {
  const named = fields.map((field) => `  ${field.field || "client"}: ${field.detail}`);
  const sentence = [detail ?? `auth answers: ${title}.`, ...named].join("\n");
  return { code, sentence: withHint(sentence, hints[code]), exitCode: status >= 500 ? 3 : 1 };
}

/** What the trouble with PostgreSQL is, by the driver's and the server's codes (SQLSTATE); undefined when it is none. */
export function databaseTrouble(error: unknown): Complaint | undefined {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const known = typeof code === "string" ? (bySqlState[code] ?? bySqlState[code.slice(0, 2)]) : undefined;
  if (known) return known;
  if (!/^(ECONN|ENOENT|EACCES|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)/.test(String(code))) {
    if (!/^(Connection terminated|timeout exceeded when trying to connect)/.test(String(message))) return undefined;
  }
  return silent;
}

const silent: Complaint = {
  code: "database-unavailable",
  sentence:
    "PostgreSQL does not answer at the address in the settings. Is it running? The development system starts it with `npm start`.",
  exitCode: 3,
};
const bySqlState: Record<string, Complaint> = {
  "08": silent,
  "53": silent,
  "57": silent,
  "28": {
    ...silent,
    code: "database-refuses",
    sentence: "PostgreSQL does not let this role in: check name and password in the address.",
  },
  "3D": { ...silent, code: "database-missing", sentence: "PostgreSQL answers, but has no database of this name." },
  "42P01": {
    code: "migrations-missing",
    sentence: "The database lacks tables: run `cdb database migrate`.",
    exitCode: 1,
  },
  "42703": {
    code: "migrations-missing",
    sentence: "The database lacks columns: run `cdb database migrate`.",
    exitCode: 1,
  },
  "42501": { code: "right-missing", sentence: "The role in the address may not do this.", exitCode: 1 },
};

function withHint(sentence: string, hint: string | undefined): string {
  return hint ? `${sentence} ${hint}` : sentence;
}

function describeIssues(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join(".") || "value"}: ${issue.message}`).join("; ");
}
