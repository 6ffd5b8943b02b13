// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The operations that change entries (RFC 4511, 4.6 to 4.9) and passwords (RFC 3062): all of a request, or nothing.

import { isBelow, normalDn, parentOf, parseDn, splitDn } from "./names.ts";
import { acceptPassword, checkEntryPassword, enterPassword, PasswordPolicy } from "./password-policy.ts";
import { hasScheme } from "./password-schemes.ts";
import { type Attribute, elements, type Modification, type Request } from "./request.ts";
import { LdapError } from "./results.ts";
import { checkSyntax, describe } from "./schema.ts";
import type { Session } from "./session.ts";
import { type Attributes, hasValue, uniqueTypes } from "./store.ts";

type Of<Kind extends Request["kind"]> = Extract<Request, { kind: Kind }>;

export async function addEntry(session: Session, { dn, attributes }: Of<"add">): Promise<void> {
  const name = normalDn(dn);
  if (!session.access.mayPlace(session.who, name))
    throw new LdapError("insufficientAccessRights", "no write access to parent");
  if (session.store.find(name)) throw new LdapError("entryAlreadyExists", "there is such an entry");
  session.store.get(parentOf(name));
  const entry: Attributes = new Map();
  for (const attribute of attributes) {
    assertWritable(session, attribute.type);
    applyChange(entry, { operation: "add", attribute });
  }
  const passwords = await acceptValues(session, entry, entry.get("userPassword") ?? []);
  if (passwords.length > 0) enterPassword(entry, policyOf(session, entry), passwords, true);
  assertUnique(session, name, new Map([...entry, ...namedBy(dn, entry)]));
  session.store.add(dn, entry, session.dn);
}

export async function modifyEntry(session: Session, { dn, changes }: Of<"modify">): Promise<void> {
  const name = normalDn(dn);
  const { attributes } = seen(session, name);
  for (const { attribute } of changes) {
    const { type } = describe(attribute.type);
    const isAllowed =
      session.access.mayWrite(session.who, name, type.name) && (!session.mustChange || type.name === "userPassword");
    if (!isAllowed) throw new LdapError("insufficientAccessRights", "no write access");
    assertWritable(session, attribute.type);
  }
  const isPassword = (it: Modification): boolean => describe(it.attribute.type).type.name === "userPassword";
  const passwords = changes
    .filter((it) => isPassword(it) && it.operation !== "delete")
    .flatMap((it) => it.attribute.values);
  const accepted = await acceptValues(session, attributes, passwords);
  // Nothing waits from here on, so that nobody comes between.
  const entry = new Map(session.store.get(name).attributes);
  for (const change of changes.filter((it) => !isPassword(it))) applyChange(entry, change);
  if (changes.some(isPassword)) enterPassword(entry, policyOf(session, entry), accepted, name === session.who);
  for (const { type, value } of parseDn(dn)[0] ?? []) {
    if (!hasValue(type, entry.get(type) ?? [], Buffer.from(value)))
      throw new LdapError("notAllowedOnRdn", "the name needs this value");
  }
  const given = changes.map(({ attribute }) => describe(attribute.type).key);
  assertUnique(session, name, entry, given);
  session.store.replace(name, entry, session.dn);
}

export function deleteEntry(session: Session, { dn }: Of<"delete">): void {
  const name = normalDn(dn);
  if (!session.access.mayPlace(session.who, name)) throw forbidden(session, name);
  session.store.get(name);
  session.store.remove(name, session.layout.nobody);
}

export function renameEntry(session: Session, { dn, newRdn, deleteOldRdn, newSuperior }: Of<"rename">): void {
  const name = normalDn(dn);
  const newDn = `${newRdn},${newSuperior ?? splitDn(dn).parent}`;
  const target = normalDn(newDn);
  const isAllowed = [name, target].every((it) => session.access.mayPlace(session.who, it));
  if (!isAllowed) throw forbidden(session, name);
  const entry = new Map(session.store.get(name).attributes);
  session.store.get(parentOf(target));
  if (isBelow(target, name)) throw new LdapError("unwillingToPerform", "an entry cannot be below itself");
  for (const [operation, parts] of [
    ["delete", deleteOldRdn ? parseDn(dn)[0] : []],
    ["add", parseDn(newRdn)[0]],
  ] as const) {
    for (const { type, value } of parts ?? []) {
      const attribute = { type, values: [Buffer.from(value)] };
      if ((operation === "delete") === hasValue(type, entry.get(type) ?? [], Buffer.from(value)))
        applyChange(entry, { operation, attribute });
    }
  }
  assertUnique(session, name, entry);
  session.store.move(name, newDn, entry, session.dn);
}

/** RFC 3062, without generated passwords. */
export async function modifyPassword(session: Session, value: Buffer | undefined): Promise<void> {
  const parts = elements(elements(value ?? Buffer.alloc(0))[0]?.content ?? Buffer.alloc(0));
  const part = (tag: number): Buffer | undefined => parts.find((it) => it.tag === tag)?.content;
  const name = normalDn(part(0x80)?.toString() ?? session.dn);
  const [oldPassword, newPassword] = [part(0x81), part(0x82)];
  const { attributes } = seen(session, name);
  if (!session.access.mayWrite(session.who, name, "userPassword"))
    throw new LdapError("insufficientAccessRights", "no write access");
  if (newPassword === undefined || newPassword.length === 0)
    throw new LdapError("unwillingToPerform", "a new password must be given");
  if (oldPassword !== undefined) await checkOld(session, name, oldPassword);
  const accepted = [await acceptPassword(attributes, judgeOf(session, attributes), newPassword)];
  const entry = new Map(session.store.get(name).attributes);
  enterPassword(entry, policyOf(session, entry), accepted, name === session.who);
  session.store.replace(name, entry, session.dn);
  if (name === session.who) session.mustChange = false;
}

async function checkOld(session: Session, name: string, oldPassword: Buffer): Promise<void> {
  try {
    await checkEntryPassword(session.store, name, oldPassword, session.layout.policy);
  } catch {
    throw new LdapError("unwillingToPerform", "unwilling to verify old password");
  }
}

function seen(session: Session, name: string): { attributes: Attributes } {
  if (session.access.mayRead(session.who, name, "entry")) return session.store.get(name);
  throw forbidden(session, name);
}

function forbidden(session: Session, name: string): LdapError {
  const isSeen = session.access.mayRead(session.who, name, "entry") && session.store.find(name) !== undefined;
  return isSeen
    ? new LdapError("insufficientAccessRights", "no write access")
    : new LdapError("noSuchObject", "no such entry");
}

function policyOf(session: Session, entry: Attributes): PasswordPolicy {
  return new PasswordPolicy(session.store, entry, session.layout.policy);
}

/** Add and modify may bring a hash; the operation for passwords does not, whatever a password looks like. */
async function acceptValues(session: Session, entry: Attributes, values: Buffer[]): Promise<string[]> {
  return await Promise.all(
    values.map((it) => (hasScheme(String(it)) ? String(it) : acceptPassword(entry, judgeOf(session, entry), it))),
  );
}

/** The administrator's passwords are not judged. */
function judgeOf(session: Session, entry: Attributes): PasswordPolicy {
  return session.who === session.access.admin
    ? new PasswordPolicy(session.store, new Map(), "")
    : policyOf(session, entry);
}

/** What its name says of an entry, joined to what it has. */
function namedBy(dn: string, entry: Attributes): Attributes {
  const parts = parseDn(dn)[0] ?? [];
  return new Map(parts.map(({ type, value }) => [type, [...(entry.get(type) ?? []), Buffer.from(value)]]));
}

/** As the overlay `unique` has it: no two people share a username or an address that we forward. */
function assertUnique(session: Session, name: string, entry: Attributes, given: readonly string[] = uniqueTypes): void {
  const people = normalDn(session.layout.people);
  if (session.isRelaxed || !isBelow(name, people)) return;
  for (const key of uniqueTypes.filter((it) => given.includes(it))) {
    for (const value of entry.get(key) ?? []) {
      const others = session.store.having(key, value).filter((other) => other !== name && isBelow(other, people));
      if (others.length > 0) throw new LdapError("constraintViolation", "non-unique attributes found");
    }
  }
}

function assertWritable(session: Session, description: string): void {
  const { type } = describe(description);
  if (type.readOnly) throw new LdapError("constraintViolation", `${type.name}: no user modification allowed`);
  if (type.name === "pwdPolicySubentry" && session.who !== session.access.admin) {
    throw new LdapError("insufficientAccessRights", "no write access");
  }
}

function applyChange(entry: Attributes, { operation, attribute }: Modification): void {
  const { key, type } = describe(attribute.type);
  for (const value of attribute.values) checkSyntax(type, value);
  const present = entry.get(key) ?? [];
  const left = changeValues[operation](key, present, attribute);
  if (left.length > 0) entry.set(key, left);
  else entry.delete(key);
}

const changeValues: Record<
  Modification["operation"],
  (key: string, present: Buffer[], attribute: Attribute) => Buffer[]
> = {
  add(key, present, { values }) {
    if (values.length === 0) throw new LdapError("protocolError", `${key}: no values`);
    const merged = [...present];
    for (const value of values) {
      if (hasValue(key, merged, value)) throw new LdapError("attributeOrValueExists", `${key}: value is there`);
      merged.push(value);
    }
    return merged;
  },
  delete(key, present, { values }) {
    const absent = present.length === 0 || values.some((it) => !hasValue(key, present, it));
    if (absent) throw new LdapError("noSuchAttribute", `${key}: no such value`);
    return values.length === 0 ? [] : present.filter((it) => !hasValue(key, values, it));
  },
  replace(key, _, attribute) {
    return attribute.values.length === 0 ? [] : changeValues.add(key, [], attribute);
  },
  increment(key, present, { values }) {
    const [by] = values;
    if (describe(key).type.kind !== "integer" || values.length !== 1)
      throw new LdapError("constraintViolation", "not a number");
    if (present.length === 0) throw new LdapError("noSuchAttribute", `${key}: no such attribute`);
    return present.map((it) => Buffer.from(String(BigInt(it.toString()) + BigInt(String(by)))));
  },
};
