// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Search filters (RFC 4511, 4.5.1.7): true, false, or undefined where the question makes no sense or may not be asked.

import { parseDn } from "./names.ts";
import { boolean, bytes, children, type Element, text } from "./request.ts";
import { LdapError } from "./results.ts";
import { type AttributeType, findType, normalValue } from "./schema.ts";

type Verdict = boolean | undefined;

/** What a filter may look at: the name, and the values of an attribute, undefined where the asker may not know. */
export interface Subject {
  dn: string;
  valuesOf(type: AttributeType): Buffer[] | undefined;
  types(): AttributeType[];
}

export type Filter = (subject: Subject) => Verdict;

export function parseFilter(element: Element, depth = 0): Filter {
  if (depth > 50) throw new LdapError("protocolError", "a filter of more than 50 levels");
  const nested = (): Filter[] => children(element).map((child) => parseFilter(child, depth + 1));
  switch (element.tag) {
    case 0xa0:
      return all(nested());
    case 0xa1: {
      const none = all(nested().map(not));
      return not(none);
    }
    case 0xa2:
      return not(nested()[0] ?? all([]));
    case 0xa4:
      return substring(element);
    case 0x87:
      return present(element.content.toString());
    case 0xa9:
      return extensible(element);
    default:
      return comparison(element);
  }
}

function all(filters: Filter[]): Filter {
  return (subject) => {
    const verdicts = filters.map((filter) => filter(subject));
    return verdicts.includes(false) ? false : verdicts.includes(undefined) ? undefined : true;
  };
}

function not(filter: Filter): Filter {
  return (subject) => {
    const verdict = filter(subject);
    return verdict === undefined ? undefined : !verdict;
  };
}

function present(name: string): Filter {
  const type = findType(name);
  return (subject) => {
    const values = type && subject.valuesOf(type);
    return values === undefined ? undefined : values.length > 0;
  };
}

function comparison({ tag, content }: Element): Filter {
  const [name, assertion] = children({ tag, content });
  const [type, asked] = [findType(text(name)), bytes(assertion)];
  const tests: Record<number, (order: number, value: string, wanted: string) => boolean> = {
    163: (order) => order === 0,
    165: (order) => order >= 0,
    166: (order) => order <= 0,
    168: (_, value, wanted) => withoutAccents(value) === withoutAccents(wanted),
  };
  const test = tests[tag];
  if (test === undefined) throw new LdapError("protocolError", "no such filter");
  return anyValue(type, (known) => {
    const wanted = normalValue(known.kind, asked);
    return (value) => test(compare(known, value, wanted), value, wanted);
  });
}

function compare(type: AttributeType, left: string, right: string): number {
  if (type.kind === "integer") return Number(BigInt(left) - BigInt(right));
  return left < right ? -1 : left > right ? 1 : 0;
}

function withoutAccents(value: string): string {
  return value.normalize("NFD").replace(/\p{M}/gu, "");
}

function substring(element: Element): Filter {
  const [name, list] = children(element);
  const pieces = children(list);
  return anyValue(findType(text(name)), (type) => {
    const wanted = pieces.map(({ tag, content }) => ({ tag, piece: normalPiece(type, content) }));
    return (value) => {
      let at = 0;
      return wanted.every(({ tag, piece }) => {
        const found = tag === 0x82 ? Math.max(at, value.length - piece.length) : value.indexOf(piece, at);
        const isRight = value.startsWith(piece, found) && found >= at && (tag !== 0x80 || found === 0);
        at = found + piece.length;
        return isRight;
      });
    };
  });
}

/** A piece keeps the blanks at its ends, which a whole value loses. */
function normalPiece(type: AttributeType, piece: Buffer): string {
  if (type.kind === "bytes") return piece.toString("latin1");
  return piece.toString().normalize("NFKC").toLowerCase().replace(/\s+/g, " ");
}

/** With attribute, rule, or both; `:dn` looks at the entry's name as well. Rules: exact, ignoring case, bits and, bits or. */
function extensible(element: Element): Filter {
  const part = (tag: number): Element | undefined => children(element).find((it) => it.tag === tag);
  const [rule, name, value, withDn] = [part(0x81), part(0x82), part(0x83), part(0x84)];
  const test = matchingRule(rule === undefined ? "" : text(rule).toLowerCase(), bytes(value));
  const type = name === undefined ? undefined : findType(text(name));
  if (test === undefined || (name === undefined ? rule === undefined : type === undefined)) return () => undefined;
  return (subject) => {
    const asked = type === undefined ? subject.types() : [type];
    const isInName = (it: AttributeType): boolean =>
      withDn !== undefined && boolean(withDn) && namesOf(subject, it).some((found) => test(it, found));
    return asked.some((it) => (subject.valuesOf(it) ?? []).some((found) => test(it, found)) || isInName(it));
  };
}

function namesOf(subject: Subject, type: AttributeType): Buffer[] {
  const parts = parseDn(subject.dn).flat();
  return parts.filter((part) => findType(part.type) === type).map((part) => Buffer.from(part.value));
}

function matchingRule(rule: string, wanted: Buffer): ((type: AttributeType, value: Buffer) => boolean) | undefined {
  const bits = (value: Buffer): bigint => (/^\d{1,18}$/.test(value.toString()) ? BigInt(value.toString()) : 0n);
  const folded = normalValue("text", wanted);
  switch (rule) {
    case "":
      return (type, value) => attempt(() => normalValue(type.kind, value) === normalValue(type.kind, wanted)) === true;
    case "caseexactmatch":
    case "2.5.13.5":
      return (_, value) => value.equals(wanted);
    case "caseignorematch":
    case "2.5.13.2":
      return (_, value) => normalValue("text", value) === folded;
    case "1.2.840.113556.1.4.803":
      return (_, value) => (bits(value) & bits(wanted)) === bits(wanted);
    case "1.2.840.113556.1.4.804":
      return (_, value) => (bits(value) & bits(wanted)) !== 0n;
    default:
      return undefined;
  }
}

/** Holds when one of the values passes; undefined for an unknown attribute and for an assertion that is no value of it. */
function anyValue(
  type: AttributeType | undefined,
  makeTest: (type: AttributeType) => (value: string) => boolean,
): Filter {
  const test = type && attempt(() => makeTest(type));
  if (type === undefined || test === undefined) return () => undefined;
  return (subject) => subject.valuesOf(type)?.some((value) => test(normalValue(type.kind, value)));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
