// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// One mail to one person: queued → handed over → accepted, refused or unknown.
import { type Moment, Temporal } from "@cdb/runtime/time.ts";
import { type Selectable, sql } from "kysely";
import type { Work } from "../database.ts";
import { Conflict } from "../errors.ts";
import type { Person } from "../people/person.ts";
import type { MessageTable } from "../schema.ts";
import type { MailName } from "./mails.ts";

export interface Message extends Selectable<MessageTable> {}

export class Message {
  static readonly table = "message";
  static readonly quiet = true;

  /** The mail server gets it now. From here to its answer nobody knows whether the mail went out. */
  handOver(work: Work, messageId: string): void {
    if (this.state !== "queued") throw new Conflict("message-not-queued", "Only a queued mail can be handed over.");
    this.state = "handed-over";
    this.handedOverAt = work.now;
    this.messageId = messageId;
    this.attempts += 1;
  }

  /** Somebody is sending it, or was until they ended without a word. */
  isUnderWay(work: Work): boolean {
    if (this.state !== "handed-over" || this.handedOverAt === null) return false;
    return Temporal.Instant.compare(this.handedOverAt.add({ minutes: sendingMinutes }), work.now) > 0;
  }

  /** The mail server took it. What is kept is the text without its secrets. */
  accept(work: Work, kept: { subject: string; body: string }): void {
    this.#settle("accepted", null);
    this.sentAt = work.now;
    this.#keep(kept);
  }

  /** The mail server refused it for good, or it makes no sense any more. */
  refuse(reason: string, kept: { subject: string; body: string }): void {
    this.#settle("refused", reason);
    this.#keep(kept);
  }

  /** The mail server certainly did not take it; it waits for the next try. */
  putBack(reason: string): void {
    if (this.isErased()) this.#settle("refused", "erased");
    else this.#settle("queued", reason);
  }

  /** The connection broke after the text was handed over: a person decides. */
  doubt(reason: string): void {
    this.#settle("unknown", reason);
  }

  /** A person decided that a mail of unknown fate is to be sent again. */
  sendAgain(work: Work): void {
    if (this.state !== "unknown")
      throw new Conflict("message-not-unknown", "Only a mail of unknown fate can be sent again.");
    this.putBack("sent again by hand");
    if (!this.isErased()) work.queue({ name: "send-message", messageId: this.id });
  }

  /** Its person has left meanwhile: there is nobody to write to. */
  isErased(): boolean {
    return this.recipient === "";
  }

  #settle(state: Message["state"], reason: string | null): void {
    this.state = state;
    this.reason = reason;
  }

  #keep({ subject, body }: { subject: string; body: string }): void {
    this.secrets = null;
    // The mail that certifies an erasure is the last that knows the address; others may be overtaken by the erasure.
    if (this.mail === "erasure-done" || this.isErased()) this.#forget();
    else Object.assign(this, { subject, body });
  }

  #forget(): void {
    this.recipient = "";
    this.fields = {};
    this.subject = null;
    this.body = null;
    this.messageId = null;
  }
}

// Longer than any mail server takes to answer.
const sendingMinutes = 3;

export interface NewMessage {
  mail: MailName;
  /** To a person, in their language, at their address … */
  person?: Person;
  /** … or at another one; alone, to an address that is nobody's. */
  recipient?: { email: string; language: string };
  fields: Record<string, string>;
  secrets?: Record<string, string>;
  linkId?: string | null;
  /** The donation that it thanks for. */
  donationId?: number;
}

/** Stores a mail and the task to send it, both in this transaction. */
export async function queueMessage(work: Work, message: NewMessage): Promise<Message> {
  const queued = await work.add(Message, rowOf(work, message), "queued");
  work.queue({ name: "send-message", messageId: queued.id });
  return queued;
}

/** The same for many at once. */
export async function queueMessages(work: Work, messages: readonly NewMessage[]): Promise<void> {
  const rows = messages.map((message) => rowOf(work, message));
  for (const { id } of await work.addAll(Message, rows, "queued")) work.queue({ name: "send-message", messageId: id });
}

function rowOf(work: Work, { mail, person, recipient, fields, secrets, linkId, donationId }: NewMessage) {
  return {
    personId: person?.id ?? null,
    recipient: recipient?.email ?? person?.email ?? "",
    mail,
    language: recipient?.language ?? person?.language ?? "en",
    fields,
    secrets: secrets ?? null,
    linkId: linkId ?? null,
    donationId: donationId ?? null,
    subject: null,
    body: null,
    messageId: null,
    reason: null,
    queuedAt: work.now,
    handedOverAt: null,
    sentAt: null,
  };
}

/** The mail with this number; locked, since its state is about to change. */
export function findMessage(work: Work, id: number): Promise<Message | undefined> {
  return work.find(Message, sql`id = ${id}`, "lock");
}

/** Whether this address got this mail within the time: mails that anybody can cause are limited. */
export async function wasWrittenTo(
  work: Work,
  email: string,
  mail: MailName,
  within: Temporal.Duration,
): Promise<boolean> {
  const since: Moment = work.now.subtract(within);
  // Two requests at once would both find nothing: the second waits here for the first.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${mail} ${email.toLowerCase()}`}, 0))`.execute(work.query);
  const { rows } =
    await sql`select 1 from message where lower(recipient) = ${email.toLowerCase()} and mail = ${mail} and queued_at > ${since} limit 1`.execute(
      work.query,
    );
  return rows.length > 0;
}
