// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What front itself refuses, before anybody else is asked.

/** Shown as a page with the sentence for `code` in problem-words.ts. */
export class Refused extends Error {
  readonly status: 400 | 403 | 404 | 409 | 410 | 413 | 415 | 422 | 503;
  readonly code: string;
  constructor(status: Refused["status"], code: string) {
    super(`${status} ${code}`);
    this.name = "Refused";
    this.status = status;
    this.code = code;
  }
}

/** The visitor's session is over: they signed out elsewhere, or it was too long ago. */
export class SignedOut extends Error {
  constructor(cause?: unknown) {
    super("the session is over", { cause });
    this.name = "SignedOut";
  }
}
