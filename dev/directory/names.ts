// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Distinguished names (RFC 4514): read, and brought into the one spelling by which entries are found.

import { LdapError } from "./results.ts";
import { findType } from "./schema.ts";

export interface Part {
  type: string;
  value: string;
}

/** From the entry upwards; each relative name has one or more parts. Reads the quoted form of RFC 2253 too. */
export function parseDn(dn: string): Part[][] {
  if (dn.length > 4096) throw new LdapError("invalidDnSyntax", "a distinguished name of more than 4096 characters");
  const names: Part[][] = [];
  let rest = dn.trim();
  let parts: Part[] = [];
  while (rest !== "") {
    const [whole, type = ""] = /^\s*([a-zA-Z][\w-]*|\d+(?:\.\d+)+)\s*=\s*/.exec(rest) ?? [];
    if (whole === undefined) throw new LdapError("invalidDnSyntax", "not a distinguished name");
    const [raw = "", end = ""] =
      /^(?:"(?:[^"\\]|\\.)*"\s*|(?:[^",+;\\]|\\.)*)([,;+]?)/s.exec(rest.slice(whole.length)) ?? [];
    rest = rest.slice(whole.length + raw.length);
    if ((rest !== "" && end === "") || (rest === "" && end !== ""))
      throw new LdapError("invalidDnSyntax", "not a distinguished name");
    parts.push({
      type: findType(type)?.name ?? type.toLowerCase(),
      value: unescapeValue(raw.slice(0, raw.length - end.length)),
    });
    if (end === "+") continue;
    names.push(parts);
    parts = [];
  }
  return names;
}

function unescapeValue(raw: string): string {
  const trimmed = raw.replace(/(?<!\\)\s+$/, "");
  const inner = trimmed.startsWith('"') ? trimmed.slice(1, -1) : trimmed;
  if (inner === "" || inner.startsWith("#"))
    throw new LdapError("invalidDnSyntax", "a part of the name is empty or in BER");
  return inner.replace(/(?:\\[0-9a-fA-F]{2})+|\\(.)/gs, (whole, character: string | undefined) =>
    character === undefined ? Buffer.from(whole.replaceAll("\\", ""), "hex").toString() : character,
  );
}

/** The spelling by which names are compared; its commas separate and do nothing else. */
export function normalDn(dn: string): string {
  return parseDn(dn).map(normalRdn).join(",");
}

function normalRdn(parts: Part[]): string {
  const spelled = parts.map(({ type, value }) => {
    const folded = value.normalize("NFKC").toLowerCase().trim().replace(/\s+/g, " ");
    return `${type.toLowerCase()}=${folded.replace(/[\\,+=]/g, (it) => `\\${it.charCodeAt(0).toString(16)}`)}`;
  });
  return spelled.sort().join("+");
}

export function parentOf(normal: string): string {
  const comma = normal.indexOf(",");
  return comma < 0 ? "" : normal.slice(comma + 1);
}

export function isBelow(normal: string, above: string): boolean {
  return above === "" ? normal !== "" : normal.endsWith(`,${above}`);
}

/** As it was written, without the first relative name; for names whose spelling is kept. */
export function splitDn(dn: string): { rdn: string; parent: string } {
  const match = /^((?:[^",;\\]|\\.|"(?:[^"\\]|\\.)*")*)[,;]?(.*)$/s.exec(dn);
  return { rdn: match?.[1]?.trim() ?? dn, parent: match?.[2]?.trim() ?? "" };
}
