// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The second factor as a whole: what there is of it, and a code that is typed, guessed no faster than others.
import type pg from "pg";
import type { Throttle } from "../login/throttle.ts";
import type { Secrets } from "../secrets.ts";
import { Apps } from "./apps.ts";
import { Factors } from "./factors.ts";
import { Passkeys } from "./passkeys.ts";
import type { Proof } from "./proof.ts";
import { RecoveryCodes, recoveryDigits } from "./recovery-codes.ts";

export type CodeOutcome =
  | { outcome: "right"; proofs: Proof[] }
  | { outcome: "wrong" }
  | { outcome: "wait"; seconds: number };

export interface CodeAttempt {
  account: string;
  network: string;
  typed: string;
}

export class SecondFactor {
  readonly factors: Factors;
  readonly apps: Apps;
  readonly passkeys: Passkeys;
  readonly recoveryCodes: RecoveryCodes;
  readonly #throttle: Throttle;

  constructor(pool: pg.Pool, secrets: Secrets, throttle: Throttle, issuer: string, organisation: string) {
    this.factors = new Factors(pool);
    this.apps = new Apps(pool, secrets, this.factors, organisation);
    this.passkeys = new Passkeys(pool, this.factors, issuer, organisation);
    this.recoveryCodes = new RecoveryCodes(pool, secrets);
    this.#throttle = throttle;
  }

  /** A code of an app, or from paper. Each try counts before it is looked at. */
  async check({ account, network, typed }: CodeAttempt): Promise<CodeOutcome> {
    const seconds = await this.#throttle.countSecondFactor(account, network);
    if (seconds > 0) return { outcome: "wait", seconds };
    const code = readCode(typed);
    const proof: Proof = code.length === recoveryDigits ? "recovery" : "otp";
    const isRight = proof === "otp" ? this.apps.use(account, code) : this.recoveryCodes.use(account, code);
    if (!(await isRight)) return { outcome: "wrong" };
    await this.#throttle.forgetSecondFactor(account, network);
    return { outcome: "right", proofs: [proof, "mfa"] };
  }
}

/** Digits alone: people type codes with spaces, and copy them with dashes. */
export function readCode(typed: string): string {
  return typed.slice(0, 100).replace(/[\s-]/g, "");
}
