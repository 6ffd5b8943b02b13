// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The operators' log: one JSON line per event on standard output, without personal data.
import pino from "pino";

export type Log = pino.Logger;

/** Makes the log of one program. `LOG_LEVEL` chooses how much it says. */
export function openLog(program: string, level: string): Log {
  return pino({
    name: program,
    level,
    base: { program },
    redact: [
      "password",
      "token",
      "secret",
      "email",
      "iban",
      "authorization",
      "*.password",
      "*.token",
      "*.secret",
      "*.email",
      "*.iban",
      "*.authorization",
    ],
    serializers: { err: describeError },
  });
}

// A driver's error carries the row, the query or the address it failed on; a log must not.
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: typeof error };
  const code = (error as NodeJS.ErrnoException).code;
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  return { name: error.name, ...(code ? { code } : {}), message: error.message, stack: error.stack, ...cause };
}
