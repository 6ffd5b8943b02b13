// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Groups that have to be asked for: people ask, those whom the profile names decide, everybody is told by mail.
import type { Group } from "@cdb/runtime/organisation.ts";
import { inLanguage } from "@cdb/runtime/organisation.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import { Conflict, Forbidden } from "../errors.ts";
import { type NewMessage, queueMessage } from "../mailings/message.ts";
import { usernameOf } from "../people/find-people.ts";
import { Person } from "../people/person.ts";
import { Role, rolesOf } from "../people/role.ts";
import { queueEntry } from "./directory-entry.ts";
import { approverGroups, getGroup, holds } from "./group.ts";
import { groupsOf } from "./staff-scopes.ts";
import { membersOf, rulesOf } from "./standing.ts";

/** Days after a refusal in which nobody has to hear the same request again. */
const quietDays = 30;
const approversToldAtMost = 20;

export type Membership = "member" | "waits" | "may-ask" | "refused" | "not-for-them";

/** How a person stands to each group of the profile. */
export async function membershipsOf(work: Work, person: Person): Promise<{ group: Group; state: Membership }[]> {
  const [rules, mine] = [await rulesOf(work, person.id), new Set(await groupsOf(work, person))];
  const asked = (await rolesOf(work, person.id)).filter(({ name }) => name === "member");
  return work.organisation.groups.map((group) => {
    if (mine.has(group.name)) return { group, state: "member" };
    if (group.given === "automatically" || !holds(group, rules)) return { group, state: "not-for-them" };
    const own = asked.filter(({ team }) => team === group.name);
    if (own.some(({ state }) => state === "requested")) return { group, state: "waits" };
    return { group, state: own.some((role) => wasRefusedLately(work, role)) ? "refused" : "may-ask" };
  });
}

/** Asking twice is asking once. Throws NotFound, Forbidden when the group is not for them, Conflict without an account or after a refusal. */
export async function requestGroup(work: Work, person: Person, name: string, message: string): Promise<void> {
  const group = getGroup(work, name);
  if ((await usernameOf(work, person.id)) === null)
    throw new Conflict("account-missing", "Only who has an open account can be in a group.");
  await assertFor(work, person, group);
  if ((await rolesOf(work, person.id)).some((role) => role.team === name && wasRefusedLately(work, role)))
    throw new Conflict("asked-lately", "This was refused within the last weeks.");
  const values = {
    personId: person.id,
    name: "member",
    team: name,
    message,
    requestedAt: work.now,
    decidedAt: null,
  } as const;
  if (await work.addOnce(Role, values, "requested")) await tellApprovers(work, person, group, message);
}

/** Takes a request back, or leaves the group. Safe to repeat. */
export async function leaveGroup(work: Work, person: Person, name: string, reason = ""): Promise<void> {
  const group = getGroup(work, name);
  const live = (await rolesOf(work, person.id)).filter(
    (role) => role.name === "member" && role.team === group.name && role.isLive(),
  );
  for (const role of live) role.decide(work, "ended", reason);
  if (live.length > 0) await queueEntry(work, person.id);
}

/** An administrator puts somebody in without their having asked. Safe to repeat. */
export async function addToGroup(work: Work, person: Person, name: string, reason: string): Promise<void> {
  const group = getGroup(work, name);
  await assertFor(work, person, group);
  const values = {
    personId: person.id,
    name: "member",
    team: name,
    message: "",
    requestedAt: work.now,
    decidedAt: null,
  } as const;
  const role =
    (await work.addOnce(Role, values, "requested")) ??
    (await rolesOf(work, person.id)).find((known) => known.name === "member" && known.team === name && known.isLive());
  if (role?.state === "requested") await admit(work, person, role, reason);
}

/** The request is granted: the directory follows, and the person is told. */
export async function admit(work: Work, person: Person, role: Role, reason: string): Promise<void> {
  role.decide(work, "approved", reason);
  await work.write();
  await queueEntry(work, person.id);
  const group = getGroup(work, role.team);
  const services = work.organisation.services
    .filter(({ groups }) => groups.includes(group.name))
    .map(({ title, address }) => `${inLanguage(title, person.language)} (${address})`);
  const fields = {
    name: person.name,
    group: inLanguage(group.title, person.language),
    services: services.join(", ") || "–",
  };
  await queueMessage(work, { mail: "access-approved", person, fields });
}

/** The request is refused, and the person is told. */
export async function turnDown(work: Work, person: Person, role: Role, reason: string): Promise<void> {
  role.decide(work, "refused", reason);
  const group = work.organisation.groups.find(({ name }) => name === role.team);
  const fields = { name: person.name, group: group ? inLanguage(group.title, person.language) : role.team };
  await queueMessage(work, { mail: "access-refused", person, fields });
}

async function assertFor(work: Work, person: Person, group: Group): Promise<void> {
  if (!person.isConfirmed() || !holds(group, await rulesOf(work, person.id)))
    throw new Forbidden("group-not-for-them", "The profile does not let this person be in this group.");
}

function wasRefusedLately(work: Work, { name, state, decidedAt }: Role): boolean {
  if (name !== "member" || state !== "refused" || decidedAt === null) return false;
  return Temporal.Instant.compare(decidedAt.add({ hours: 24 * quietDays }), work.now) > 0;
}

// Without anybody who could decide, the desk hears of it. What the applicant wrote does not stay in others' mails.
async function tellApprovers(work: Work, person: Person, group: Group, message: string): Promise<void> {
  const ids = await membersOf(work, [...approverGroups(work, group)], approversToldAtMost + 1);
  const approvers = await Promise.all(ids.filter((id) => id !== person.id).map((id) => work.get(Person, id)));
  const reachable = approvers.filter((approver) => approver.isActive() && approver.email !== null);
  const tell = (to: Pick<NewMessage, "person" | "recipient">, name: string, language: string) =>
    queueMessage(work, {
      mail: "access-waits",
      ...to,
      fields: { name, group: inLanguage(group.title, language) },
      secrets: { applicant: person.name, message: message || "–" },
    });
  for (const approver of reachable.slice(0, approversToldAtMost))
    await tell({ person: approver }, approver.name, approver.language);
  if (reachable.length > 0) return;
  const desk = { email: work.organisation.volunteering.desk, language: "en" };
  await tell({ recipient: desk }, work.organisation.name, "en");
}
