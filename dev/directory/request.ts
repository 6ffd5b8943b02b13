// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The request side of LDAP (RFC 4511): bytes in, messages out. Whatever is not well formed throws an LdapError.

import { BerReader } from "ldapts";
import { LdapError } from "./results.ts";

export interface Element {
  tag: number;
  content: Buffer;
}

export interface RequestControl {
  oid: string;
  critical: boolean;
  value: Buffer;
}

export interface Attribute {
  type: string;
  values: Buffer[];
}

export interface Modification {
  operation: "add" | "delete" | "replace" | "increment";
  attribute: Attribute;
}

export interface SearchRequest {
  kind: "search";
  base: string;
  scope: "base" | "one" | "sub" | "children";
  sizeLimit: number;
  typesOnly: boolean;
  filter: Element;
  attributes: string[];
}

export type Request =
  | { kind: "bind"; version: number; dn: string; password: Buffer | undefined }
  | { kind: "unbind" | "abandon" }
  | SearchRequest
  | { kind: "modify"; dn: string; changes: Modification[] }
  | { kind: "add"; dn: string; attributes: Attribute[] }
  | { kind: "delete"; dn: string }
  | { kind: "rename"; dn: string; newRdn: string; deleteOldRdn: boolean; newSuperior: string | undefined }
  | { kind: "compare"; dn: string; type: string; value: Buffer }
  | { kind: "extended"; oid: string; value: Buffer | undefined };

export interface Message {
  id: number;
  tag: number;
  request: () => Request;
  controls: () => RequestControl[];
}

/** Takes the elements apart that stand one after another. */
export function elements(content: Buffer): Element[] {
  const reader = new BerReader(content);
  const found: Element[] = [];
  while (reader.remain > 0) {
    const tag = reader.peek() ?? 0;
    const value = reader.readString(tag, true);
    // A length of four bytes with the highest bit set comes out negative.
    if (value === null || reader.length < 0)
      throw new LdapError("protocolError", "an element is longer than its parent");
    found.push({ tag, content: value });
  }
  return found;
}

/** One whole message without its outer tag and length. */
export function parseMessage(content: Buffer): Message {
  const [id, operation, controls] = elements(content);
  if (id?.tag !== 0x02 || operation === undefined) throw new LdapError("protocolError", "not an LDAP message");
  return {
    id: integer(id),
    tag: operation.tag,
    request: () => parseOperation(operation),
    controls: () => (controls?.tag === 0xa0 ? elements(controls.content).map(parseControl) : []),
  };
}

function parseOperation({ tag, content }: Element): Request {
  const parse = operations[tag];
  if (parse === undefined) throw new LdapError("protocolError", "no such operation");
  return parse(content);
}

const operations: Record<number, (content: Buffer) => Request> = {
  96: (content) => {
    const [version, dn, method] = elements(content);
    return {
      kind: "bind",
      version: integer(version),
      dn: text(dn),
      password: method?.tag === 0x80 ? method.content : undefined,
    };
  },
  66: () => ({ kind: "unbind" }),
  80: () => ({ kind: "abandon" }),
  99: parseSearch,
  102: (content) => {
    const [dn, changes] = elements(content);
    return { kind: "modify", dn: text(dn), changes: children(changes).map(parseModification) };
  },
  104: (content) => {
    const [dn, attributes] = elements(content);
    return { kind: "add", dn: text(dn), attributes: children(attributes).map(parseAttribute) };
  },
  74: (content) => ({ kind: "delete", dn: content.toString() }),
  108: (content) => {
    const [dn, newRdn, deleteOldRdn, newSuperior] = elements(content);
    const above = newSuperior?.tag === 0x80 ? newSuperior.content.toString() : undefined;
    return {
      kind: "rename",
      dn: text(dn),
      newRdn: text(newRdn),
      deleteOldRdn: boolean(deleteOldRdn),
      newSuperior: above,
    };
  },
  110: (content) => {
    const [dn, assertion] = elements(content);
    const [type, value] = children(assertion);
    return { kind: "compare", dn: text(dn), type: text(type), value: bytes(value) };
  },
  119: (content) => {
    const [oid, value] = elements(content);
    return { kind: "extended", oid: bytes(oid).toString(), value: value?.content };
  },
};

function parseSearch(content: Buffer): SearchRequest {
  const [base, scope, , sizeLimit, , typesOnly, filter, attributes] = elements(content);
  const scopes = ["base", "one", "sub", "children"] as const;
  const chosen = scopes[integer(scope)];
  if (chosen === undefined || filter === undefined) throw new LdapError("protocolError", "not a search");
  return {
    kind: "search",
    base: text(base),
    scope: chosen,
    sizeLimit: integer(sizeLimit),
    typesOnly: boolean(typesOnly),
    filter,
    attributes: children(attributes).map(text),
  };
}

function parseModification(element: Element): Modification {
  const [operation, attribute] = children(element);
  const names = ["add", "delete", "replace", "increment"] as const;
  const name = names[integer(operation)];
  if (name === undefined || attribute === undefined) throw new LdapError("protocolError", "not a modification");
  return { operation: name, attribute: parseAttribute(attribute) };
}

function parseAttribute(element: Element): Attribute {
  const [type, values] = children(element);
  return { type: text(type), values: children(values).map(bytes) };
}

function parseControl(element: Element): RequestControl {
  const [oid, ...rest] = children(element);
  const critical = rest.find((part) => part.tag === 0x01);
  const value = rest.find((part) => part.tag === 0x04)?.content ?? Buffer.alloc(0);
  return { oid: text(oid), critical: critical !== undefined && boolean(critical), value };
}

export function children(element: Element | undefined): Element[] {
  return elements(bytes(element));
}

export function bytes(element: Element | undefined): Buffer {
  if (element === undefined) throw new LdapError("protocolError", "a part is missing");
  return element.content;
}

export function text(element: Element | undefined): string {
  return bytes(element).toString();
}

export function integer(element: Element | undefined): number {
  const content = bytes(element);
  if (content.length < 1 || content.length > 4) throw new LdapError("protocolError", "not an integer");
  return content.readIntBE(0, content.length);
}

export function boolean(element: Element | undefined): boolean {
  return bytes(element).some((byte) => byte !== 0);
}
