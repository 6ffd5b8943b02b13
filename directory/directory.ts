// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The directory (an LDAP server) as the rest of the system sees it; nothing outside this folder speaks LDAP.

import { type Client, InvalidCredentialsError, NoSuchObjectError, type Entry as RawEntry } from "ldapts";
import { connect, describeServer, hangUp, type Server, ServiceConnection } from "./connection.ts";
import {
  all,
  assertUsername,
  change,
  type DesiredEntry,
  type Entry,
  findDn,
  findPerson,
  isUsername,
  Tree,
  unless,
} from "./entry.ts";
import { markOf, stateOfDesired } from "./entry-state.ts";
import { answerWithin, EntryNotFound, inOurWords, PasswordRefused } from "./errors.ts";
import { examine, type Finding } from "./examine.ts";
import { findGroups } from "./groups.ts";
import { type ListedEntry, listEntries } from "./list-entries.ts";
import { assertPassword, type CheckedPassword, changeOwnPassword, modifyPassword, tryPassword } from "./password.ts";
import { Places } from "./places.ts";
import { readEntry } from "./read-entry.ts";
import { knowsClass } from "./schema.ts";
import { bringInLine, type Desk, type Known, takeAway, type Written } from "./write-entry.ts";

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
  /** Passwords that were set before this moment are set anew when they are next typed: the server hashes as it does today. */
  rehashBefore?: Date;
}

// A server with two cores does about 17 checks a second: whoever is last in line is served just before the time is over.
const checksAtOnce = 16;
const longestLine = 64;

export function openDirectory(settings: DirectorySettings): Directory {
  return new Directory(settings);
}

/**
 * Every call answers within `timeoutMs` or throws DirectoryUnavailable (no answer: try later); it throws
 * DirectoryRefused when the server said no for a reason that time does not heal. Usernames are
 * `[a-z][a-z0-9._-]{2,31}`. A blank password or, when writing, an impossible username is a mistake of the caller: Error.
 */
export class Directory {
  readonly #timeoutMs: number;
  readonly #server: Server;
  readonly #service: ServiceConnection;
  readonly #tree: Tree;
  readonly #self: string;
  readonly #connect: () => Promise<Client>;
  readonly #rehashBefore: Date | undefined;
  /** A check costs the server a good part of a second: a flood of them waits here, and gives up in time. */
  readonly #checks = new Places(checksAtOnce, longestLine);
  #hasLocalMail: boolean | undefined;
  /** What a bind to the decoy usually takes: the measure of a wrong password. */
  #usualMs = Number.POSITIVE_INFINITY;

  constructor(settings: DirectorySettings) {
    const { url, baseDn, bindDn, bindPassword, caFile, timeoutMs = 5000, rehashBefore } = settings;
    this.#timeoutMs = timeoutMs;
    this.#rehashBefore = rehashBefore;
    this.#server = describeServer(url, caFile, timeoutMs);
    this.#service = new ServiceConnection(this.#server, bindDn, bindPassword);
    this.#tree = new Tree(baseDn);
    this.#self = bindDn;
    this.#connect = () => connect(this.#server, bindDn, bindPassword);
  }

  /**
   * Checks a password by a simple bind (RFC 4513, 5.1.3). "wrong" also means: no such person, no password, several
   * matches. A wrong answer takes as long whatever the cause. "refused" must look like "wrong" to whoever is not signed in.
   */
  async checkPassword(username: string, password: string): Promise<CheckedPassword> {
    assertPassword(password);
    return await answerWithin(this.#timeoutMs, async (given) => {
      // A search for whoever cannot be there takes as long as any other.
      const asked = isUsername(username) ? username : "-";
      const find = (client: Client) => findPerson(client, this.#tree, asked, ["pwdChangedTime"]);
      const person = await this.#service.use(given, find);
      return await this.#checks.within(given, () => this.#tryEvenly(asked === username ? person : undefined, password));
    });
  }

  /** The person's own change (RFC 3062); throws PasswordRefused with the reason of the password policy. */
  async changePassword(username: string, oldPassword: string, newPassword: string): Promise<void> {
    assertPassword(oldPassword);
    assertPassword(newPassword);
    await answerWithin(this.#timeoutMs, async (given) => {
      const find = (client: Client): Promise<string | undefined> => findDn(client, this.#tree, username);
      const dn = isUsername(username) ? await this.#service.use(given, find) : undefined;
      if (dn === undefined) throw new PasswordRefused("wrong-password");
      await changeOwnPassword(this.#server, dn, oldPassword, newPassword);
    });
  }

  /** For somebody who proved otherwise who they are; lifts a lock and a duty to change; throws PasswordRefused, EntryNotFound. */
  async setPassword(username: string, newPassword: string): Promise<void> {
    assertUsername(username);
    assertPassword(newPassword);
    await this.#asService(async (client) => {
      const dn = await findDn(client, this.#tree, username);
      if (dn === undefined) throw new EntryNotFound("There is no entry with this username");
      await modifyPassword(client, dn, newPassword);
      // The policy may take a password set by another for a temporary one.
      const after = await findPerson(client, this.#tree, username, ["pwdReset"]);
      const isTemporary = after !== undefined && all(after, "pwdReset").length > 0;
      if (isTemporary) await client.modify(dn, change("replace", "pwdReset", []));
    });
  }

  async findEntry(username: string): Promise<Entry | undefined> {
    return isUsername(username)
      ? await this.#asService((client) => readEntry(client, this.#tree, username))
      : undefined;
  }

  /**
   * Adds, renames or changes the entry to be as desired, groups included (missing groups are made); safe to repeat. With
   * `dryRun` it only tells what it would do. Throws EntryTaken.
   */
  async writeEntry(entry: DesiredEntry, known?: Known, { dryRun = false } = {}): Promise<Written> {
    assertUsername(entry.username);
    for (const name of entry.groups) this.#tree.group(name);
    return await this.#asService(async (client) => bringInLine(await this.#desk(client, dryRun), entry, known));
  }

  /** Removes the entry and its memberships; safe to repeat. Tells the id of the one that was there. */
  async removeEntry(username: string, known?: Known, { dryRun = false } = {}): Promise<string | undefined> {
    assertUsername(username);
    return await this.#asService(async (client) => takeAway(await this.#desk(client, dryRun), username, known));
  }

  /**
   * Everybody's entry, page by page, on a connection of its own. Each page comes within `timeoutMs`. If it throws, what came
   * before was not all.
   */
  async *listEntries(ourGroups: string[]): AsyncGenerator<ListedEntry[]> {
    try {
      const hasLocalMail = await this.#asService((client) => this.#knowsLocalMail(client));
      const client = await this.#connect();
      try {
        yield* listEntries(client, this.#tree, ourGroups, hasLocalMail);
      } finally {
        hangUp(client);
      }
    } catch (error) {
      throw inOurWords(error);
    }
  }

  /** Gives each desired entry the mark that a listed one has when nothing differs. */
  async marker(): Promise<(entry: DesiredEntry) => string> {
    const hasLocalMail = await this.#asService((client) => this.#knowsLocalMail(client));
    return (entry) => markOf(stateOfDesired(entry, hasLocalMail));
  }

  /** Names of the groups a person is in, sorted; none for somebody unknown. */
  async groupsOf(username: string): Promise<string[]> {
    if (!isUsername(username)) return [];
    return await this.#asService(async (client) => {
      const dn = await findDn(client, this.#tree, username);
      return dn === undefined ? [] : (await findGroups(client, this.#tree, dn)).map(({ name }) => name);
    });
  }

  /** For `doctor` and health: is everything there that the calls above need? The problem is one sentence. */
  async check(): Promise<{ ok: true } | { ok: false; problem: string }> {
    try {
      return await this.#asService((client) => checkTree(client, this.#tree));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const isBind = error.cause instanceof InvalidCredentialsError;
      const problem = "The directory does not accept the service account's name and password.";
      return { ok: false, problem: isBind ? problem : error.message };
    }
  }

  /** For `doctor`: without the decoy, a name that nobody has is told from a wrong password by the time it takes. */
  async hasDecoy(): Promise<boolean> {
    const find = (client: Client) => client.search(this.#tree.decoy, { scope: "base", attributes: ["1.1"] });
    const found = await this.#asService((client) => find(client).catch(unless(NoSuchObjectError)));
    return found?.searchEntries.length === 1;
  }

  /** What is wrong with schema, overlays, rights and limits. Writes a probe, and takes it away. */
  async examine(): Promise<Finding[]> {
    try {
      const client = await this.#connect();
      try {
        return await examine(client, this.#server, this.#tree);
      } finally {
        hangUp(client);
      }
    } catch (error) {
      throw inOurWords(error);
    }
  }

  async close(): Promise<void> {
    this.#service.close();
  }

  async #desk(client: Client, dryRun: boolean): Promise<Desk> {
    return { client, tree: this.#tree, self: this.#self, hasLocalMail: await this.#knowsLocalMail(client), dryRun };
  }

  async #knowsLocalMail(client: Client): Promise<boolean> {
    this.#hasLocalMail ??= await knowsClass(client, "inetLocalMailRecipient");
    return this.#hasLocalMail;
  }

  #asService<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return answerWithin(this.#timeoutMs, (given) => this.#service.use(given, work));
  }

  /** Nobody there, locked, no password, a cheap old hash: all are quicker than a wrong password, and would tell. */
  async #tryEvenly(person: RawEntry | undefined, password: string): Promise<CheckedPassword> {
    const startedAt = performance.now();
    const checked: CheckedPassword =
      person === undefined
        ? { outcome: "wrong" }
        : await tryPassword(this.#server, person.dn, password, this.#isOld(person));
    if (checked.outcome !== "right" && performance.now() - startedAt < this.#usualMs / 2)
      await this.#tryDecoy(password);
    return checked;
  }

  /** Nobody but the server reads hashes; when one was made is no secret. One without a day came from elsewhere. */
  #isOld(person: RawEntry): boolean {
    const [changed] = all(person, "pwdChangedTime");
    return this.#rehashBefore !== undefined && (changed === undefined || readTime(changed) < this.#rehashBefore);
  }

  async #tryDecoy(password: string): Promise<void> {
    const startedAt = performance.now();
    await tryPassword(this.#server, this.#tree.decoy, password);
    const tookMs = performance.now() - startedAt;
    this.#usualMs = Number.isFinite(this.#usualMs) ? this.#usualMs * 0.8 + tookMs * 0.2 : tookMs;
  }
}

/** "20260102030405Z", with or without fractions (GeneralizedTime, RFC 4517, 3.3.13; servers write UTC). */
function readTime(text: string): Date {
  return new Date(text.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d).*$/, "$1-$2-$3T$4:$5:$6Z"));
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
