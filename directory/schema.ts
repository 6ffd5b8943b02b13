// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// What the server says of itself: its root and its schema (RFC 4512, 5.1 and 4.4).

import { type Client, PresenceFilter, type Entry as RawEntry } from "ldapts";
import { all } from "./entry.ts";

const filter = new PresenceFilter({ attribute: "objectClass" });

export async function readRoot(client: Client): Promise<RawEntry | undefined> {
  return (await client.search("", { scope: "base", filter, attributes: ["*", "+"] })).searchEntries[0];
}

/** The definitions of this kind, as the schema has them. */
export async function readSchema(client: Client, kind: "objectClasses" | "attributeTypes"): Promise<string[]> {
  const root = await readRoot(client);
  const dn = root && all(root, "subschemaSubentry")[0];
  if (dn === undefined) return [];
  const schema = await client.search(dn, { scope: "base", filter, attributes: [kind] });
  return schema.searchEntries.flatMap((entry) => all(entry, kind));
}

export async function knowsClass(client: Client, name: string): Promise<boolean> {
  return (await readSchema(client, "objectClasses")).some((it) => it.includes(`'${name}'`));
}
