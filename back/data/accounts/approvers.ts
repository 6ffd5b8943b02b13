// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Who decides about what people ask for: members of the groups that the profile names, and never about themselves.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Conflict, Forbidden, NotFound } from "../errors.ts";
import { Person } from "../people/person.ts";
import { decideRole, Role, waitingRoles } from "../people/role.ts";
import { approverGroups } from "./group.ts";
import { admit, turnDown } from "./group-requests.ts";
import { groupsOf } from "./staff-scopes.ts";

/** What waits for a decision of this person, longest first; without a person, everything that waits. */
export async function waitingFor(work: Work, decider?: Person): Promise<{ role: Role; person: Person }[]> {
  const own = decider && new Set(await groupsOf(work, decider));
  return (await waitingRoles(work)).filter(
    ({ role, person }) => !own || (person.id !== decider?.id && mayDecide(work, own, role)),
  );
}

/**
 * Approves or refuses one request, as `decider` or, without one, as the organisation. Throws NotFound, Forbidden for who may not
 * decide about it, Conflict when somebody has decided already or the person left meanwhile.
 */
export async function decideRequest(
  work: Work,
  id: number,
  { approve, reason }: { approve: boolean; reason: string },
  decider?: Person,
): Promise<void> {
  const asked = await work.find(Role, sql`id = ${id}`);
  if (!asked) throw new NotFound("request-unknown", "There is no request of this number.");
  const person = await work.get(Person, asked.personId, "lock");
  const role = await work.get(Role, id, "lock");
  // About oneself nobody decides, whatever groups one is in.
  if (decider && (decider.id === person.id || !mayDecide(work, new Set(await groupsOf(work, decider)), role)))
    throw new Forbidden("not-the-approver", "Somebody else decides about this.");
  if (role.state !== "requested") throw new Conflict("request-decided", "This was decided already.");
  if (!person.isActive()) throw new Conflict("person-not-active", "This person is blocked or erased.");
  if (role.name !== "member") await decideRole(work, person, role, { approve, reason });
  else if (approve) await admit(work, person, role, reason);
  else await turnDown(work, person, role, reason);
}

function mayDecide(work: Work, own: ReadonlySet<string>, { name, team }: Role): boolean {
  const { organisation } = work;
  if (name === "member") {
    const group = organisation.groups.find((known) => known.name === team);
    return group !== undefined && !own.isDisjointFrom(approverGroups(work, group));
  }
  // A volunteer of no team in particular is taken in by whoever coordinates any.
  const teams = organisation.volunteering.teams.filter((known) => team === "" || known.name === team);
  return name === "volunteer" && teams.some(({ coordinators }) => coordinators !== undefined && own.has(coordinators));
}
