// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The entries of the embedded directory: in memory, and in a file when one is given. Names are those of `normalDn`.

import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { isBelow, normalDn, parentOf, parseDn, splitDn } from "./names.ts";
import { LdapError } from "./results.ts";
import { type AttributeType, checkSyntax, classesOf, describe, findType, normalValue } from "./schema.ts";

/** Keys are the schema's spelling of the attribute description. */
export type Attributes = Map<string, Buffer[]>;

export interface StoredEntry {
  dn: string;
  attributes: Attributes;
}

export class Store {
  readonly #entries = new Map<string, StoredEntry>();
  readonly #file: string | undefined;
  /** By a value that is to be unique, the names of the entries that have it. */
  readonly #holders = new Map<string, Set<string>>();
  #groupsByMember: Map<string, Buffer[]> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isChanged = false;

  constructor(file: string | undefined) {
    this.#file = file;
    if (file === undefined || !existsSync(file)) return;
    for (const [dn, attributes] of JSON.parse(readFileSync(file, "utf8")) as [string, Record<string, string[]>][]) {
      const read = Object.entries(attributes).map(([key, values]): [string, Buffer[]] => [
        key,
        values.map(decodeValue),
      ]);
      this.#set(normalDn(dn), { dn, attributes: new Map(read) });
    }
  }

  find(name: string): StoredEntry | undefined {
    return this.#entries.get(name);
  }

  get(name: string): StoredEntry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    let above = parentOf(name);
    while (above !== "" && !this.#entries.has(above)) above = parentOf(above);
    throw new LdapError("noSuchObject", "no such entry", this.#entries.get(above)?.dn);
  }

  /** The entry itself first, then what is below, in the order it was added. */
  within(base: string, scope: "base" | "one" | "sub" | "children"): [name: string, StoredEntry][] {
    if (scope === "base") return [[base, this.get(base)]];
    const isWithin = (name: string): boolean => {
      if (scope === "one") return parentOf(name) === base;
      return isBelow(name, base) || (scope === "sub" && name === base);
    };
    return [...this.#entries].filter(([name]) => isWithin(name));
  }

  hasChildren(name: string): boolean {
    return [...this.#entries.keys()].some((other) => parentOf(other) === name);
  }

  /** The names of the entries that have this value of one of the `uniqueTypes`. */
  having(key: string, value: Buffer): string[] {
    return [...(this.#holders.get(holderKey(key, value)) ?? [])];
  }

  /** The groups an entry is a member of: the values of memberOf. */
  groupsOf(name: string): Buffer[] {
    this.#groupsByMember ??= this.#readGroups();
    return this.#groupsByMember.get(name) ?? [];
  }

  add(dn: string, attributes: Attributes, by: string): void {
    const name = normalDn(dn);
    if (this.#entries.has(name)) throw new LdapError("entryAlreadyExists", "there is such an entry");
    const now = timeNow();
    for (const { type, value } of parseDn(dn)[0] ?? []) {
      const { key } = describe(type);
      const values = attributes.get(key) ?? [];
      if (!hasValue(key, values, Buffer.from(value))) attributes.set(key, [...values, Buffer.from(value)]);
    }
    set(attributes, "entryUUID", randomUUID());
    set(attributes, "createTimestamp", now);
    set(attributes, "creatorsName", by);
    this.#put(name, dn, attributes, by, now);
  }

  replace(name: string, attributes: Attributes, by: string): void {
    this.#put(name, this.get(name).dn, attributes, by, timeNow());
  }

  /** What the server notes about an entry, which is no change of it. */
  note(name: string, key: string, values: string[]): void {
    const entry = this.find(name);
    if (entry === undefined) return;
    if (values.length > 0)
      entry.attributes.set(
        key,
        values.map((it) => Buffer.from(it)),
      );
    else entry.attributes.delete(key);
    this.#isChanged = true;
  }

  remove(name: string, nobody: string): void {
    if (this.hasChildren(name)) throw new LdapError("notAllowedOnNonLeaf", "the entry has others below it");
    this.#unset(name);
    this.#mendReferences((dn) => (normalDn(dn) === name ? undefined : dn), nobody);
  }

  /** Renames or moves an entry with all below it. */
  move(name: string, newDn: string, attributes: Attributes, by: string): void {
    const target = normalDn(newDn);
    if (target !== name && this.#entries.has(target))
      throw new LdapError("entryAlreadyExists", "there is such an entry");
    const moved = this.within(name, "sub");
    checkEntry(attributes);
    for (const [old] of moved) this.#unset(old);
    const newDnOf = (dn: string): string =>
      normalDn(dn) === name ? newDn : `${splitDn(dn).rdn},${newDnOf(splitDn(dn).parent)}`;
    for (const [, entry] of moved) this.#set(normalDn(newDnOf(entry.dn)), { ...entry, dn: newDnOf(entry.dn) });
    this.replace(target, attributes, by);
    this.#mendReferences((dn) => (normalDn(dn) === name || isBelow(normalDn(dn), name) ? newDnOf(dn) : dn), "");
  }

  /** Resolves when everything changed so far is in the file. */
  async save(): Promise<void> {
    if (this.#isChanged) {
      this.#isChanged = false;
      this.#saving = this.#saving.catch(() => {}).then(() => this.#write());
    }
    try {
      await this.#saving;
    } catch (error) {
      this.#isChanged = true;
      throw error;
    }
  }

  #put(name: string, dn: string, attributes: Attributes, by: string, now: string): void {
    checkEntry(attributes);
    set(attributes, "modifyTimestamp", now);
    set(attributes, "modifiersName", by);
    this.#set(name, { dn, attributes });
    this.#groupsByMember = undefined;
    this.#isChanged = true;
  }

  #set(name: string, entry: StoredEntry): void {
    const before = this.#entries.get(name);
    if (before !== undefined) for (const key of heldBy(before)) this.#holders.get(key)?.delete(name);
    this.#entries.set(name, entry);
    for (const key of heldBy(entry)) this.#holders.set(key, (this.#holders.get(key) ?? new Set()).add(name));
  }

  #unset(name: string): void {
    const entry = this.#entries.get(name);
    if (entry !== undefined) for (const key of heldBy(entry)) this.#holders.get(key)?.delete(name);
    this.#entries.delete(name);
  }

  #readGroups(): Map<string, Buffer[]> {
    const groups = new Map<string, Buffer[]>();
    for (const { dn, attributes } of this.#entries.values()) {
      for (const member of attributes.get("member") ?? []) {
        const name = normalDn(member.toString());
        groups.set(name, [...(groups.get(name) ?? []), Buffer.from(dn)]);
      }
    }
    return groups;
  }

  #mendReferences(mend: (dn: string) => string | undefined, nobody: string): void {
    this.#groupsByMember = undefined;
    this.#isChanged = true;
    for (const { attributes } of this.#entries.values()) {
      for (const key of ["member", "owner", "seeAlso", "manager", "secretary"]) {
        const values = attributes.get(key);
        if (values === undefined) continue;
        const mended = values.map((it) => mend(it.toString())).filter((it) => it !== undefined);
        if (mended.length === 0 && key === "member") mended.push(nobody);
        if (mended.length > 0)
          attributes.set(
            key,
            mended.map((it) => Buffer.from(it)),
          );
        else attributes.delete(key);
      }
    }
  }

  async #write(): Promise<void> {
    if (this.#file === undefined) return;
    const entries = [...this.#entries.values()].map(({ dn, attributes }) => {
      return [dn, Object.fromEntries([...attributes].map(([key, values]) => [key, values.map(encodeValue)]))];
    });
    await mkdir(path.dirname(this.#file), { recursive: true });
    const draft = `${this.#file}.draft`;
    await writeFile(draft, JSON.stringify(entries, undefined, 1), { mode: 0o600 });
    await rename(draft, this.#file);
  }
}

/** Classes known and one of them structural, what they demand there, nothing they do not know, no second value of a single one. */
function checkEntry(attributes: Attributes): void {
  const classes = classesOf((attributes.get("objectClass") ?? []).map(String));
  const violated = (message: string): LdapError => new LdapError("objectClassViolation", message);
  if (!classes.some((it) => it.kind === "STRUCTURAL")) throw violated("no structural object class");
  const [must, may] = [classes.flatMap((it) => it.must), classes.flatMap((it) => it.may)];
  const absent = must.find((it) => !attributes.has(it));
  if (absent !== undefined) throw violated(`the object class requires ${absent}`);
  for (const [key, values] of attributes) {
    const { type } = describe(key);
    if (!type.operational && ![...must, ...may].includes(type.name))
      throw violated(`${key} is not allowed by the object classes`);
    for (const value of values) checkSyntax(type, value);
    if (type.single && values.length > 1) throw new LdapError("constraintViolation", `${key} has one value`);
  }
}

/** No two people share a value of these. */
export const uniqueTypes: readonly string[] = ["uid", "mailLocalAddress"];

function heldBy({ attributes }: StoredEntry): string[] {
  return uniqueTypes.flatMap((key) => (attributes.get(key) ?? []).map((value) => holderKey(key, value)));
}

function holderKey(key: string, value: Buffer): string {
  return `${key} ${normalValue((findType(key) as AttributeType).kind, value)}`;
}

export function hasValue(key: string, values: Buffer[], value: Buffer): boolean {
  const kind = (findType(key) as AttributeType).kind;
  return values.some((it) => normalValue(kind, it) === normalValue(kind, value));
}

/** Now, as GeneralizedTime with microseconds, so that two moments are two values. */
export function timeNow(): string {
  return writeTime(Date.now());
}

let last = 0;

export function writeTime(atMs: number): string {
  last = (last + 1) % 1000;
  return `${new Date(atMs).toISOString().replace(/[-:T]/g, "").slice(0, -1)}${String(last).padStart(3, "0")}Z`;
}

export function readTime(value: string): number {
  const [, year, month, day, hour, minute, second, rest] = /^(....)(..)(..)(..)(..)(..)(\.\d{1,3})?/.exec(value) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${rest ?? ""}Z`);
}

function set(attributes: Attributes, key: string, value: string): void {
  if (value !== "") attributes.set(key, [Buffer.from(value)]);
}

function encodeValue(value: Buffer): string {
  const text = value.toString();
  return Buffer.from(text).equals(value) && !text.startsWith("base64:") ? text : `base64:${value.toString("base64")}`;
}

function decodeValue(value: string): Buffer {
  return value.startsWith("base64:") ? Buffer.from(value.slice(7), "base64") : Buffer.from(value);
}
