// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How a person proved who they are, in the words of tokens: `amr` (RFC 8176) and `acr`.

/** What is asked for in the first place: the password, a mailed link, or a passkey that knows its owner. */
export type FirstProof = "pwd" | "email";

/** A password that counts for nothing before it is changed; no token ever says it. */
export const duePassword = "pwd-due";

/** "recovery": a code from paper; "hwk" and "swk": a passkey in one device, or on several; "user": somebody was there. */
export type Proof = FirstProof | typeof duePassword | "otp" | "recovery" | "hwk" | "swk" | "user" | "mfa";

/** The class of a sign-in with two factors, which clients may ask for. There is no other. */
export const mfaClass = "urn:community-database:acr:mfa";

/** Whether a sign-in was made with two factors. */
export function isStrong(proofs: readonly string[] | undefined): boolean {
  return proofs?.includes("mfa") ?? false;
}

/** As the library keeps it in a session. */
export function asProved(proofs: readonly string[]): { amr: string[]; acr?: string } {
  const amr = [...new Set(proofs)];
  return isStrong(amr) ? { amr, acr: mfaClass } : { amr };
}
