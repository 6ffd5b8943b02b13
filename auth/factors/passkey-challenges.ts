// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What passkeys are to sign: of use for five minutes, once, in the sign-in or session that asked.
import type pg from "pg";
import { sha256 } from "../secrets.ts";

export const challengeMinutes = 5;

export class PasskeyChallenges {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async keep(holder: string, challenge: string): Promise<void> {
    await this.#pool.query(
      `insert into passkey_challenge (challenge_hash, holder, expires_at)
       values ($1, $2, now() + interval '${challengeMinutes} minutes')`,
      [sha256(challenge), holder],
    );
  }

  /** Of several answers to one challenge the first has it, right or wrong. */
  async take(holder: string, challenge: string | undefined): Promise<string | undefined> {
    if (challenge === undefined) return undefined;
    const { rowCount } = await this.#pool.query(
      "delete from passkey_challenge where challenge_hash = $1 and holder = $2 and expires_at > now()",
      [sha256(challenge), holder],
    );
    return rowCount === 1 ? challenge : undefined;
  }
}
