// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Someone we know by an email address.
import type { PostalAddress } from "@cdb/api/shapes.ts";
import { type Day, Temporal } from "@cdb/runtime/time.ts";
import type { Selectable } from "kysely";
import type { Work } from "../database.ts";
import { donrefOf } from "../donations/reference.ts";
import { Conflict, Invalid } from "../errors.ts";
import type { PersonTable } from "../schema.ts";

export interface Person extends Selectable<PersonTable> {}

export class Person {
  static readonly table = "person";

  /** The reference that people quote when they pay. */
  donref(prefix: string): string {
    return donrefOf(prefix, this.id);
  }

  isConfirmed(): boolean {
    return this.registration === "confirmed";
  }

  /** May sign in and be written to. */
  isActive(): boolean {
    return this.registration === "unconfirmed" || this.registration === "confirmed";
  }

  /** By the link in the mail, by a payment, or by a coordinator. */
  confirm(work: Work, by: "link" | "payment" | "coordinator"): void {
    if (this.registration !== "unconfirmed") return;
    this.registration = "confirmed";
    this.confirmedAt = work.now;
    work.note(this, Person, "confirmed", by);
    work.queue({ name: "find-duplicates", personId: this.id });
  }

  /** Somebody of the staff looks at the data: the person can see that they did. */
  noteLook(work: Work): void {
    work.tell(this.id, "person", this.id, "looked-at");
  }

  /** Nobody signs in as them or writes to them any more; every token ends at once. */
  block(work: Work, reason: string): void {
    if (!this.isActive())
      throw new Conflict("person-not-active", "Only somebody who is not blocked or erased can be blocked.");
    this.registration = "blocked";
    this.endSignIns(work);
    work.note(this, Person, "blocked", reason);
  }

  /** Back to what they were before. */
  unblock(work: Work, reason: string): void {
    if (this.registration !== "blocked") throw new Conflict("person-not-blocked", "This person is not blocked.");
    this.registration = this.confirmedAt === null ? "unconfirmed" : "confirmed";
    work.note(this, Person, "unblocked", reason);
  }

  change(work: Work, { name, kind, language, postalAddress, birthday }: PersonChange, reason = ""): void {
    if (name !== undefined) this.name = name;
    if (kind !== undefined) this.kind = kind;
    if (language !== undefined) this.language = knownLanguage(work, language);
    if (postalAddress !== undefined) Object.assign(this, addressColumns(postalAddress));
    if (birthday !== undefined) this.birthday = checkedBirthday(work, birthday);
    work.note(this, Person, "changed", reason);
  }

  /** By a link in a mail: they are still there and want to stay. The sign of life is what counts. */
  stay(work: Work): void {
    work.tell(this.id, "person", this.id, "stayed");
  }

  /** Refuses every token issued before now. */
  signOutEverywhere(work: Work): void {
    this.endSignIns(work);
    work.note(this, Person, "signed-out-everywhere");
  }

  /** Here at once; auth then ends what it handed out, and tells the services. */
  endSignIns(work: Work): void {
    this.signedOutAt = work.now;
    queueEndOfSignIns(work, this.uuid);
  }

  postalAddress(): PostalAddress {
    const { addressLines: lines, postcode, city, region, country } = this;
    return { lines, postcode, city, region, country };
  }
}

/** Has auth end what a person is signed in by; for who is erased it also forgets what they allowed and how they prove who they are. */
export function queueEndOfSignIns(work: Work, uuid: string, forget?: "forget"): void {
  work.queue({ name: "end-sign-ins", uuid, at: work.now.toString(), ...(forget && { forget: true as const }) });
}

/** What may be changed of a person; what is absent stays. */
export interface PersonChange {
  name?: string | undefined;
  kind?: "individual" | "organisation" | undefined;
  language?: string | undefined;
  postalAddress?: PostalAddress | undefined;
  /** `null`: not told any more. */
  birthday?: Day | null | undefined;
}

/** A postal address as it stands in the table; empty lines are left out. */
export function addressColumns({ lines, postcode, city, region = "", country }: PostalAddress) {
  return { addressLines: lines.filter((line) => line.trim() !== ""), postcode, city, region, country };
}

/** Throws Invalid for a day on which nobody who lives was born. */
export function checkedBirthday(work: Work, birthday: Day | null): Day | null {
  const today = work.now.toZonedDateTimeISO(work.organisation.timeZone).toPlainDate();
  if (birthday && (birthday.year < 1900 || Temporal.PlainDate.compare(birthday, today) > 0))
    throw new Invalid("birthday-unlikely", "A birthday lies between 1900 and today.", "birthday");
  return birthday;
}

/** A language that mails can be written in. Throws Invalid. */
export function knownLanguage(work: Work, language: string): string {
  const { languages } = work.organisation;
  if ([...languages.mail, ...languages.interface].includes(language)) return language;
  throw new Invalid("language-unknown", "The organisation does not write in this language.", "language");
}
