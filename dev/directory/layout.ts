// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// What every new directory of the development system holds, whichever server it runs on: three units, policies, two accounts.

import { Tree } from "@cdb/directory/entry.ts";
import { parseDn } from "./names.ts";

export const defaultBaseDn = "dc=example,dc=org";

/** Attributes of the entry `pwdPolicy` that holds for people (draft-behera-ldap-password-policy, 5.2). */
export type PolicySettings = Record<`pwd${string}`, string>;

export interface Layout extends Tree {
  system: string;
  admin: string;
  service: string;
  policy: string;
}

export function layoutOf(base: string): Layout {
  const system = `ou=system,${base}`;
  const names = {
    system,
    admin: `cn=admin,${base}`,
    service: `cn=service,${system}`,
    policy: `cn=people-policy,${system}`,
  };
  return Object.assign(new Tree(base), names);
}

const peoplePolicy: PolicySettings = {
  pwdCheckQuality: "1",
  pwdMinLength: "12",
  pwdLockout: "TRUE",
  // The sign-in page slows down long before this, so that nobody can lock out somebody else.
  pwdMaxFailure: "20",
  pwdFailureCountInterval: "300",
  pwdLockoutDuration: "60",
};

/** The first entries in the order in which they are added; passwords are given as they are stored. */
export function firstEntries(
  { base, people, groups, system, service, policy, decoy }: Layout,
  passwords: { service: string; decoy: string },
  changedPolicy: PolicySettings = {},
): [dn: string, attributes: Record<string, string | string[]>][] {
  const asPolicy = { objectClass: ["device", "pwdPolicy"], pwdAttribute: "userPassword" };
  const lax = `cn=system-policy,${system}`;
  return [
    [base, baseAttributes(base)],
    [people, { objectClass: "organizationalUnit" }],
    [groups, { objectClass: "organizationalUnit" }],
    [system, { objectClass: "organizationalUnit" }],
    [policy, { ...asPolicy, ...peoplePolicy, ...changedPolicy }],
    // Nobody may lock these two by wrong guesses: it would stop all others, or betray who is not there.
    [lax, { ...asPolicy, pwdLockout: "FALSE" }],
    [service, account("device", passwords.service, lax)],
    [decoy, account("account", passwords.decoy, lax)],
  ];
}

function account(kind: string, userPassword: string, pwdPolicySubentry: string): Record<string, string | string[]> {
  return { objectClass: [kind, "simpleSecurityObject"], userPassword, pwdPolicySubentry };
}

function baseAttributes(base: string): Record<string, string | string[]> {
  const { type, value } = parseDn(base)[0]?.[0] ?? { type: "", value: "" };
  if (type === "dc") return { objectClass: ["organization", "dcObject"], o: value };
  if (type === "o") return { objectClass: "organization" };
  if (type === "ou") return { objectClass: "organizationalUnit" };
  throw new Error("The base DN begins with dc=, o= or ou=");
}
