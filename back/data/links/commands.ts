// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What each prepared link does when it is followed, and what its page shows before.
import type { Work } from "../database.ts";
import { grantRequests, openRequests } from "../people/consent.ts";
import { confirmEmailChange, takeBackEmailChange } from "../people/email-change.ts";
import { cancelErasure } from "../people/erasure.ts";
import type { Person } from "../people/person.ts";
import { confirmSignatures, openSignatures } from "../people/signature.ts";
import type { SignedLink } from "./signed-link.ts";

export type Command = "confirm" | "change-email" | "restore-email" | "keep-me";

/** What a link would do, for a page with one button. */
export interface Effects {
  newEmail: string | null;
  purposes: string[];
  signatures: string[];
  /** The newest request that is shown; only up to it is granted. */
  shownUntil: number;
}

/** What whoever follows the link saw, where they follow it from, and which mail the link came in. */
export interface Following {
  shownUntil: number;
  networkAddress?: string | undefined;
  messageId: number | null;
}

interface Behaviour {
  show(work: Work, link: SignedLink): Promise<Effects>;
  follow(work: Work, person: Person, link: SignedLink, following: Following): Promise<void>;
}

const nothing: Effects = { newEmail: null, purposes: [], signatures: [], shownUntil: 0 };

export const behaviours: Record<Command, Behaviour> = {
  confirm: {
    async show(work, link) {
      const requests = await openRequests(work, link.personId);
      return {
        ...nothing,
        purposes: requests.map((request) => request.purpose),
        signatures: await openSignatures(work, link.personId),
        shownUntil: Math.max(0, ...requests.map((request) => request.id)),
      };
    },
    async follow(work, person, _, { shownUntil, networkAddress, messageId }) {
      person.confirm(work, "link");
      await grantRequests(work, person, shownUntil, { channel: "/command/confirm", networkAddress }, messageId);
      await confirmSignatures(work, person);
    },
  },
  "change-email": {
    show: async (_, link) => ({ ...nothing, newEmail: link.details.newEmail ?? null }),
    follow: (work, person, link) => confirmEmailChange(work, person, link.details),
  },
  "keep-me": {
    show: async () => nothing,
    follow: (work, person) => cancelErasure(work, person),
  },
  "restore-email": {
    show: async (_, link) => ({ ...nothing, newEmail: link.details.oldEmail ?? null }),
    follow: (work, person, link) => takeBackEmailChange(work, person, link.details),
  },
};
