// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// What every new directory of the development system holds, whichever server it runs on: three units, policies, two accounts.

import { readFileSync } from "node:fs";
import path from "node:path";
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
  /** Below it: the accounts of other services. */
  readers: string;
}

export function layoutOf(base: string): Layout {
  const system = `ou=system,${base}`;
  const names = {
    system,
    admin: `cn=admin,${base}`,
    service: `cn=service,${system}`,
    policy: `cn=people-policy,${system}`,
    readers: `ou=readers,${system}`,
  };
  return Object.assign(new Tree(base), names);
}

const ldifs = path.join(import.meta.dirname, "../../docs/directory");

/** A file of `docs/directory` as it is for this base. */
export function ldifOf(file: string, base: string): string {
  return readFileSync(path.join(ldifs, file), "utf8").replaceAll(defaultBaseDn, base);
}

/** The first entries in the order in which they are added, as the documentation says; passwords are given as they are stored. */
export function firstEntries(
  { base }: Layout,
  passwords: { service: string; decoy: string },
): [dn: string, attributes: Record<string, string[]>][] {
  const records = ldifOf("4-entries.ldif", base)
    .replaceAll(/^#.*\n/gm, "")
    .replace("@SERVICE@", () => passwords.service)
    .replace("@DECOY@", () => passwords.decoy)
    .split(/\n{2,}/)
    .map((record) => [...record.matchAll(/^(\w+): (.*)$/gm)].map(([, name = "", value = ""]) => [name, value] as const))
    .filter((lines) => lines.length > 0);
  const entries = records.map(([[, dn] = ["", ""], , ...lines]): [string, Record<string, string[]>] => {
    const grouped = Map.groupBy(lines, ([name]) => name);
    return [dn, Object.fromEntries([...grouped].map(([name, values]) => [name, values.map(([, value]) => value)]))];
  });
  return [[base, baseAttributes(base)], ...entries];
}

function baseAttributes(base: string): Record<string, string[]> {
  const { type, value } = parseDn(base)[0]?.[0] ?? { type: "", value: "" };
  if (type === "dc") return { objectClass: ["organization", "dcObject"], o: [value] };
  if (type === "o") return { objectClass: ["organization"] };
  if (type === "ou") return { objectClass: ["organizationalUnit"] };
  throw new Error("The base DN begins with dc=, o= or ou=");
}
