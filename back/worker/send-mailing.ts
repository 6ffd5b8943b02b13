// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Sends one mailing, beside any number of other workers: some at once, as fast as the mail server and the limits allow.
import { setTimeout as pause } from "node:timers/promises";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Actor } from "../data/actor.ts";
import type { Database } from "../data/database.ts";
import type { Mailing } from "../data/mailings/mailing.ts";
import { type MailingText, textsOf } from "../data/mailings/mailing-text.ts";
import { type Addressee, claimRecipients, type Outcome } from "../data/mailings/recipients.ts";
import { readForm } from "../mail/mailing-form.ts";
import { layOut, type MailingDesk, type MailingLayout } from "../mail/mailing-mail.ts";
import type { Delivery, Smtp } from "../mail/smtp.ts";
import { MailingLedger } from "./mailing-ledger.ts";

const worker: Actor = { kind: "worker" };
const claimedAtOnce = 200;
/** Pauses after a mail server said "later", by the number of tries; then it is given up. */
const pausesMinutes = [1, 5, 15, 30, 60, 120, 240, 480, 960, 1_440];
/** A domain that says "later" gets nothing from this worker for so long. */
const domainPauseMs = 60_000;
const serverPauseMs = 5_000;

export interface BulkOffice extends MailingDesk {
  database: Database;
  /** Of its own: mails to one person do not wait behind it. */
  smtp: Smtp;
  /** How many are sent at the same time. */
  lanes: number;
  /** How many a second this worker sends at most. */
  perSecond: number;
}

/** Until nobody waits, the mailing pauses, or `signal` says so. What the mail server postpones is left for the next time. */
export async function sendMailing(office: BulkOffice, mailing: Mailing, signal: AbortSignal): Promise<void> {
  const texts = await office.database.read(worker, (work) => textsOf(work, mailing.id));
  await new MailingRun(office, mailing, texts, signal).run();
}

class MailingRun {
  readonly #office: BulkOffice;
  readonly #mailing: Mailing;
  readonly #layouts: ReadonlyMap<string, MailingLayout>;
  readonly #signal: AbortSignal;
  readonly #ledger: MailingLedger;
  readonly #pausing = new Map<string, number>();
  #claimed: number[] = [];
  #after = 0;
  #claiming: Promise<void> | undefined;
  #isOver = false;
  #nextAt = 0;

  constructor(office: BulkOffice, mailing: Mailing, texts: readonly MailingText[], signal: AbortSignal) {
    this.#office = office;
    this.#mailing = mailing;
    this.#signal = signal;
    const forms = texts.map((text) => readForm(text, office.organisation));
    this.#layouts = new Map(forms.map((form) => [form.language, layOut(office, mailing, form)]));
    const fields = new Set(forms.flatMap((form) => form.fields));
    this.#ledger = new MailingLedger(office.database, mailing, [...fields]);
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.#office.lanes }, () => this.#send()));
  }

  // What became of one is kept in the transaction that hands the next one over.
  async #send(): Promise<void> {
    let last: { kept: Promise<void> } | undefined;
    for (let next = await this.#next(); next !== undefined; next = await this.#next()) {
      await this.#keepPace();
      const [addressee] = await Promise.all([this.#ledger.handOver(next), last?.kept]);
      last = addressee && (await this.#sendTo(addressee));
    }
    await last?.kept;
  }

  /** Resolves when the mail server has answered; what it gives, once that is kept. */
  async #sendTo(to: Addressee): Promise<{ kept: Promise<void> }> {
    const layout = this.#layouts.get(to.language);
    // The texts of what is being sent do not change.
    if (!layout) throw new Error(`mailing ${this.#mailing.id} has no text in ${to.language}`);
    const delivery = await this.#office.smtp.send(layout.compose(to));
    const kept = this.#ledger.settle(outcomeOf(to, delivery));
    // Whoever goes on from here waits for it; until then a failure is nobody's yet.
    kept.catch(() => {});
    if (delivery.outcome === "later") await this.#waitAfter(to, delivery.about);
    return { kept };
  }

  async #waitAfter({ domain }: Addressee, about: "mail" | "server"): Promise<void> {
    if (about === "mail") this.#pausing.set(domain, Date.now() + domainPauseMs);
    else await pause(serverPauseMs, undefined, { signal: this.#signal }).catch(() => {});
  }

  async #next(): Promise<number | undefined> {
    while (this.#claimed.length === 0 && !this.#isOver && !this.#signal.aborted) {
      this.#claiming ??= this.#claim().finally(() => {
        this.#claiming = undefined;
      });
      await this.#claiming;
    }
    return this.#signal.aborted ? undefined : this.#claimed.shift();
  }

  async #claim(): Promise<void> {
    const now = Date.now();
    for (const [domain, until] of this.#pausing) if (until < now) this.#pausing.delete(domain);
    const wish = { after: this.#after, limit: claimedAtOnce, pausing: [...this.#pausing.keys()] };
    const claimed = await this.#office.database.transaction(worker, (work) =>
      claimRecipients(work, this.#mailing.id, wish),
    );
    this.#claimed = claimed.sort((a, b) => a.position - b.position).map(({ personId }) => personId);
    // Behind the last one there may be nobody, but before it those who were passed by.
    if (claimed.length === 0 && this.#after === 0) this.#isOver = true;
    this.#after = claimed.at(-1)?.position ?? 0;
  }

  // Each takes the next moment that is free.
  async #keepPace(): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + 1_000 / this.#office.perSecond;
    // Timers are no finer than that.
    if (at - now > 2) await pause(at - now, undefined, { signal: this.#signal }).catch(() => {});
  }
}

function outcomeOf({ personId, attempts }: Addressee, delivery: Delivery): Outcome {
  if (delivery.outcome === "accepted") return { personId, state: "accepted" };
  if (delivery.outcome !== "later") return { personId, state: delivery.outcome, reason: delivery.reason };
  const minutes = delivery.about === "server" ? 0 : pausesMinutes[attempts - 1];
  if (minutes === undefined) return { personId, state: "refused", reason: `given up: ${delivery.reason}` };
  return { personId, state: "waiting", reason: delivery.reason, notBefore: Temporal.Now.instant().add({ minutes }) };
}
