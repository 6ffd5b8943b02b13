// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves people: their own data to themselves, everybody's to staff.
import * as api from "@cdb/api/people.ts";
import { type Day, Temporal } from "@cdb/runtime/time.ts";
import type { Work } from "../data/database.ts";
import { donationsOf } from "../data/donations/donation.ts";
import { Conflict } from "../data/errors.ts";
import { historyOf } from "../data/history.ts";
import { silentAddressesOf } from "../data/mailings/address-trouble.ts";
import { checkAddress } from "../data/mailings/bounce-mails.ts";
import { mailsTo } from "../data/mailings/mails-to.ts";
import { changePerson } from "../data/people/change-person.ts";
import { consentFacts, consentStates, setConsent } from "../data/people/consent.ts";
import { removeSecondaryEmail, requestEmailChange } from "../data/people/email-change.ts";
import { findPeople } from "../data/people/find-people.ts";
import { Person } from "../data/people/person.ts";
import { signaturesOf } from "../data/people/signature.ts";
import { requireFreshSignIn } from "./access.ts";
import type { LinkSecrets } from "./links.ts";
import type { Offers } from "./offer.ts";
import { presentConsent, presentHistory, presentPerson, presentPersonInFull, presentWithTrails } from "./present.ts";
import { presentMail } from "./present-mail.ts";

const page = 100;

export function offerPeople(offers: Offers, secrets: LinkSecrets): void {
  offerOwnData(offers, secrets);
  offers.offerLook(api.findPeople, async (work, { query }) => {
    const people = await findPeople(work, query.text, query.limit);
    for (const person of people) person.noteLook(work);
    return { people: await Promise.all(people.map((person) => presentPerson(work, person))) };
  });
  offers.offerLook(api.showPerson, async (work, { params }) =>
    presentPersonInFull(work, await lookAt(work, params.id)),
  );
  offers.offerLook(api.showHistory, async (work, { params }) => {
    const person = await lookAt(work, params.id);
    return { entries: (await historyOf(work, person.id)).map(presentHistory) };
  });
}

async function lookAt(work: Work, id: number): Promise<Person> {
  const person = await work.get(Person, id);
  person.noteLook(work);
  return person;
}

function offerOwnData(offers: Offers, secrets: LinkSecrets): void {
  offers.offerOwn(api.showMe, async (work, _, me) => ({
    ...(await presentPersonInFull(work, me)),
    silentAddresses: await silentAddressesOf(work, me),
  }));
  offers.offerOwn(api.changeMe, async (work, { body: { version, ...wish } }, me) => {
    if (version !== me.version)
      throw new Conflict("changed-meanwhile", "This person was changed by somebody else meanwhile.");
    const { birthday, ...rest } = wish;
    await changePerson(work, me, { ...rest, ...(birthday !== undefined && { birthday: readDay(birthday) }) });
    await work.write();
    return presentPerson(work, me);
  });
  offers.offerOwn(api.requestEmailChange, async (work, { body }, me, caller) => {
    requireFreshSignIn(caller);
    await requestEmailChange(work, me, body.email, body.which);
    return undefined;
  });
  offers.offerOwn(api.checkMyAddress, async (work, { body }, me) => {
    await checkAddress(work, me, body.which);
    return undefined;
  });
  offers.offerOwn(api.removeMySecondaryEmail, async (work, _, me) => {
    removeSecondaryEmail(work, me);
    return undefined;
  });
  offers.offerOwn(api.setMyConsent, async (work, { params, body }, me) => {
    await setConsent(work, me, params.purpose, body.granted, body);
    const states = await consentStates(work, me.id);
    return presentConsent(states.find((state) => state.purpose === params.purpose) as (typeof states)[number]);
  });
  offers.offerOwn(api.listMyConsentFacts, async (work, _, me) => {
    const facts = await consentFacts(work, me.id);
    const signatures = await signaturesOf(work, me.id);
    return { facts: facts.map((fact) => ({ ...fact, at: fact.at.toString() })), signatures };
  });
  offers.offerOwn(api.listMyDonations, async (work, { query }, me) => {
    const donations = await donationsOf(work, me.id, { ...query, limit: page + 1 });
    return { donations: await presentWithTrails(work, donations.slice(0, page)), more: donations.length > page };
  });
  offers.offerOwn(api.listMyMessages, async (work, { query }, me) => {
    const mails = await mailsTo(work, me.id, { ...query, limit: page + 1 });
    return {
      messages: mails.slice(0, page).map((mail) => presentMail(mail, secrets.links)),
      more: mails.length > page,
    };
  });
  offers.offerOwn(api.listMyHistory, async (work, _, me) => {
    const entries = await historyOf(work, me.id);
    return {
      entries: entries.map(({ at, actor, record, verb }) => ({
        at: at.toString(),
        actor: readActor(actor, me),
        record,
        verb,
      })),
    };
  });
  offers.offerOwn(api.signOutEverywhere, async (work, _, me) => {
    me.signOutEverywhere(work);
    return undefined;
  });
}

function readDay(day: string | null): Day | null {
  return day === null ? null : Temporal.PlainDate.from(day);
}

// Which person of the staff it was is the organisation's to know, by the same entry in its own view.
function readActor(actor: string, me: Person): "you" | "person" | "program" | "administrator" | "worker" {
  if (actor === `person:${me.uuid}`) return "you";
  const [kind = ""] = actor.split(":");
  return kind === "person" || kind === "program" || kind === "administrator" ? kind : "worker";
}
