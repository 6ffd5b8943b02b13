// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Showing a prepared link, and following it once.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Forbidden } from "../errors.ts";
import { Message } from "../mailings/message.ts";
import { Person } from "../people/person.ts";
import { behaviours, type Effects } from "./commands.ts";
import { getLink } from "./signed-link.ts";

export interface Shown extends Effects {
  command: string;
  state: "ready" | "used" | "expired";
  person: Person;
}

/** What the link would do. Changes nothing, however often it is asked. */
export async function showLink(work: Work, token: string, secret: string): Promise<Shown> {
  const link = await getLink(work, token, secret);
  const person = await work.get(Person, link.personId);
  return {
    command: link.command,
    state: link.state(work),
    person,
    ...(await behaviours[link.command].show(work, link)),
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
  const message = await work.find(Message, sql`link_id = ${link.id}`);
  await behaviours[link.command].follow(work, person, link, { ...seen, messageId: message?.id ?? null });
  return { command: link.command, outcome: "done", person };
}
