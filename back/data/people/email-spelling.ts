// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The ways in which one email address is written: small or large letters, its domain in its own script or as DNS has it (RFC 5891).
import { domainToASCII, domainToUnicode } from "node:url";

/** The address with its domain as DNS, LDAP and old mail programs know it: `ada@bücher.example` → `ada@xn--bcher-kva.example`. */
export function asciiAddress(email: string): string {
  return withDomain(email, domainToASCII);
}

/** The same for every way to write the address. */
export function addressKey(email: string): string {
  return asciiAddress(email).toLowerCase();
}

/** What an address that is stored as it was given may be in small letters: for comparing with `lower(email)`. */
export function spellings(email: string): string[] {
  const key = addressKey(email);
  return [...new Set([key, withDomain(key, domainToUnicode), email.toLowerCase()])];
}

function withDomain(email: string, write: (domain: string) => string): string {
  const start = email.lastIndexOf("@") + 1;
  const domain = email.slice(start);
  return email.slice(0, start) + (write(domain) || domain);
}
