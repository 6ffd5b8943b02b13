// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What following a prepared link does, and what it would do.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Forbidden } from "../errors.ts";
import { Message } from "../mailings/message.ts";
import { grantRequests, openRequests } from "../people/consent.ts";
import { Person } from "../people/person.ts";
import { confirmSignatures, openSignatures } from "../people/signature.ts";
import { getLink, type SignedLink } from "./signed-link.ts";

export interface Shown {
  command: string;
  state: "ready" | "used" | "expired";
  person: Person;
  purposes: string[];
  signatures: string[];
  /** The newest request that was shown; only up to it is granted. */
  shownUntil: number;
}

/** What the link would do. Changes nothing, however often it is asked. */
export async function showLink(work: Work, token: string, secret: string): Promise<Shown> {
  const link = await getLink(work, token, secret);
  const requests = await openRequests(work, link.personId);
  return {
    command: link.command,
    state: link.state(work),
    person: await work.get(Person, link.personId),
    purposes: requests.map((request) => request.purpose),
    signatures: await openSignatures(work, link.personId),
    shownUntil: Math.max(0, ...requests.map((request) => request.id)),
  };
}

/** Carries the link out, once; `done-already` when it was followed before. */
export async function followLink(
  work: Work,
  token: string,
  secret: string,
  seen: { shownUntil: number; networkAddress?: string | undefined },
): Promise<{ command: string; outcome: "done" | "done-already"; person: Person }> {
  const link = await getLink(work, token, secret, "lock");
  const person = await work.get(Person, link.personId, "lock");
  if (!person.isActive()) throw new Forbidden("person-not-active", "This person is blocked or erased.");
  if (!link.take(work)) return { command: link.command, outcome: "done-already", person };
  await confirmByLink(work, person, link, seen);
  return { command: link.command, outcome: "done", person };
}

async function confirmByLink(
  work: Work,
  person: Person,
  link: SignedLink,
  seen: { shownUntil: number; networkAddress?: string | undefined },
): Promise<void> {
  const message = await work.find(Message, sql`link_id = ${link.id}`);
  person.confirm(work, "link");
  await grantRequests(
    work,
    person,
    seen.shownUntil,
    { channel: "/command/confirm", networkAddress: seen.networkAddress },
    message?.id ?? null,
  );
  await confirmSignatures(work, person);
}
