// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves prepared links and signed commands.
import * as api from "@cdb/api/links.ts";
import { type Followed, followLink, refuseLink, type Shown, showLink, undoLink } from "../data/links/follow-link.ts";
import { runCommand, showCommand } from "../data/links/signed-command.ts";
import type { Offers } from "./offer.ts";

export interface LinkSecrets {
  /** For the links that we mail. */
  links: string;
  /** For the commands of outside callers. */
  commands: string;
}

export function offerLinks(offers: Offers, secrets: LinkSecrets): void {
  offers.offer(api.showLink, async (work, { body }) => presentShown(await showLink(work, body.token, secrets.links)));
  offers.offer(api.followLink, async (work, { body }) => {
    return presentFollowed(await acts[body.act](work, body.token, secrets.links, body));
  });
  offers.offer(api.showCommand, async (work, { body }) =>
    presentShown(await showCommand(work, body, secrets.commands)),
  );
  offers.offer(api.runCommand, async (work, { body }) => {
    const origin = { channel: "signed command", networkAddress: body.networkAddress };
    const { outcome, person } = await runCommand(work, body, secrets.commands, origin);
    return presentFollowed({ command: body.command, outcome, undoable: false, person });
  });
}

const acts = { follow: followLink, refuse: refuseLink, undo: undoLink };

function presentShown({ person, newEmail, ...shown }: Shown) {
  return {
    ...shown,
    language: person.language,
    email: maskEmail(person.email ?? ""),
    newEmail: newEmail === null ? null : maskEmail(newEmail),
  };
}

function presentFollowed({ person, ...followed }: Followed) {
  return { ...followed, language: person.language };
}

/** `ada@example.org` → `a•••@example.org`: enough to recognise one's own, too little to learn another's. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return at < 1 ? "" : `${[...email][0]}•••${email.slice(at)}`;
}
