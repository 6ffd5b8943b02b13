// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The errors of the directory, and the translation of whatever the LDAP library throws into one of them.

import { BusyError, ResultCodeError, UnavailableError } from "ldapts";

/** The directory gave no answer, in time or at all: nothing is known of the outcome; trying again later may help. */
export class DirectoryUnavailable extends Error {
  override name = "DirectoryUnavailable";
}

/** The directory answered and said no (missing right, schema, wrong settings): trying again changes nothing. */
export class DirectoryRefused extends Error {
  override name = "DirectoryRefused";
  /** RFC 4511, appendix A. */
  readonly resultCode: number;

  constructor(resultCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.resultCode = resultCode;
  }
}

/** There is no such entry. */
export class EntryNotFound extends Error {
  override name = "EntryNotFound";
}

/** The username belongs to an entry that is there already and was not made by us: nothing was changed. */
export class EntryTaken extends Error {
  override name = "EntryTaken";

  constructor() {
    super("An entry that is not ours has this username: link it by `cdb accounts adopt`, or choose another username");
  }
}

export type PasswordRefusal =
  | "wrong-password"
  | "locked"
  | "expired"
  | "too-short"
  | "too-weak"
  | "too-young"
  | "in-history"
  | "not-allowed";

/** A new password was not taken; nothing has changed. The reason is a code for the caller to put into words. */
export class PasswordRefused extends Error {
  override name = "PasswordRefused";
  readonly reason: PasswordRefusal;

  constructor(reason: PasswordRefusal, options?: ErrorOptions) {
    super(`The directory refused the new password: ${reason}`, options);
    this.reason = reason;
  }
}

/** Runs `work` for at most `timeoutMs`; every error that leaves is one of ours, or a mistake in the program. */
export async function answerWithin<T>(timeoutMs: number, work: (given: AbortSignal) => Promise<T>): Promise<T> {
  const given = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new DirectoryUnavailable(`The directory did not answer within ${timeoutMs} ms`));
    given.abort();
  }, timeoutMs);
  try {
    return await Promise.race([work(given.signal), late.promise]);
  } catch (error) {
    throw inOurWords(error);
  } finally {
    clearTimeout(timer);
  }
}

/** The error as one of ours; a mistake in the program stays what it is. */
export function inOurWords(error: unknown): unknown {
  const ours = [DirectoryUnavailable, DirectoryRefused, EntryNotFound, EntryTaken, PasswordRefused];
  const isOurs = ours.some((kind) => error instanceof kind);
  const isMistake = [TypeError, RangeError, ReferenceError].some((kind) => error instanceof kind);
  if (isOurs || isMistake || !(error instanceof Error)) return error;
  if (!(error instanceof ResultCodeError) || error instanceof BusyError || error instanceof UnavailableError) {
    return new DirectoryUnavailable(`The directory cannot be reached: ${firstLine(error)}`, { cause: error });
  }
  return new DirectoryRefused(error.code, `The directory refused (code ${error.code}): ${firstLine(error)}`, {
    cause: error,
  });
}

function firstLine(error: Error): string {
  return error.message.split("\n")[0] || error.name;
}
