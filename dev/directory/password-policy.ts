// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The password policy of the embedded directory (draft-behera-ldap-password-policy): lock, expiry, and what a new password must be.

import { normalDn } from "./names.ts";
import { hashPassword, verifyPassword } from "./password-schemes.ts";
import { LdapError } from "./results.ts";
import { type Attributes, readTime, type Store, type StoredEntry, timeNow } from "./store.ts";

export const refusals = { expired: 0, locked: 1, mustChange: 2, tooShort: 6, tooYoung: 7, inHistory: 8 } as const;

/** What the response control says. */
export interface PolicySays {
  error?: number;
  expiresInSeconds?: number;
  graceLeft?: number;
}

export class PolicyRefusal extends LdapError {
  readonly says: PolicySays;

  constructor(code: "invalidCredentials" | "constraintViolation", message: string, error?: keyof typeof refusals) {
    super(code, message);
    this.says = error === undefined ? {} : { error: refusals[error] };
  }
}

export class PasswordPolicy {
  readonly #attributes: Attributes;

  constructor(store: Store, entry: Attributes, usual: string) {
    const chosen = entry.get("pwdPolicySubentry")?.[0]?.toString() ?? usual;
    this.#attributes = store.find(normalDn(chosen))?.attributes ?? new Map();
  }

  number(name: string): number {
    return Number(this.#attributes.get(name)?.[0] ?? 0);
  }

  isOn(name: string): boolean {
    return this.#attributes.get(name)?.[0]?.toString() === "TRUE";
  }
}

/** Checks a password against an entry and notes the outcome; throws when it is wrong or of no use any more. */
export async function checkEntryPassword(
  store: Store,
  name: string,
  password: Buffer,
  usual: string,
): Promise<PolicySays> {
  const entry = store.find(name);
  const refusal = new PolicyRefusal("invalidCredentials", "");
  if (entry === undefined) throw refusal;
  const policy = new PasswordPolicy(store, entry.attributes, usual);
  if (isLocked(entry, policy)) throw new PolicyRefusal("invalidCredentials", "", "locked");
  const isRight = await isAnyOf(entry.attributes.get("userPassword"), password);
  // While the hash was computed others may have failed, or changed the entry.
  const current = store.find(name);
  if (current === undefined) throw refusal;
  if (!isRight) {
    noteFailure(store, name, current, policy);
    throw refusal;
  }
  for (const key of ["pwdFailureTime", "pwdAccountLockedTime"])
    if (current.attributes.has(key)) store.note(name, key, []);
  if (policy.isOn("pwdMustChange") && timesOf(current, "pwdReset")[0] === "TRUE") return { error: refusals.mustChange };
  return checkAge(store, name, current, policy);
}

function isLocked(entry: StoredEntry, policy: PasswordPolicy): boolean {
  const [[start], [end]] = [timesOf(entry, "pwdStartTime"), timesOf(entry, "pwdEndTime")];
  if ((start && Date.now() < readTime(start)) || (end && Date.now() >= readTime(end))) return true;
  const [since] = timesOf(entry, "pwdAccountLockedTime");
  if (since === undefined || !policy.isOn("pwdLockout")) return false;
  const duration = policy.number("pwdLockoutDuration");
  return since.startsWith("0000") || duration === 0 || Date.now() < readTime(since) + duration * 1000;
}

function noteFailure(store: Store, name: string, entry: StoredEntry, policy: PasswordPolicy): void {
  if (!policy.isOn("pwdLockout")) return;
  const [limit, interval] = [policy.number("pwdMaxFailure"), policy.number("pwdFailureCountInterval")];
  const isRecent = (time: string): boolean => interval === 0 || readTime(time) > Date.now() - interval * 1000;
  const failures = [...timesOf(entry, "pwdFailureTime").filter(isRecent), timeNow()];
  store.note(name, "pwdFailureTime", failures);
  if (limit > 0 && failures.length >= limit) store.note(name, "pwdAccountLockedTime", [timeNow()]);
}

function checkAge(store: Store, name: string, entry: StoredEntry, policy: PasswordPolicy): PolicySays {
  const [maxAge, [changedAt]] = [policy.number("pwdMaxAge"), timesOf(entry, "pwdChangedTime")];
  if (maxAge === 0 || changedAt === undefined) return {};
  const leftSeconds = Math.floor((readTime(changedAt) + maxAge * 1000 - Date.now()) / 1000);
  if (leftSeconds > 0) return leftSeconds <= policy.number("pwdExpireWarning") ? { expiresInSeconds: leftSeconds } : {};
  const used = timesOf(entry, "pwdGraceUseTime");
  const graceLeft = policy.number("pwdGraceAuthNLimit") - used.length;
  if (graceLeft <= 0) throw new PolicyRefusal("invalidCredentials", "", "expired");
  store.note(name, "pwdGraceUseTime", [...used, timeNow()]);
  return { graceLeft };
}

/** The new value as it will be stored; throws when the policy does not take it. */
export async function acceptPassword(entry: Attributes, policy: PasswordPolicy, password: Buffer): Promise<string> {
  const changedAt = entry.get("pwdChangedTime")?.[0]?.toString();
  const isForced = entry.get("pwdReset")?.[0]?.toString() === "TRUE";
  if (!isForced && changedAt !== undefined && Date.now() < readTime(changedAt) + policy.number("pwdMinAge") * 1000) {
    throw new PolicyRefusal("constraintViolation", "the password was changed a moment ago", "tooYoung");
  }
  if (policy.number("pwdCheckQuality") > 0 && password.length < policy.number("pwdMinLength")) {
    throw new PolicyRefusal("constraintViolation", "the password is too short", "tooShort");
  }
  const remembered =
    policy.number("pwdInHistory") > 0 ? [...(entry.get("userPassword") ?? []), ...historyOf(entry)] : [];
  if (await isAnyOf(remembered, password)) {
    throw new PolicyRefusal("constraintViolation", "the password was used before", "inHistory");
  }
  return await hashPassword(password);
}

/** Puts a new stored value into a copy of the entry, with everything the policy keeps beside it. */
export function enterPassword(entry: Attributes, policy: PasswordPolicy, stored: string[], isOwn: boolean): void {
  const old = entry.get("userPassword")?.[0];
  const kept = policy.number("pwdInHistory");
  const line = old && Buffer.from(`${timeNow()}#1.3.6.1.4.1.1466.115.121.1.40#${old.length}#${old}`);
  const history = [...(entry.get("pwdHistory") ?? []), ...(line ? [line] : [])].slice(
    kept === 0 ? Number.POSITIVE_INFINITY : -kept,
  );
  const isTemporary = !isOwn && old !== undefined && policy.isOn("pwdMustChange");
  const values: Record<string, Buffer[]> = {
    userPassword: stored.map((it) => Buffer.from(it)),
    pwdHistory: history,
    pwdChangedTime: stored.length > 0 ? [Buffer.from(timeNow())] : [],
    pwdReset: isTemporary ? [Buffer.from("TRUE")] : [],
    pwdFailureTime: [],
    pwdAccountLockedTime: [],
    pwdGraceUseTime: [],
  };
  for (const [key, list] of Object.entries(values)) {
    if (list.length > 0) entry.set(key, list);
    else entry.delete(key);
  }
}

function historyOf(entry: Attributes): Buffer[] {
  return (entry.get("pwdHistory") ?? []).map((line) => Buffer.from(line.toString().split("#").slice(3).join("#")));
}

async function isAnyOf(stored: Buffer[] | undefined, password: Buffer): Promise<boolean> {
  for (const value of stored ?? []) if (await verifyPassword(value.toString(), password)) return true;
  return false;
}

function timesOf(entry: StoredEntry, key: string): string[] {
  return (entry.attributes.get(key) ?? []).map(String);
}
