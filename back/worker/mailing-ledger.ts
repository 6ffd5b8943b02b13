// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The book of a mailing under way: many who send at once write into it together, so that each line costs a part of a transaction.
import { setTimeout as pause } from "node:timers/promises";
import type { Actor } from "../data/actor.ts";
import type { Database } from "../data/database.ts";
import { type Addressee, handOver, type Outcome, settleRecipients } from "../data/mailings/recipients.ts";

const worker: Actor = { kind: "worker" };
const keepTries = 30;

interface Asking {
  personId: number;
  answer(addressee: Addressee | undefined): void;
  fail(error: unknown): void;
}

interface Keeping {
  outcome: Outcome;
  done(): void;
  fail(error: unknown): void;
}

export class MailingLedger {
  readonly #database: Database;
  readonly #mailing: { id: number; purpose: string };
  readonly #fields: readonly string[];
  #asking: Asking[] = [];
  #keeping: Keeping[] = [];
  #writing = false;

  /** `fields`: what the texts say of each reader. */
  constructor(database: Database, mailing: { id: number; purpose: string }, fields: readonly string[]) {
    this.#database = database;
    this.#mailing = mailing;
    this.#fields = fields;
  }

  /** Hands one over; undefined: they are left out, or the mailing does not send any more. */
  handOver(personId: number): Promise<Addressee | undefined> {
    return new Promise((answer, fail) => {
      this.#asking.push({ personId, answer, fail });
      void this.#write();
    });
  }

  /** Resolves once the outcome is kept. */
  settle(outcome: Outcome): Promise<void> {
    return new Promise((done, fail) => {
      this.#keeping.push({ outcome, done, fail });
      void this.#write();
    });
  }

  // While one transaction runs, the next one fills.
  async #write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    // Who comes in the same turn of the loop is written with the first.
    await pause(0);
    while (this.#asking.length > 0 || this.#keeping.length > 0) {
      const [asking, keeping] = [this.#asking, this.#keeping];
      [this.#asking, this.#keeping] = [[], []];
      await this.#writeTogether(asking, keeping);
    }
    this.#writing = false;
  }

  async #writeTogether(asking: readonly Asking[], keeping: readonly Keeping[]): Promise<void> {
    try {
      const addressees = await this.#insist(asking, keeping);
      for (const { done } of keeping) done();
      for (const { personId, answer } of asking) answer(addressees.get(personId));
    } catch (error) {
      for (const { fail } of [...asking, ...keeping]) fail(error);
    }
  }

  // The mail server has answered, and only we know: a database that is just starting again is waited for.
  async #insist(asking: readonly Asking[], keeping: readonly Keeping[]): Promise<Map<number, Addressee>> {
    for (let tries = 1; ; tries += 1)
      try {
        return await this.#transaction(asking, keeping);
      } catch (error) {
        if (keeping.length === 0 || tries === keepTries) throw error;
        await pause(1_000);
      }
  }

  #transaction(asking: readonly Asking[], keeping: readonly Keeping[]): Promise<Map<number, Addressee>> {
    return this.#database.transaction(worker, async (work) => {
      if (keeping.length > 0)
        await settleRecipients(
          work,
          this.#mailing.id,
          keeping.map(({ outcome }) => outcome),
        );
      const ids = asking.map(({ personId }) => personId);
      const found = ids.length > 0 ? await handOver(work, this.#mailing, ids, this.#fields) : [];
      return new Map(found.map((addressee) => [addressee.personId, addressee]));
    });
  }
}
