// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Registering: a new person enters, or the one with this email address is found; nothing they have is overwritten.
import type { PostalAddress } from "@cdb/api/shapes.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import { Invalid } from "../errors.ts";
import { prepareLink } from "../links/signed-link.ts";
import { queueMessage, wasWrittenTo } from "../mailings/message.ts";
import { getPurpose, type Origin, openRequests, requestConsents } from "./consent.ts";
import { addressKey } from "./email-spelling.ts";
import { findByEmail, lockAddress } from "./find-people.ts";
import { addressColumns, knownLanguage, Person } from "./person.ts";
import { openRoles, requestRole, type VolunteerWish } from "./role.ts";
import { openSignatures, requestSignatures } from "./signature.ts";

export interface Registration {
  name: string;
  email: string;
  kind: "individual" | "organisation";
  language: string;
  postalAddress?: PostalAddress | undefined;
  purposes: string[];
  /** Campaign → ISO day. */
  signatures: Record<string, string>;
  /** They want to work with us. */
  volunteer?: VolunteerWish | undefined;
  /** `mail`: we ask by mail. `caller`: an outside program asks by its own signed command. */
  confirmation: "mail" | "caller";
  origin: Origin;
}

/** Registers, safe to repeat. A known address gets the same answer; what is asked for waits for the confirmation. */
export async function register(work: Work, wish: Registration): Promise<Person> {
  refuseBlockedDomain(work, wish.email);
  for (const purpose of wish.purposes) getPurpose(work, purpose);
  const person = (await addPerson(work, wish)) ?? (await findKnown(work, wish.email));
  await requestConsents(work, person, wish.purposes, wish.origin);
  await requestSignatures(work, person, wish.signatures, wish.origin);
  if (wish.volunteer) await requestRole(work, person, wish.volunteer);
  if (wish.confirmation === "mail") await askToConfirm(work, person);
  return person;
}

/** Mails what there is to confirm, or that there is nothing; at most once an hour, for anybody can type an address. */
export async function askToConfirm(work: Work, person: Person): Promise<void> {
  if (!person.isActive() || person.email === null) return;
  const waits =
    !person.isConfirmed() ||
    (await openRequests(work, person.id)).length > 0 ||
    (await openSignatures(work, person.id)).length > 0 ||
    (await openRoles(work, person.id)).length > 0;
  const mail = waits ? "confirm-registration" : "registered-already";
  if (await wasWrittenTo(work, person.email, mail, Temporal.Duration.from({ hours: 1 }))) return;
  const link = waits
    ? await prepareLink(work, person, "confirm", 7 * work.organisation.registrations.unconfirmedKeptWeeks)
    : null;
  await queueMessage(work, { mail, person, fields: { name: person.name }, linkId: link?.id ?? null });
}

async function addPerson(work: Work, wish: Registration): Promise<Person | undefined> {
  const { postalAddress } = wish;
  const values = {
    kind: wish.kind,
    name: wish.name,
    email: wish.email,
    language: knownLanguage(work, wish.language),
    registeredAt: work.now,
    ...(postalAddress && addressColumns(postalAddress)),
  };
  await lockAddress(work, wish.email);
  const known = await findByEmail(work, wish.email);
  return known ? undefined : work.addOnce(Person, values, "registered");
}

async function findKnown(work: Work, email: string): Promise<Person> {
  const person = await findByEmail(work, email);
  if (!person) throw new Error("the address is taken, yet nobody has it");
  return person;
}

/** Throws Invalid for an address at a domain that the profile does not accept. */
export function refuseBlockedDomain(work: Work, email: string): void {
  const domain = addressKey(email).slice(email.lastIndexOf("@") + 1);
  if (work.organisation.registrations.blockedEmailDomains.includes(domain))
    throw new Invalid("email-address-refused", "Mail to this domain is not accepted.", "email");
}
