// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// An address from which mails come back: its score, and whether it is taken for silent, so that nobody writes to it any more.
import { Temporal, today } from "@cdb/runtime/time.ts";
import { type Selectable, sql } from "kysely";
import type { Work } from "../database.ts";
import type { Person } from "../people/person.ts";
import type { AddressTroubleTable } from "../schema.ts";
import type { MailName } from "./mails.ts";

/** Five points; a mail that never arrives is one, one that does not arrive now half of one. */
const silentFromHalves = 10;
const forgottenAfterDays = 30;

export interface AddressTrouble extends Selectable<AddressTroubleTable> {}

export class AddressTrouble {
  static readonly table = "addressTrouble";
  static readonly quiet = true;

  /** Adds to the score, once a day at most; what is older than a month is forgotten. Returns what it added. */
  count(work: Work, halves: number): number {
    const day = today(work.organisation.timeZone, work.now);
    if (this.countedOn.equals(day) || this.silentSince !== null) return 0;
    const isOld = Temporal.PlainDate.compare(this.countedOn.add({ days: forgottenAfterDays }), day) < 0;
    this.halfPoints = (isOld ? 0 : this.halfPoints) + halves;
    this.countedOn = day;
    return halves;
  }

  hasEnough(): boolean {
    return this.halfPoints >= silentFromHalves;
  }

  fallSilent(work: Work): void {
    this.silentSince = work.now;
    work.tell(this.personId, "address-trouble", this.id, "silent");
  }
}

/** Makes it, locked, with nothing counted yet; or what is known of the address, if it is still this person's. */
export async function troubleOf(work: Work, person: Person, address: string): Promise<AddressTrouble> {
  const known = await work.find(AddressTrouble, sql`address = ${address.toLowerCase()}`, "lock");
  const fresh = {
    personId: person.id,
    halfPoints: 0,
    countedOn: Temporal.PlainDate.from("1970-01-01"),
    silentSince: null,
  };
  if (known && known.personId !== person.id) Object.assign(known, fresh);
  return known ?? work.add(AddressTrouble, { address: address.toLowerCase(), ...fresh }, "added");
}

/** Of their addresses, those to which nobody writes any more. */
export async function silentAddressesOf(work: Work, { id, email, secondaryEmail }: Person): Promise<string[]> {
  const rows = await work.rows<{ address: string }>(
    "select address from address_trouble where person_id = $1 and silent_since is not null",
    [id],
  );
  const silent = new Set(rows.map(({ address }) => address));
  return [email, secondaryEmail].filter((each) => each !== null).filter((each) => silent.has(each.toLowerCase()));
}

/** SQL over `person`: nobody writes to their address any more. */
export const isSilent = `exists (select from address_trouble where address_trouble.person_id = person.id
  and address = lower(person.email) and silent_since is not null)`;

/** Mails that somebody asks for who says that they are there now: these are worth a try. */
const askedFor: ReadonlySet<string> = new Set<MailName>([
  ...(["check-address", "confirm-registration", "confirm-email-change", "confirm-secondary-email"] as const),
  ...(["login-link", "address-unknown", "erasure-done"] as const),
]);

/** Whether this mail is not to be sent, for its address does not answer any more. */
export async function isForNobody(
  work: Work,
  { mail, recipient }: { mail: string; recipient: string },
): Promise<boolean> {
  if (askedFor.has(mail)) return false;
  const found = await work.rows("select 1 from address_trouble where address = $1 and silent_since is not null", [
    recipient.toLowerCase(),
  ]);
  return found.length > 0;
}

/** Somebody who got a mail there acted on it: the address answers, and all that was counted is forgotten. */
export async function noteAnswer(work: Work, address: string): Promise<void> {
  if (address === "") return;
  tellAnswers(
    work,
    await work.rows("delete from address_trouble where address = $1 returning id, person_id, silent_since", [
      address.toLowerCase(),
    ]),
  );
}

/** An administrator knows better. Returns how many addresses that is. */
export async function forgive(work: Work, person: Person, reason: string): Promise<number> {
  const gone = await work.rows<Gone>(
    "delete from address_trouble where person_id = $1 returning id, person_id, silent_since",
    [person.id],
  );
  tellAnswers(work, gone, reason);
  return gone.length;
}

type Gone = Pick<AddressTrouble, "id" | "personId" | "silentSince">;

function tellAnswers(work: Work, gone: readonly Gone[], reason = ""): void {
  for (const { id, personId, silentSince } of gone)
    if (silentSince !== null || reason !== "") work.tell(personId, "address-trouble", id, "answers", reason);
}
