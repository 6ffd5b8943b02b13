// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The part of the organisation profile about accounts: who may have one, which groups there are, what they open, who decides.
import { z } from "zod";

const word = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "must be up to 40 small letters, digits and dashes");
const texts = z
  .record(z.string().regex(/^[a-z]{2}$/), z.string().min(1))
  .refine((text) => "en" in text, "needs a text in English (en)");
const rule = z
  .string()
  .regex(
    /^(supporter|volunteer(:[a-z][a-z0-9-]*)?|staff|everybody)$/,
    "must be supporter, volunteer, volunteer:<team>, staff or everybody",
  );

export const accessParts = {
  accounts: z
    .strictObject({
      /** Who may choose a username: any of these rules. */
      entitled: z.array(rule).min(1),
      /** Days after which the account of somebody who is entitled no more is paused. */
      pauseAfterDays: z.number().int().min(0).max(1_000),
    })
    .default({ entitled: ["supporter", "volunteer", "staff"], pauseAfterDays: 90 }),
  /** Groups of the directory that we keep; others that are there stay as they are. */
  groups: z
    .array(
      z.strictObject({
        name: word,
        title: texts,
        /** Who may be in it: any of these rules; who meets none any more is out of it. */
        for: z.array(rule).min(1),
        given: z.enum(["automatically", "on request"]),
        /** Who decides about requests: members of these groups, or the coordinators of `team:<name>`. */
        approvers: z.array(z.string().regex(/^(team:)?[a-z][a-z0-9-]*$/, "must be a group or team:<name>")).default([]),
      }),
    )
    .default([]),
  services: z
    .array(
      z.strictObject({
        name: word,
        title: texts,
        description: texts,
        address: z.url({ protocol: /^https?$/ }),
        /** Members of any of these groups may use it. */
        groups: z.array(word).min(1),
      }),
    )
    .default([]),
  /** Which scopes of back a group gives its members, once they have signed in with a second factor. */
  staff: z
    .strictObject({ groups: z.record(word, z.array(z.string().regex(/^[a-z-]+:[a-z-]+$/)).min(1)) })
    .default({ groups: {} }),
};

interface Access {
  accounts: z.infer<typeof accessParts.accounts>;
  groups: z.infer<typeof accessParts.groups>;
  services: z.infer<typeof accessParts.services>;
  staff: z.infer<typeof accessParts.staff>;
  volunteering: { teams: { name: string; coordinators?: string | undefined }[] };
}

/** What these parts say of each other that does not fit, each with its place in the file. */
export function accessMistakes(profile: Access): { path: (string | number)[]; message: string }[] {
  const { accounts, groups, services, staff, volunteering } = profile;
  const teams = new Map(volunteering.teams.map((team) => [team.name, team]));
  const known = new Set(groups.map(({ name }) => name));
  const ofRules = (path: (string | number)[], rules: string[]) =>
    rules
      .filter((each) => each.startsWith("volunteer:") && !teams.has(each.slice("volunteer:".length)))
      .map((each) => ({ path, message: `names a team that is not under volunteering: ${each}` }));
  const ofGroups = (path: (string | number)[], names: string[]) =>
    names.filter((name) => !known.has(name)).map((name) => ({ path, message: `there is no group ${name}` }));
  const ofApprovers = (path: (string | number)[], approvers: string[]) =>
    approvers
      .filter((each) => each.startsWith("team:") && !teams.get(each.slice("team:".length))?.coordinators)
      .map((each) => ({ path, message: `names a team without coordinators: ${each}` }));
  return [
    ...twice("groups", groups),
    ...twice("services", services),
    ...ofRules(["accounts", "entitled"], accounts.entitled),
    ...groups.flatMap((group, at) => [
      ...ofRules(["groups", at, "for"], group.for),
      ...ofGroups(
        ["groups", at, "approvers"],
        group.approvers.filter((each) => !each.startsWith("team:")),
      ),
      ...ofApprovers(["groups", at, "approvers"], group.approvers),
    ]),
    ...services.flatMap((service, at) => ofGroups(["services", at, "groups"], service.groups)),
    ...ofGroups(["staff", "groups"], Object.keys(staff.groups)),
    ...volunteering.teams.flatMap(({ coordinators }, at) =>
      ofGroups(["volunteering", "teams", at, "coordinators"], coordinators === undefined ? [] : [coordinators]),
    ),
  ];
}

function twice(part: string, named: { name: string }[]): { path: (string | number)[]; message: string }[] {
  return named.flatMap(({ name }, at) =>
    named.findIndex((other) => other.name === name) < at
      ? [{ path: [part, at, "name"], message: `stands there twice: ${name}` }]
      : [],
  );
}
