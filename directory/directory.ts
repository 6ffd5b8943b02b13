// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The directory (an LDAP server) as the rest of the system sees it; nothing outside this folder speaks LDAP.

import { type Client, InvalidCredentialsError, NoSuchObjectError, PresenceFilter } from "ldapts";
import { describeServer, ServiceConnection } from "./connection.ts";
import {
  all,
  assertUsername,
  change,
  type DesiredEntry,
  type Entry,
  findPerson,
  isUsername,
  readEntry,
  readGroups,
  Tree,
  unless,
  writeAttributes,
  writeGroups,
} from "./entry.ts";
import { answerWithin, EntryNotFound, PasswordRefused } from "./errors.ts";
import { assertPassword, type CheckedPassword, changeOwnPassword, modifyPassword, tryPassword } from "./password.ts";

export interface DirectorySettings {
  /** `ldaps://host[:port]`, `ldap://host[:port]?starttls`, or `ldap://host[:port]` (in the clear: this machine only). */
  url: string;
  /** The entry below which `ou=people` and `ou=groups` are. */
  baseDn: string;
  /** The service account: may read people and groups, write both, and write (not read) `userPassword`. */
  bindDn: string;
  bindPassword: string;
  /** PEM file of the authority that signed the server's certificate, where the system does not know it. */
  caFile?: string;
  /** For each call below, from first to last byte; 5000 unless given. */
  timeoutMs?: number;
}

/**
 * Every call answers within `timeoutMs` or throws DirectoryUnavailable (no answer: try later); it throws
 * DirectoryRefused when the server said no for a reason that time does not heal. Usernames are
 * `[a-z][a-z0-9._-]{2,31}`. A blank password or, when writing, an impossible username is a mistake of the caller: Error.
 */
export interface Directory {
  /**
   * Checks a password by a simple bind (RFC 4513, 5.1.3). "wrong" also means: no such person, no password, several
   * matches. A wrong answer takes as long whatever the cause. "refused" must look like "wrong" to whoever is not signed in.
   */
  checkPassword(username: string, password: string): Promise<CheckedPassword>;
  /** The person's own change (RFC 3062); throws PasswordRefused with the reason of the password policy. */
  changePassword(username: string, oldPassword: string, newPassword: string): Promise<void>;
  /** For somebody who proved otherwise who they are; lifts a lock and a duty to change; throws PasswordRefused, EntryNotFound. */
  setPassword(username: string, newPassword: string): Promise<void>;
  findEntry(username: string): Promise<Entry | undefined>;
  /** Adds or changes the entry to be as desired, groups included (missing groups are made); safe to repeat. */
  writeEntry(entry: DesiredEntry): Promise<void>;
  /** Removes the entry and its memberships; safe to repeat. */
  removeEntry(username: string): Promise<void>;
  /** Names of the groups a person is in, sorted; none for somebody unknown. */
  groupsOf(username: string): Promise<string[]>;
  /** For `doctor` and health: is everything there that the calls above need? The problem is one sentence. */
  check(): Promise<{ ok: true } | { ok: false; problem: string }>;
  close(): void;
}

export function openDirectory(settings: DirectorySettings): Directory {
  const timeoutMs = settings.timeoutMs ?? 5000;
  const server = describeServer(settings.url, settings.caFile, timeoutMs);
  const service = new ServiceConnection(server, settings.bindDn, settings.bindPassword);
  const tree = new Tree(settings.baseDn);
  const asService = <T>(work: (client: Client) => Promise<T>): Promise<T> =>
    answerWithin(timeoutMs, (given) => service.use(given, work));
  const findDn = async (client: Client, username: string): Promise<string | undefined> =>
    (await findPerson(client, tree, username, ["1.1"]))?.dn;
  let hasLocalMail: boolean | undefined;

  /** What a bind to the decoy usually takes, in ms: the measure of a wrong password. */
  let usualMs = Number.POSITIVE_INFINITY;
  async function tryDecoy(password: string): Promise<void> {
    const startedAt = performance.now();
    await tryPassword(server, tree.decoy, password);
    const tookMs = performance.now() - startedAt;
    usualMs = usualMs === Number.POSITIVE_INFINITY ? tookMs : usualMs * 0.8 + tookMs * 0.2;
  }

  async function checkPassword(dn: string | undefined, password: string): Promise<CheckedPassword> {
    const startedAt = performance.now();
    const checked: CheckedPassword = dn === undefined ? { outcome: "wrong" } : await tryPassword(server, dn, password);
    // Nobody there, locked, no password, a cheap old hash: all are quicker than a wrong password, and would tell.
    if (checked.outcome !== "right" && performance.now() - startedAt < usualMs / 2) await tryDecoy(password);
    return checked;
  }

  return {
    async checkPassword(username, password) {
      assertPassword(password);
      return await answerWithin(timeoutMs, async (given) => {
        const dn = await service.use(given, (client) => findDn(client, isUsername(username) ? username : "-"));
        return await checkPassword(isUsername(username) ? dn : undefined, password);
      });
    },

    async changePassword(username, oldPassword, newPassword) {
      assertPassword(oldPassword);
      assertPassword(newPassword);
      await answerWithin(timeoutMs, async (given) => {
        const dn = isUsername(username) ? await service.use(given, (client) => findDn(client, username)) : undefined;
        if (dn === undefined) throw new PasswordRefused("wrong-password");
        await changeOwnPassword(server, dn, oldPassword, newPassword);
      });
    },

    async setPassword(username, newPassword) {
      assertUsername(username);
      assertPassword(newPassword);
      await asService(async (client) => {
        const dn = await findDn(client, username);
        if (dn === undefined) throw new EntryNotFound("There is no entry with this username");
        await modifyPassword(client, dn, newPassword);
        // The policy may take a password set by another for a temporary one.
        const after = await findPerson(client, tree, username, ["pwdReset"]);
        if (after !== undefined && all(after, "pwdReset").length > 0)
          await client.modify(dn, change("replace", "pwdReset", []));
      });
    },

    async findEntry(username) {
      return isUsername(username) ? await asService((client) => readEntry(client, tree, username)) : undefined;
    },

    async writeEntry(entry) {
      assertUsername(entry.username);
      for (const name of entry.groups) tree.group(name);
      await asService(async (client) => {
        hasLocalMail ??= await knowsClass(client, "inetLocalMailRecipient");
        const dn = await writeAttributes(client, tree, entry, hasLocalMail);
        await writeGroups(client, tree, dn, entry.groups);
      });
    },

    async removeEntry(username) {
      assertUsername(username);
      await asService(async (client) => {
        const dn = await findDn(client, username);
        if (dn === undefined) return;
        await writeGroups(client, tree, dn, []);
        await client.del(dn).catch(unless(NoSuchObjectError));
      });
    },

    async groupsOf(username) {
      if (!isUsername(username)) return [];
      return await asService(async (client) => {
        const dn = await findDn(client, username);
        return dn === undefined ? [] : await readGroups(client, tree, dn);
      });
    },

    async check() {
      try {
        return await asService((client) => checkTree(client, tree));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const isBind = error.cause instanceof InvalidCredentialsError;
        return {
          ok: false,
          problem: isBind ? "The directory does not accept the service account's name and password." : error.message,
        };
      }
    },

    close() {
      service.close();
    },
  };
}

async function checkTree(client: Client, tree: Tree): Promise<{ ok: true } | { ok: false; problem: string }> {
  for (const dn of [tree.base, tree.people, tree.groups]) {
    const found = await client.search(dn, { scope: "base", attributes: ["1.1"] }).catch(unless(NoSuchObjectError));
    if (found?.searchEntries.length !== 1) {
      return { ok: false, problem: `The directory has no entry ${dn}, or the service account may not read it.` };
    }
  }
  return { ok: true };
}

/** Asks the server's schema (RFC 4512, 4.4) for an object class. */
async function knowsClass(client: Client, name: string): Promise<boolean> {
  const filter = new PresenceFilter({ attribute: "objectClass" });
  const root = await client.search("", { scope: "base", filter, attributes: ["subschemaSubentry"] });
  const dn = root.searchEntries.flatMap((entry) => all(entry, "subschemaSubentry"))[0];
  if (dn === undefined) return false;
  const schema = await client.search(dn, { scope: "base", filter, attributes: ["objectClasses"] });
  return schema.searchEntries.flatMap((entry) => all(entry, "objectClasses")).some((it) => it.includes(`'${name}'`));
}
