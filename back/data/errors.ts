// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the core refuses: four kinds, each with a stable code for programs and a sentence for logs. Never a value.

abstract class Refusal extends Error {
  /** Stable, in kebab case: `email-address-taken`. */
  readonly code: string;
  constructor(code: string, sentence: string) {
    super(sentence);
    this.name = new.target.name;
    this.code = code;
  }
}

export class NotFound extends Refusal {}
export class Conflict extends Refusal {}
export class Forbidden extends Refusal {}

export class Invalid extends Refusal {
  /** The field that is wrong, as the API names it. */
  readonly field: string | undefined;
  constructor(code: string, sentence: string, field?: string) {
    super(code, sentence);
    this.field = field;
  }
}

export type { Refusal };
