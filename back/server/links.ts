// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves prepared links and signed commands.
import * as api from "@cdb/api/links.ts";
import { followLink, type Shown, showLink } from "../data/links/follow-link.ts";
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
    const { command, outcome, person } = await followLink(work, body.token, secrets.links, body);
    return { command, outcome, language: person.language };
  });
  offers.offer(api.showCommand, async (work, { body }) =>
    presentShown(await showCommand(work, body, secrets.commands)),
  );
  offers.offer(api.runCommand, async (work, { body }) => {
    const origin = { channel: "signed command", networkAddress: body.networkAddress };
    const { outcome, person } = await runCommand(work, body, secrets.commands, origin);
    return { command: body.command, outcome, language: person.language };
  });
}

function presentShown({ command, state, person, newEmail, purposes, signatures, shownUntil }: Shown) {
  return {
    command,
    state,
    language: person.language,
    email: maskEmail(person.email ?? ""),
    newEmail: newEmail === null ? null : maskEmail(newEmail),
    purposes,
    signatures,
    shownUntil,
  };
}

/** `ada@example.org` → `a•••@example.org`: enough to recognise one's own, too little to learn another's. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return at < 1 ? "" : `${[...email][0]}•••${email.slice(at)}`;
}
