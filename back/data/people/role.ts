// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What somebody does with us: volunteers ask for it, a coordinator decides, and both are told by mail.
import { type Selectable, sql } from "kysely";
import { queueEntry } from "../accounts/directory-entry.ts";
import type { Work } from "../database.ts";
import { Conflict, Invalid } from "../errors.ts";
import { queueMessage } from "../mailings/message.ts";
import type { RoleTable } from "../schema.ts";
import { Person } from "./person.ts";

export interface Role extends Selectable<RoleTable> {}

export class Role {
  static readonly table = "role";

  /** Asked for, or approved and not ended. */
  isLive(): boolean {
    return this.state === "requested" || this.state === "approved";
  }

  decide(work: Work, state: "approved" | "refused" | "ended", reason: string): void {
    this.state = state;
    this.decidedAt = work.now;
    work.note(this, Role, state, reason);
  }
}

export interface VolunteerWish {
  /** Of the profile; empty: wherever help is needed. */
  team: string;
  /** What they write about themselves. */
  message: string;
}

/** Somebody wants to volunteer; the coordinators hear of it once the address is confirmed. Asking twice is asking once. */
export async function requestRole(work: Work, person: Person, { team, message }: VolunteerWish): Promise<void> {
  if (team !== "" && !work.organisation.volunteering.teams.some((known) => known.name === team))
    throw new Invalid("team-unknown", "The organisation has no such team.", "volunteer.team");
  const values = {
    personId: person.id,
    name: "volunteer",
    team,
    message,
    requestedAt: work.now,
    decidedAt: null,
  } as const;
  await work.addOnce(Role, values, "requested");
}

/** The roles of one person, newest first. */
export async function rolesOf(work: Work, personId: number): Promise<Role[]> {
  const { rows } = await sql<
    Record<string, unknown>
  >`select * from role where person_id = ${personId} order by id desc`.execute(work.query);
  return rows.map((row) => work.adopt(Role, row));
}

/** Teams that the person asked to work in and that nobody has decided about. */
export async function openRoles(work: Work, personId: number): Promise<string[]> {
  const roles = await rolesOf(work, personId);
  return roles.filter(({ name, state }) => name === "volunteer" && state === "requested").map(({ team }) => team);
}

/** People who wait for a coordinator's decision, longest first; only who confirmed their address. */
export async function waitingRoles(work: Work): Promise<{ role: Role; person: Person }[]> {
  const { rows } = await sql<Record<string, unknown>>`select role.* from role join person on person.id = person_id
    where state = 'requested' and registration = 'confirmed' order by requested_at limit 1000`.execute(work.query);
  const roles = rows.map((row) => work.adopt(Role, row));
  return Promise.all(roles.map(async (role) => ({ role, person: await work.get(Person, role.personId) })));
}

/** Tells the coordinators of a person who has just confirmed their address. */
export async function announceRoles(work: Work, person: Person): Promise<void> {
  const { desk } = work.organisation.volunteering;
  for (const { name, state, team, message } of await rolesOf(work, person.id)) {
    if (name !== "volunteer" || state !== "requested") continue;
    const fields = { name: person.name, number: String(person.id), team, message };
    await queueMessage(work, { mail: "volunteer-waits", recipient: { email: desk, language: "en" }, fields });
  }
}

/**
 * A coordinator takes somebody in: as a volunteer in each team asked for, or in `team`; as staff without having asked.
 * It confirms the person too. Throws Conflict when there is nothing to approve.
 */
export async function approveRole(
  work: Work,
  person: Person,
  { name, team, reason }: { name: Role["name"]; team?: string | undefined; reason: string },
): Promise<Role[]> {
  if (!person.isActive()) throw new Conflict("person-not-active", "This person is blocked or erased.");
  const asked = (await rolesOf(work, person.id)).filter(
    (role) => role.state === "requested" && role.name === name && (team === undefined || role.team === team),
  );
  const added =
    asked.length === 0 && (name === "staff" || team !== undefined) ? [await addRole(work, person, name, team)] : [];
  const roles = [...asked, ...added];
  if (roles.length === 0)
    throw new Conflict("role-not-asked", "This person did not ask for it. Name the team to add them.");
  await welcome(work, person, roles, reason);
  return roles;
}

/** A coordinator decides about one request of a volunteer. */
export async function decideRole(
  work: Work,
  person: Person,
  role: Role,
  { approve, reason }: { approve: boolean; reason: string },
): Promise<void> {
  if (approve) return welcome(work, person, [role], reason);
  role.decide(work, "refused", reason);
  await queueMessage(work, { mail: "volunteer-refused", person, fields: { name: person.name } });
}

// The directory follows: groups of volunteers, of the team, of the staff.
async function welcome(work: Work, person: Person, roles: Role[], reason: string): Promise<void> {
  for (const role of roles) role.decide(work, "approved", reason);
  person.confirm(work, "coordinator");
  await work.write();
  await queueEntry(work, person.id);
  const welcomed = roles.filter(({ name }) => name === "volunteer");
  const fields = { name: person.name, team: welcomed.map(({ team }) => team).join(", ") };
  if (welcomed.length > 0) await queueMessage(work, { mail: "volunteer-approved", person, fields });
}

/** A coordinator says no, politely by mail, or ends what was approved. Throws Conflict when there is nothing of the kind. */
export async function endRole(work: Work, person: Person, name: Role["name"], reason: string): Promise<Role[]> {
  const live = (await rolesOf(work, person.id)).filter((role) => role.name === name && role.isLive());
  if (live.length === 0) throw new Conflict("role-unknown", "This person has no such role and asked for none.");
  if (live.some((role) => role.state === "requested"))
    await queueMessage(work, { mail: "volunteer-refused", person, fields: { name: person.name } });
  for (const role of live) role.decide(work, role.state === "requested" ? "refused" : "ended", reason);
  await work.write();
  await queueEntry(work, person.id);
  return live;
}

function addRole(work: Work, person: Person, name: Role["name"], team = ""): Promise<Role> {
  const { now } = work;
  return work.add(
    Role,
    { personId: person.id, name, team, message: "", requestedAt: now, decidedAt: null },
    "requested",
  );
}
