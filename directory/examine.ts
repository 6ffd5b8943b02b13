// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// What a server must know, do and allow, tried out with an entry that exists for a moment: the only way to be sure.

import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Client, ConstraintViolationError, InsufficientAccessError, ResultCodeError } from "ldapts";
import { connect, hangUp, type Server } from "./connection.ts";
import { all, change, isPerson, type Tree } from "./entry.ts";
import { join, sameDn } from "./groups.ts";
import { readSchema } from "./schema.ts";

export interface Finding {
  part: "schema" | "overlays" | "rights" | "limits";
  /** What is missing or too much, and what to do about it, for administrators. */
  says: string;
}

interface Probe {
  client: Client;
  server: Server;
  tree: Tree;
  dn: string;
  group: string;
  username: string;
  password: string;
}

/** The findings in the order in which they matter. Throws what the library throws when there is no answer. */
export async function examine(client: Client, server: Server, tree: Tree): Promise<Finding[]> {
  const username = `probe-${randomBytes(6).toString("hex")}`;
  const password = randomBytes(24).toString("base64url");
  const probe: Probe = {
    client,
    server,
    tree,
    username,
    password,
    dn: tree.person(username),
    group: tree.group(username),
  };
  const findings = await examineSchema(client);
  if (findings.some(({ says }) => says.includes("inetOrgPerson"))) return findings;
  try {
    const person = { objectClass: "inetOrgPerson", cn: "Probe", sn: "Probe" };
    const refusal = await refusalOf(client.add(probe.dn, person));
    if (refusal)
      return [...findings, { part: "rights", says: `The service account may not add people (${refusal}). ${rights}` }];
    for (const attempt of attempts) {
      const says = await attempt.tried(probe);
      if (says !== undefined) findings.push({ part: attempt.part, says });
    }
    return findings;
  } finally {
    await clear(probe);
  }
}

const rights = "See the olcAccess of docs/directory/2-database.ldif.";
const overlays = "See docs/directory/1-modules.ldif and 3-overlays.ldif.";

async function examineSchema(client: Client): Promise<Finding[]> {
  const classes = (await readSchema(client, "objectClasses")).join("\n");
  const types = (await readSchema(client, "attributeTypes")).join("\n");
  const wanted: [string, string, string][] = [
    [classes, "inetOrgPerson", "load the schemas cosine and inetorgperson"],
    [classes, "groupOfNames", "load the schema core"],
    [
      classes,
      "inetLocalMailRecipient",
      "load the schema misc, or nothing is forwarded: `ldapadd -Y EXTERNAL -H ldapi:/// -f /etc/ldap/schema/misc.ldif`",
    ],
    [types, "pwdEndTime", "load ppolicy of OpenLDAP 2.5 or newer, or a paused account cannot be locked"],
  ];
  return wanted
    .filter(([known, name]) => !known.includes(`'${name}'`))
    .map(([, name, what]) => ({ part: "schema", says: `The schema does not know ${name}: ${what}.` }));
}

/** Each tells what is wrong, in a sentence or two. They build on one another. */
const attempts: { part: Finding["part"]; tried(probe: Probe): Promise<string | undefined> }[] = [
  {
    part: "overlays",
    async tried({ client, dn, username, tree }) {
      const twin = { objectClass: "inetOrgPerson", cn: "Probe", sn: "Probe", uid: [`${username}-twin`, username] };
      const twinDn = tree.person(`${username}-twin`);
      try {
        await client.add(twinDn, twin);
        await client.del(twinDn);
        return `Two entries may have the same username: ${dn.split(",").slice(1).join(",")} lacks the overlay unique. ${overlays}`;
      } catch (error) {
        return error instanceof ConstraintViolationError ? undefined : said("A second entry cannot be tried", error);
      }
    },
  },
  {
    part: "rights",
    async tried({ client, dn }) {
      const attributes = ["entryUUID", "creatorsName"];
      const [entry] = (await client.search(dn, { scope: "base", attributes })).searchEntries;
      const missing = attributes.filter((name) => entry === undefined || all(entry, name).length === 0);
      return missing.length > 0
        ? `The service account may not read ${missing.join(" and ")}: it cannot know again what it has made. ${rights}`
        : undefined;
    },
  },
  {
    part: "rights",
    async tried({ client, dn, password }) {
      const refusal = await refusalOf(client.modify(dn, change("replace", "userPassword", [password])));
      return refusal && `The service account may not write userPassword (${refusal}). ${rights}`;
    },
  },
  {
    part: "rights",
    async tried({ client, dn }) {
      const [entry] = (await client.search(dn, { scope: "base", attributes: ["userPassword"] })).searchEntries;
      const isReadable = entry !== undefined && all(entry, "userPassword").length > 0;
      return isReadable ? `The service account may read userPassword: take that right away. ${rights}` : undefined;
    },
  },
  {
    part: "rights",
    async tried(probe) {
      return (await isOpen(probe))
        ? undefined
        : `People cannot sign in with their password: anonymous needs "auth" on userPassword. ${rights}`;
    },
  },
  {
    part: "overlays",
    async tried({ client, dn }) {
      const [entry] = (await client.search(dn, { scope: "base", attributes: ["pwdChangedTime"] })).searchEntries;
      const isKept = entry !== undefined && all(entry, "pwdChangedTime").length > 0;
      return isKept
        ? undefined
        : `The overlay ppolicy does not look after people's passwords: nothing locks who guesses them. ${overlays}`;
    },
  },
  {
    part: "rights",
    async tried(probe) {
      const { client, dn } = probe;
      const refusal = await refusalOf(client.modify(dn, change("replace", "pwdEndTime", ["19700101000000Z"])));
      if (refusal)
        return `A paused account cannot be locked: the service account may not write pwdEndTime (${refusal}). ${rights}`;
      return (await isOpen(probe))
        ? `A paused account is not locked: pwdEndTime is not heeded, the overlay ppolicy is missing. ${overlays}`
        : undefined;
    },
  },
  {
    part: "overlays",
    async tried({ client, tree, dn, username }) {
      const refusal = await refusalOf(join(client, tree, dn, username));
      if (refusal) return `The service account may not write groups (${refusal}). ${rights}`;
      const [entry] = (await client.search(dn, { scope: "base", attributes: ["memberOf"] })).searchEntries;
      const isShown = entry !== undefined && all(entry, "memberOf").length > 0;
      return isShown
        ? undefined
        : `memberOf does not show who is in which group: the overlay memberof is missing. ${overlays}`;
    },
  },
  {
    part: "overlays",
    async tried({ client, group, dn, username, tree }) {
      const renamed = tree.person(`${username}-renamed`);
      const refusal = await refusalOf(client.modifyDN(dn, `uid=${username}-renamed`));
      if (refusal) return `The service account may not rename people (${refusal}). ${rights}`;
      // Referential integrity comes a moment after.
      let isMended = false;
      for (let tries = 0; tries < 20 && !isMended; tries++) {
        const [found] = (await client.search(group, { scope: "base", attributes: ["member"] })).searchEntries;
        isMended = found !== undefined && all(found, "member").some((it) => sameDn(it) === sameDn(renamed));
        if (!isMended) await pause(50);
      }
      await client.modifyDN(renamed, `uid=${username}`);
      return isMended ? undefined : `Groups do not follow who is renamed: the overlay refint is missing. ${overlays}`;
    },
  },
  {
    part: "rights",
    async tried({ client, tree, username }) {
      const elsewhere = `cn=${username},ou=system,${tree.base}`;
      const refusal = await refusalOf(client.add(elsewhere, { objectClass: "device" }));
      if (refusal) return undefined;
      await client.del(elsewhere);
      return `The service account may write outside of people and groups: take that right away. ${rights}`;
    },
  },
  {
    part: "rights",
    async tried({ server, tree, dn }) {
      const anybody = await connect(server, "", "");
      try {
        const seen = await anybody.search(tree.people, {
          scope: "sub",
          filter: isPerson,
          attributes: ["1.1"],
          sizeLimit: 1,
        });
        return seen.searchEntries.length > 0
          ? `Anybody may read ${dn.split(",").slice(1).join(",")} without a password: take that right away. ${rights}`
          : undefined;
      } catch (error) {
        if (error instanceof ResultCodeError) return undefined;
        throw error;
      } finally {
        hangUp(anybody);
      }
    },
  },
  {
    part: "limits",
    async tried({ client, tree }) {
      const listing = client.search(tree.people, { filter: isPerson, attributes: ["1.1"], paged: { pageSize: 1_000 } });
      const refusal = await refusalOf(listing);
      return (
        refusal &&
        `The service account is not given all entries (${refusal}). See the olcLimits of docs/directory/2-database.ldif.`
      );
    },
  },
];

async function isOpen({ server, dn, password }: Probe): Promise<boolean> {
  try {
    hangUp(await connect(server, dn, password));
    return true;
  } catch (error) {
    if (error instanceof ResultCodeError) return false;
    throw error;
  }
}

/** The server's reason for saying no; undefined: it said yes. */
async function refusalOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof InsufficientAccessError) return "insufficient access";
    if (error instanceof ResultCodeError) return said("code", error);
    throw error;
  }
}

function said(what: string, error: unknown): string {
  if (!(error instanceof ResultCodeError)) throw error;
  return `${what} ${error.code}`;
}

async function clear({ client, tree, dn, group, username }: Probe): Promise<void> {
  for (const name of [group, dn, tree.person(`${username}-twin`), tree.person(`${username}-renamed`)])
    await client.del(name).catch(() => {});
}
