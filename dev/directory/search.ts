// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Search and compare (RFC 4511, 4.5 and 4.10), over the entries and the two that describe the server itself.

import { BerReader } from "ldapts";
import { parseFilter, type Subject } from "./filter.ts";
import { normalDn } from "./names.ts";
import type { RequestControl, SearchRequest } from "./request.ts";
import { type Answer, pagedControl, pagedOid, policyOid, writeEntry } from "./response.ts";
import { codes, LdapError } from "./results.ts";
import { classesOf, describe, findType, publishedSchema } from "./schema.ts";
import type { Session } from "./session.ts";
import { type Attributes, hasValue, type StoredEntry } from "./store.ts";

/** Without paging nobody but the administrator is given more at once. */
const entriesAtMost = 500;
const schemaDn = "cn=Subschema";
const schemaAttributes = ["attributeTypes", "objectClasses"];

export interface Found {
  entries: Buffer[];
  answer: Answer;
}

export function search(session: Session, id: number, request: SearchRequest, controls: RequestControl[]): Found {
  const filter = parseFilter(request.filter);
  const own = ownEntry(session, request);
  const candidates = own === undefined ? visibleWithin(session, request) : [own];
  const matching = candidates.filter(([name, entry]) => filter(subjectOf(session, name, entry)) === true);
  const page = readPage(controls);
  const start = Number(page?.cookie ?? 0) || 0;
  const isWhole = session.who === session.access.admin || page !== undefined;
  const limit = Math.min(
    request.sizeLimit || Number.POSITIVE_INFINITY,
    isWhole ? Number.POSITIVE_INFINITY : entriesAtMost,
  );
  const shown = matching.slice(start, start + Math.min(limit, page?.size ?? Number.POSITIVE_INFINITY));
  const entries = shown.map(([name, entry]) =>
    writeEntry(id, entry.dn, select(session, name, entry, request, own !== undefined)),
  );
  const end = start + shown.length;
  const code = page === undefined && end < matching.length ? codes.sizeLimitExceeded : codes.success;
  const control = page && pagedControl(end < matching.length ? String(end) : "");
  return { entries, answer: { code, ...(control === undefined ? {} : { control }) } };
}

export function compare(session: Session, dn: string, type: string, value: Buffer): Answer {
  const name = normalDn(dn);
  const entry = visible(session, name);
  const { key, type: known } = describe(type);
  const values = valuesOf(session, name, entry, known.name) ?? [];
  if (values.length === 0) throw new LdapError("noSuchAttribute", "the entry has no such attribute");
  return { code: hasValue(key, values, value) ? codes.compareTrue : codes.compareFalse };
}

/** An entry this session may know of; any other is as if it were not there. */
function visible(session: Session, name: string): StoredEntry {
  if (!session.access.mayRead(session.who, name, "entry")) throw new LdapError("noSuchObject", "no such entry");
  return session.store.get(name);
}

function visibleWithin(session: Session, { base, scope }: SearchRequest): [string, StoredEntry][] {
  const name = normalDn(base);
  visible(session, name);
  return session.store.within(name, scope).filter(([it]) => session.access.mayRead(session.who, it, "entry"));
}

function valuesOf(session: Session, name: string, entry: StoredEntry, type: string): Buffer[] | undefined {
  if (!session.access.mayRead(session.who, name, type)) return undefined;
  if (type === "memberOf") return session.store.groupsOf(name);
  if (type === "entryDN") return [Buffer.from(entry.dn)];
  if (type === "subschemaSubentry") return [Buffer.from(schemaDn)];
  if (type === "hasSubordinates") return [Buffer.from(session.store.hasChildren(name) ? "TRUE" : "FALSE")];
  return [...entry.attributes].flatMap(([key, values]) => (key === type || key.startsWith(`${type};`) ? values : []));
}

function subjectOf(session: Session, name: string, entry: StoredEntry): Subject {
  return {
    dn: entry.dn,
    valuesOf: (type) => {
      // Everybody may ask the server about itself.
      const values = name === "" ? (entry.attributes.get(type.name) ?? []) : valuesOf(session, name, entry, type.name);
      // An entry of a class is one of all classes above it, said or not.
      return type.name === "objectClass" && values
        ? classesOf(values.map(String)).map((it) => Buffer.from(it.name))
        : values;
    },
    types: () => [...entry.attributes.keys()].map(findType).filter((it) => it !== undefined),
  };
}

function select(
  session: Session,
  name: string,
  entry: StoredEntry,
  request: SearchRequest,
  isOwn: boolean,
): [string, Buffer[]][] {
  const asked = new Set((request.attributes.length > 0 ? request.attributes : ["*"]).map((it) => it.toLowerCase()));
  const isAsked = (key: string): boolean => {
    const type = findType(key);
    const names = [key, ...(type?.names ?? []), type?.oid ?? key].map((it) => it.toLowerCase());
    return names.some((it) => asked.has(it)) || asked.has(type?.operational || (isOwn && !type) ? "+" : "*");
  };
  const computed = isOwn ? [] : ["memberOf", "entryDN", "subschemaSubentry", "hasSubordinates"];
  const found: [string, Buffer[]][] = [];
  for (const key of [...entry.attributes.keys(), ...computed].filter(isAsked)) {
    const values = isOwn || entry.attributes.has(key) ? entry.attributes.get(key) : valuesOf(session, name, entry, key);
    const isReadable = isOwn || session.access.mayRead(session.who, name, findType(key)?.name ?? key);
    if (isReadable && values?.length) found.push([key, request.typesOnly ? [] : values]);
  }
  return found;
}

/** The root DSE (RFC 4512, 5.1) and the subschema (4.4), which everybody may read. */
function ownEntry({ layout }: Session, { base, scope }: SearchRequest): [string, StoredEntry] | undefined {
  if (base === "" && scope === "base") {
    const attributes = toAttributes({
      objectClass: ["top"],
      namingContexts: [layout.base],
      subschemaSubentry: [schemaDn],
      supportedLDAPVersion: ["3"],
      supportedControl: [pagedOid, policyOid],
      supportedExtension: ["1.3.6.1.4.1.4203.1.11.1", "1.3.6.1.4.1.4203.1.11.3"],
      supportedFeatures: ["1.3.6.1.1.14", "1.3.6.1.4.1.4203.1.5.1"],
      vendorName: ["Community Database, for development"],
    });
    return ["", { dn: "", attributes }];
  }
  if (base.toLowerCase().replace(/\s/g, "") !== schemaDn.toLowerCase() || scope !== "base") return undefined;
  const published = Object.entries(publishedSchema()).filter(([key]) => schemaAttributes.includes(key));
  const attributes = toAttributes({
    objectClass: ["top", "subschema"],
    cn: ["Subschema"],
    ...Object.fromEntries(published),
  });
  return ["", { dn: schemaDn, attributes }];
}

function toAttributes(values: Record<string, string[]>): Attributes {
  return new Map(Object.entries(values).map(([key, list]) => [key, list.map((it) => Buffer.from(it))]));
}

function readPage(controls: RequestControl[]): { size: number; cookie: string } | undefined {
  const control = controls.find((it) => it.oid === pagedOid);
  if (control === undefined) return undefined;
  const reader = new BerReader(control.value);
  reader.readSequence();
  return { size: reader.readInt() || entriesAtMost, cookie: reader.readString() ?? "" };
}
