// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What goes wrong with a provider, in our words: never a provider's own sentence, which may repeat what a donor typed.

/** The provider cannot be reached or is in trouble: trying again later may help. */
export class ProviderUnavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ProviderUnavailable";
  }
}

/** `credentials`: our key is not accepted. `repeated-key`: the key was used before with other content. */
export type RefusalCode = "amount" | "currency" | "email" | "credentials" | "repeated-key" | "other";

/** The provider understood and said no: trying the same again will not help. */
export class ProviderRefused extends Error {
  readonly code: RefusalCode;
  constructor(code: RefusalCode, message: string) {
    super(message);
    this.name = "ProviderRefused";
    this.code = code;
  }
}

/** The notice is not the provider's, was altered, or is too old. Nothing in it may be believed. */
export class ForgedNotice extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ForgedNotice";
  }
}

/** The notice is genuine, but not in the shape we know: somebody has to look, and the provider should tell it again. */
export class UnreadableNotice extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnreadableNotice";
  }
}
