// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Showing a prepared link, and acting on it: following it as often as it allows, refusing it, taking it back.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Conflict, Forbidden } from "../errors.ts";
import { noteAnswer } from "../mailings/address-trouble.ts";
import { Message } from "../mailings/message.ts";
import { survivorOf } from "../people/find-people.ts";
import { Person } from "../people/person.ts";
import { behaviours, type Effects, type Following } from "./commands.ts";
import { getLink, type SignedLink } from "./signed-link.ts";

export interface Shown extends Effects {
  command: string;
  state: "ready" | "used" | "expired";
  /** Whoever did not ask for it can say so. */
  refusable: boolean;
  /** It was followed, and can be taken back. */
  undoable: boolean;
  person: Person;
}

export interface Followed {
  command: string;
  outcome: "done" | "done-already" | "refused" | "undone";
  undoable: boolean;
  person: Person;
}

/** What whoever acts on the page of a link has seen there. */
export type Seen = Omit<Following, "messageId" | "secret">;

/** What the link would do. Changes nothing, however often it is asked. */
export async function showLink(work: Work, token: string, secret: string): Promise<Shown> {
  const link = await getLink(work, token, secret);
  const { command } = link;
  return {
    command,
    state: link.state(work),
    refusable: behaviours[command].refuse !== undefined,
    undoable: isUndoable(work, link),
    person: await work.get(Person, link.personId),
    ...(await behaviours[command].show(work, link)),
  };
}

/** Carries the link out; `done-already` when its uses are gone. */
export async function followLink(work: Work, token: string, secret: string, seen: Seen): Promise<Followed> {
  const { link, person } = await lockLink(work, token, secret);
  const { command } = link;
  if (!link.take(work)) return { command, outcome: "done-already", undoable: isUndoable(work, link), person };
  const message = await work.find(Message, sql`link_id = ${link.id}`);
  // Whoever follows it has got the mail.
  if (message) await noteAnswer(work, message.recipient);
  const kept = await behaviours[command].follow(work, person, link, {
    ...seen,
    messageId: message?.id ?? null,
    secret,
  });
  // What this following did is what can be undone.
  const { undone: _, ...details } = link.details;
  link.details = { ...details, ...kept };
  return { command, outcome: "done", undoable: isUndoable(work, link), person };
}

/** "This was not me": what the link was prepared for is dropped. Throws Conflict where there is nothing to refuse. */
export async function refuseLink(work: Work, token: string, secret: string): Promise<Followed> {
  const { link, person } = await lockLink(work, token, secret);
  const { refuse } = behaviours[link.command];
  if (!refuse) throw new Conflict("link-final", "This link has nothing to refuse.");
  const outcome = link.take(work) ? "refused" : "done-already";
  if (outcome === "refused") await refuse(work, person);
  return { command: link.command, outcome, undoable: false, person };
}

/** Takes back what following the link did; twice is once. Throws Conflict when it is too late or cannot be. */
export async function undoLink(work: Work, token: string, secret: string, seen: Seen): Promise<Followed> {
  const { link, person } = await lockLink(work, token, secret);
  const { undo } = behaviours[link.command];
  const undone: Followed = { command: link.command, outcome: "undone", undoable: false, person };
  if (link.details.undone) return undone;
  if (!undo || !link.isUndoable(work)) throw new Conflict("link-final", "This cannot be taken back any more.");
  await undo(work, person, link, { ...seen, messageId: null, secret });
  link.details = { ...link.details, undone: "yes" };
  return undone;
}

async function lockLink(work: Work, token: string, secret: string): Promise<{ link: SignedLink; person: Person }> {
  const link = await getLink(work, token, secret, "lock");
  const named = await work.get(Person, link.personId, "lock");
  // An objection counts for whoever carries on; other links of somebody who was merged are over.
  const person = link.command === "unsubscribe" ? await survivorOf(work, named, "lock") : named;
  if (!person.isActive()) throw new Forbidden("person-not-active", "This person is blocked or erased.");
  return { link, person };
}

function isUndoable(work: Work, link: SignedLink): boolean {
  return behaviours[link.command].undo !== undefined && link.isUndoable(work);
}
