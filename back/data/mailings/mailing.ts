// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A mailing: one text in several languages to all who agreed to its purpose and are picked. Approved by a second person, sent once.
import { createHash } from "node:crypto";
import { type Moment, Temporal } from "@cdb/runtime/time.ts";
import { type Selectable, sql } from "kysely";
import { describeActor } from "../actor.ts";
import type { Work } from "../database.ts";
import { Conflict, Invalid, NotFound } from "../errors.ts";
import { getPurpose } from "../people/consent.ts";
import type { MailingTable } from "../schema.ts";
import { compileSelector } from "../selectors/selector.ts";
import { type MailingText, textsOf } from "./mailing-text.ts";

export interface Mailing extends Selectable<MailingTable> {}

export class Mailing {
  static readonly table = "mailing";

  /** Its text or its audience is about to be another: whoever approved it did not approve that. */
  edit(work: Work): void {
    this.#require(["draft", "approved", "scheduled", "paused"], "Only a mailing that has not begun can be changed.");
    this.#requireUnbegun("Only a mailing that has not begun can be changed.");
    Object.assign(this, {
      state: "draft",
      changedBy: describeActor(work.actor),
      scheduledFor: null,
      reason: "",
      ...notApproved,
    });
    work.note(this, Mailing, "changed");
  }

  /** Of a draft; or of one that paused before it began, because it was another one by then. */
  approve(work: Work, digest: string, count: number): void {
    this.#require(["draft", "paused"], "Only a draft can be approved.");
    this.#requireUnbegun("Only a draft can be approved.");
    const approvedBy = describeActor(work.actor);
    if (work.organisation.mailings.secondPerson && [this.changedBy, this.madeBy].includes(approvedBy))
      throw new Conflict("approval-own", "Somebody else has to approve what you have written.");
    Object.assign(this, { state: "approved", approvedBy, approvedDigest: digest, approvedCount: count, reason: "" });
    work.note(this, Mailing, "approved");
  }

  /** Not before its moment; a long time after it nothing is sent by itself. */
  schedule(work: Work, at: Moment): void {
    this.#require(["approved", "scheduled"], "Only a mailing that is approved can be sent.");
    Object.assign(this, { state: "scheduled", scheduledFor: at, reason: "" });
    work.note(this, Mailing, "scheduled");
  }

  begin(work: Work): void {
    this.#require(["scheduled"], "Only a mailing that is scheduled can begin.");
    Object.assign(this, { state: "sending", beganAt: work.now });
    work.note(this, Mailing, "begun");
  }

  /** `reason`: why, when it pauses by itself. */
  pause(work: Work, reason = ""): void {
    this.#require(["scheduled", "sending"], "Only a mailing that is being sent or about to be can pause.");
    Object.assign(this, { state: "paused", reason });
    work.note(this, Mailing, "paused", reason);
  }

  /** One that has not begun keeps its moment, if that has not passed. */
  resume(work: Work): void {
    this.#require(["paused"], "Only a mailing that pauses can go on.");
    const isPast = this.scheduledFor === null || Temporal.Instant.compare(this.scheduledFor, work.now) < 0;
    const scheduledFor = this.beganAt === null && isPast ? work.now : this.scheduledFor;
    Object.assign(this, { state: this.beganAt === null ? "scheduled" : "sending", scheduledFor, reason: "" });
    work.note(this, Mailing, "resumed");
  }

  /** Some who may have got it are to get it again: it is under way again, if it had ended. */
  reopen(work: Work): void {
    this.#require(["sending", "paused", "sent"], "Nothing is sent any more of a mailing that was stopped.");
    if (this.state !== "sent") return;
    Object.assign(this, { state: "sending", endedAt: null });
    work.note(this, Mailing, "reopened");
  }

  /** For good: whoever has not got it will not. */
  stop(work: Work): void {
    this.#require(["approved", "scheduled", "sending", "paused"], "This mailing has ended, or has not been approved.");
    Object.assign(this, { state: "stopped", endedAt: work.now });
    work.note(this, Mailing, "stopped");
  }

  finish(work: Work): void {
    this.#require(["sending"], "Only a mailing that is being sent can end.");
    Object.assign(this, { state: "sent", endedAt: work.now });
    work.note(this, Mailing, "sent");
  }

  /** Puts it into the archive or takes it out, also after it was sent. */
  publish(work: Work, isPublic: boolean): void {
    if (this.beganAt === null)
      throw new Conflict("mailing-state", "Until it begins this is a part of what is approved.");
    this.public = isPublic;
    work.note(this, Mailing, isPublic ? "published" : "hidden");
  }

  #requireUnbegun(sentence: string): void {
    if (this.beganAt !== null) throw new Conflict("mailing-state", sentence);
  }

  #require(states: Mailing["state"][], sentence: string): void {
    if (!states.includes(this.state)) throw new Conflict("mailing-state", sentence);
  }
}

const notApproved = { approvedBy: null, approvedDigest: null, approvedCount: null };

export interface NewMailing {
  name: string;
  purpose: string;
  selector: string;
  replyTo: string;
  public: boolean;
}

/** Throws Invalid for a purpose or selector that is none, Conflict when the name is taken. */
export async function makeMailing(work: Work, wish: NewMailing): Promise<Mailing> {
  check(work, wish);
  await lockName(work, wish.name);
  const by = describeActor(work.actor);
  const fresh = { madeBy: by, madeAt: work.now, changedBy: by, scheduledFor: null, beganAt: null, endedAt: null };
  const mailing = await work.addOnce(Mailing, { ...wish, ...fresh, ...notApproved }, "made");
  if (!mailing) throw new Conflict("name-taken", "There is a mailing of this name.");
  return mailing;
}

type Change = { [K in keyof NewMailing]?: NewMailing[K] | undefined };

/** What is not named stays as it is. Throws as `makeMailing` does. */
export async function changeMailing(work: Work, mailing: Mailing, wish: Change): Promise<void> {
  const change = Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined));
  if (mailing.beganAt !== null && change.public !== undefined && Object.keys(change).length === 1)
    return mailing.publish(work, change.public === true);
  check(work, { ...mailing, ...change });
  if (wish.name !== undefined && wish.name !== mailing.name) {
    await lockName(work, wish.name);
    if (await findMailing(work, wish.name)) throw new Conflict("name-taken", "There is a mailing of this name.");
  }
  mailing.edit(work);
  Object.assign(mailing, change);
}

/** By its number or its name. Throws NotFound. */
export async function getMailing(work: Work, named: string, lock?: "lock"): Promise<Mailing> {
  const mailing = await findMailing(work, named, lock);
  if (!mailing) throw new NotFound("mailing-unknown", "There is no mailing of this name or number.");
  return mailing;
}

export function listMailings(work: Work, limit: number): Promise<Selectable<MailingTable>[]> {
  return work.query.selectFrom("mailing").selectAll().orderBy("id", "desc").limit(limit).execute();
}

export function findMailing(work: Work, named: string, lock?: "lock"): Promise<Mailing | undefined> {
  return work.find(Mailing, /^\d{1,9}$/.test(named) ? sql`id = ${Number(named)}` : sql`name = ${named}`, lock);
}

// Two who take the same name at once would both find it free.
async function lockName(work: Work, name: string): Promise<void> {
  await work.rows("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`mailing ${name}`]);
}

function check(work: Work, { name, purpose, selector, replyTo }: NewMailing): void {
  if (!/^[a-z][a-z0-9-]{1,79}$/.test(name))
    throw new Invalid("name-malformed", "A name has small letters, digits and dashes, such as news-2026-12.", "name");
  if (getPurpose(work, purpose).permits !== "mails")
    throw new Invalid("purpose-unknown", "Nobody agreed to mails for this purpose.", "purpose");
  if (replyTo !== "" && !/^[^\s@,;<>]+@[^\s@,;<>]+$/.test(replyTo))
    throw new Invalid("email-malformed", "This is no email address.", "replyTo");
  if (selector !== "") compileSelector(work.organisation, selector, work.now);
}

/** Over everything that is approved: whatever is changed, it is another one. */
export function digestOf(mailing: Mailing, texts: readonly MailingText[]): string {
  const { purpose, selector, replyTo } = mailing;
  const written = texts.map(({ language, subject, body }) => [language, subject, body]);
  return createHash("sha256")
    .update(JSON.stringify([purpose, selector, replyTo, mailing.public, written]))
    .digest("hex");
}

/** Throws Conflict with the code `approval-outdated`, and takes the approval back by that, when what is there is not what was approved. */
export async function requireApproved(work: Work, mailing: Mailing): Promise<void> {
  if (mailing.approvedDigest !== digestOf(mailing, await textsOf(work, mailing.id)))
    throw new Conflict("approval-outdated", "It was changed since it was approved.");
}

const overdueHours = 1;

/** The moment has passed so long ago that nobody may expect it any more, such as after a backup came back. */
export function isOverdue(work: Work, { scheduledFor }: Mailing): boolean {
  return scheduledFor !== null && Temporal.Instant.compare(scheduledFor.add({ hours: overdueHours }), work.now) < 0;
}
