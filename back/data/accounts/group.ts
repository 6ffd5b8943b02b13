// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A group of the profile: who may be in it, and who decides.
import type { Group } from "@cdb/runtime/organisation.ts";
import type { Work } from "../database.ts";
import { Conflict, NotFound } from "../errors.ts";

/** A group that has to be asked for. Throws NotFound; Conflict for one that follows from what people are. */
export function getGroup(work: Work, name: string): Group {
  const group = work.organisation.groups.find((known) => known.name === name);
  if (!group) throw new NotFound("group-unknown", "The organisation has no such group.");
  if (group.given === "automatically")
    throw new Conflict("group-automatic", "This group follows from what people are; nobody is put into it.");
  return group;
}

/** Whether one of these rules lets somebody be in the group. */
export function holds(group: Group, rules: ReadonlySet<string>): boolean {
  return group.for.some((rule) => rules.has(rule));
}

/** The groups whose members decide about requests for this group. */
export function approverGroups(work: Work, { approvers }: Group): Set<string> {
  const { teams } = work.organisation.volunteering;
  const names = approvers.map((approver) =>
    approver.startsWith("team:") ? teams.find(({ name }) => `team:${name}` === approver)?.coordinators : approver,
  );
  return new Set(names.filter((name) => name !== undefined));
}
