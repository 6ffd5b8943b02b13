// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What each prepared link does when it is followed, and what its page shows before.
import type { Interval } from "@cdb/api/shapes.ts";
import type { Work } from "../database.ts";
import { changePledge, endPledge, resumePledge } from "../donations/change-pledge.ts";
import { Pledge } from "../donations/pledge.ts";
import type { Money } from "../money.ts";
import { consentStates, grantRequests, type Origin, openRequests, setConsent } from "../people/consent.ts";
import { disown } from "../people/disown.ts";
import { confirmEmailChange, confirmSecondaryEmail, takeBackEmailChange } from "../people/email-change.ts";
import { cancelErasure } from "../people/erasure.ts";
import { survivorOf } from "../people/find-people.ts";
import { Person } from "../people/person.ts";
import { announceRoles, openRoles } from "../people/role.ts";
import { confirmSignatures, openSignatures } from "../people/signature.ts";
import { welcomeBack } from "../people/suppression.ts";
import type { SignedLink } from "./signed-link.ts";

export type Command =
  | "confirm"
  | "change-email"
  | "restore-email"
  | "confirm-secondary-email"
  | "keep-me"
  | "keep-alive"
  | "check-address"
  | "unsubscribe"
  | "end-pledge"
  | "change-pledge";

/** What a link would do, for a page with one button. */
export interface Effects {
  newEmail: string | null;
  /** Purposes that would be granted, or for `unsubscribe` withdrawn. */
  purposes: string[];
  signatures: string[];
  /** Teams that the person wants to work in; an empty name: wherever help is needed. */
  teams: string[];
  /** For a pledge: its reference, what it is, and what it would be. */
  pledge: { reference: string; interval: Interval; amount: Money; newAmount: Money | null } | null;
  /** The newest request that is shown; only up to it is granted. */
  shownUntil: number;
}

/** What whoever follows the link saw, where they follow it from, and which mail the link came in. */
export interface Following {
  shownUntil: number;
  networkAddress?: string | undefined;
  messageId: number | null;
  /** Keys the hash of addresses that are to be left alone. */
  secret: string;
}

interface Behaviour {
  show(work: Work, link: SignedLink): Promise<Effects>;
  /** What it returns is kept with the link, for `undo`. */
  follow(
    work: Work,
    person: Person,
    link: SignedLink,
    following: Following,
  ): Promise<Record<string, string> | undefined>;
  /** "This was not me." Absent: there is nothing to refuse, closing the page does it. */
  refuse?(work: Work, person: Person): Promise<void>;
  /** Takes it back, within the days that `followLink` allows. Absent: it cannot be. */
  undo?(work: Work, person: Person, link: SignedLink, following: Following): Promise<void>;
}

export const nothing: Effects = {
  newEmail: null,
  purposes: [],
  signatures: [],
  teams: [],
  pledge: null,
  shownUntil: 0,
};

export const behaviours: Record<Command, Behaviour> = {
  confirm: {
    async show(work, link) {
      const requests = await openRequests(work, link.personId);
      return {
        ...nothing,
        purposes: requests.map((request) => request.purpose),
        signatures: await openSignatures(work, link.personId),
        teams: await openRoles(work, link.personId),
        shownUntil: Math.max(0, ...requests.map((request) => request.id)),
      };
    },
    async follow(work, person, _, { shownUntil, networkAddress, messageId, secret }) {
      person.confirm(work, "link");
      await welcomeBack(work, person, secret);
      await grantRequests(work, person, shownUntil, { channel: "/command/confirm", networkAddress }, messageId);
      await confirmSignatures(work, person);
      await announceRoles(work, person);
      return undefined;
    },
    refuse: disown,
  },
  "change-email": {
    show: async (_, link) => ({ ...nothing, newEmail: link.details.newEmail ?? null }),
    follow: (work, person, link) => done(confirmEmailChange(work, person, link.details)),
  },
  "confirm-secondary-email": {
    show: async (_, link) => ({ ...nothing, newEmail: link.details.newEmail ?? null }),
    follow: (work, person, link) => done(confirmSecondaryEmail(work, person, link.details)),
  },
  "keep-alive": {
    show: async () => nothing,
    follow: async (work, person) => {
      person.stay(work);
      return undefined;
    },
  },
  // That the link was followed says it already.
  "check-address": { show: async () => nothing, follow: async () => undefined },
  unsubscribe: {
    async show(work, link) {
      return { ...nothing, purposes: await grantedOf(work, link) };
    },
    async follow(work, person, link, following) {
      const purposes = await grantedOf(work, link);
      await setConsents(work, person, purposes, false, originOf(following));
      return { withdrew: purposes.join(" ") };
    },
    undo: (work, person, link, following) =>
      setConsents(work, person, wordsOf(link.details.withdrew), true, originOf(following)),
  },
  "end-pledge": {
    show: showPledge,
    async follow(work, _, link) {
      endPledge(work, await pledgeOf(work, link));
      return undefined;
    },
    undo: async (work, _, link) => resumePledge(work, await pledgeOf(work, link)),
  },
  "change-pledge": {
    show: showPledge,
    async follow(work, _, link) {
      const pledge = await pledgeOf(work, link);
      const { amount } = pledge;
      changePledge(work, pledge, { amount: Number(link.details.amount), currency: pledge.currency });
      return { formerAmount: String(amount) };
    },
    async undo(work, _, link) {
      const pledge = await pledgeOf(work, link);
      changePledge(work, pledge, { amount: Number(link.details.formerAmount), currency: pledge.currency });
    },
  },
  "keep-me": {
    show: async () => nothing,
    follow: (work, person) => done(cancelErasure(work, person)),
  },
  "restore-email": {
    show: async (_, link) => ({ ...nothing, newEmail: link.details.oldEmail ?? null }),
    follow: (work, person, link) => done(takeBackEmailChange(work, person, link.details)),
  },
};

async function done(verb: Promise<void>): Promise<undefined> {
  await verb;
}

/** The purposes that an unsubscribing link is about and that are granted: one of them, or all. */
async function grantedOf(work: Work, link: SignedLink): Promise<string[]> {
  const { purpose } = link.details;
  const { id } = await survivorOf(work, await work.get(Person, link.personId));
  const states = await consentStates(work, id);
  const others = work.organisation.purposes.filter(({ permits }) => permits !== "mails").map(({ name }) => name);
  return states
    .filter((state) => state.granted && (purpose ? state.purpose === purpose : !others.includes(state.purpose)))
    .map((state) => state.purpose);
}

async function setConsents(
  work: Work,
  person: Person,
  purposes: string[],
  granted: boolean,
  origin: Origin,
): Promise<void> {
  for (const purpose of purposes) await setConsent(work, person, purpose, granted, origin);
}

function originOf({ networkAddress }: Following): Origin {
  return { channel: "/command/unsubscribe", networkAddress };
}

function wordsOf(text = ""): string[] {
  return text.split(" ").filter((word) => word !== "");
}

function pledgeOf(work: Work, link: SignedLink): Promise<Pledge> {
  return work.get(Pledge, Number(link.details.pledge), "lock");
}

async function showPledge(work: Work, link: SignedLink): Promise<Effects> {
  const pledge = await work.get(Pledge, Number(link.details.pledge));
  const { amount } = link.details;
  const newAmount = amount === undefined ? null : { amount: Number(amount), currency: pledge.currency };
  const { reference, interval } = pledge;
  return { ...nothing, pledge: { reference, interval, amount: pledge.money(), newAmount } };
}
