// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Passwords: checked by a bind, changed by the operation of RFC 3062, with what the password policy says about it.

import {
  BerWriter,
  type Client,
  ConstraintViolationError,
  InappropriateAuthError,
  InvalidCredentialsError,
  NoSuchObjectError,
  PasswordPolicyControl,
  PasswordPolicyError,
  type PasswordPolicyValue,
  ResultCodeError,
  UnwillingToPerformError,
} from "ldapts";
import { connect, hangUp, type Server } from "./connection.ts";
import { type PasswordRefusal, PasswordRefused } from "./errors.ts";

/** What a person should hear although the password was right. */
export type PasswordNotice = { kind: "expires"; inSeconds: number } | { kind: "expired"; signInsLeft: number };

export type CheckedPassword =
  /** `rehash`: an old hash was to be made anew; false when the server did not take the same password again. */
  | { outcome: "right"; notice?: PasswordNotice; rehash?: boolean }
  | { outcome: "wrong" }
  | { outcome: "refused"; reason: "locked" | "expired" | "must-change" };

/** A bind with a DN and no password succeeds and proves nothing (RFC 4513, 5.1.2): such a call is a mistake of ours. */
export function assertPassword(password: string): void {
  if (password.trim() === "") throw new Error("A blank password must never reach the directory");
}

/** The same password typed on different keyboards is the same bytes (OpaqueString, RFC 8265, 4.2: spaces, then NFC). */
export function prepare(password: string): string {
  return password.replace(/\p{Zs}/gu, " ").normalize("NFC");
}

/** One bind on a connection of its own: a bind changes who the whole connection is. */
export async function tryPassword(
  server: Server,
  dn: string,
  password: string,
  isOld = false,
): Promise<CheckedPassword> {
  const { client, checked } = await bind(server, dn, password);
  if (client === undefined) return checked;
  try {
    const isForRehash = isOld && checked.outcome === "right" && checked.notice === undefined;
    return isForRehash ? { ...checked, rehash: await rehash(client, dn, password) } : checked;
  } finally {
    hangUp(client);
  }
}

/** As the person, with the same password as the old one: had somebody changed it meanwhile, the server would refuse. */
async function rehash(client: Client, dn: string, password: string): Promise<boolean> {
  return await modifyPassword(client, dn, password, password).then(
    () => true,
    () => false,
  );
}

async function bind(
  server: Server,
  dn: string,
  password: string,
): Promise<{ client?: Client; checked: CheckedPassword }> {
  const policy = new PasswordPolicyControl();
  try {
    const client = await connect(server, dn, prepare(password), policy);
    return { client, checked: readAcceptance(policy.value) };
  } catch (error) {
    if (!(error instanceof ResultCodeError)) throw error;
    return { checked: readRefusal(error, policy.value) };
  }
}

function readAcceptance(said: PasswordPolicyValue | undefined): CheckedPassword {
  if (said?.error === PasswordPolicyError.ChangeAfterReset) return { outcome: "refused", reason: "must-change" };
  if (said?.timeBeforeExpiration !== undefined) {
    return { outcome: "right", notice: { kind: "expires", inSeconds: said.timeBeforeExpiration } };
  }
  if (said?.graceAuthNsRemaining !== undefined) {
    return { outcome: "right", notice: { kind: "expired", signInsLeft: said.graceAuthNsRemaining } };
  }
  return { outcome: "right" };
}

function readRefusal(error: ResultCodeError, said: PasswordPolicyValue | undefined): CheckedPassword {
  if (said?.error === PasswordPolicyError.AccountLocked) return { outcome: "refused", reason: "locked" };
  if (said?.error === PasswordPolicyError.PasswordExpired) return { outcome: "refused", reason: "expired" };
  const isWrong = [InvalidCredentialsError, InappropriateAuthError, NoSuchObjectError].some(
    (kind) => error instanceof kind,
  );
  if (isWrong) return { outcome: "wrong" };
  // 389 Directory Server says these two of an account that is locked or switched off.
  const isLocked = error instanceof ConstraintViolationError || error instanceof UnwillingToPerformError;
  if (isLocked) return { outcome: "refused", reason: "locked" };
  throw error;
}

/** The person's own change, on a connection bound with the old password. */
export async function changeOwnPassword(
  server: Server,
  dn: string,
  oldPassword: string,
  newPassword: string,
): Promise<void> {
  const { client, checked } = await bind(server, dn, oldPassword);
  if (client === undefined) {
    throw new PasswordRefused(
      checked.outcome === "refused" && checked.reason !== "must-change" ? checked.reason : "wrong-password",
    );
  }
  try {
    await modifyPassword(client, dn, newPassword, oldPassword);
  } catch (error) {
    throw (await isOutrun(error, server, dn, oldPassword)) ? new PasswordRefused("wrong-password") : error;
  } finally {
    hangUp(client);
  }
}

/** A change at the same moment was quicker. Servers say then what they also say when nothing may be written at all. */
async function isOutrun(error: unknown, server: Server, dn: string, oldPassword: string): Promise<boolean> {
  if (!(error instanceof ResultCodeError)) return false;
  return (await tryPassword(server, dn, oldPassword)).outcome === "wrong";
}

/** The new password is always ours to choose: one made by the server does not come through the library unharmed. */
export async function modifyPassword(
  client: Client,
  dn: string,
  newPassword: string,
  oldPassword?: string,
): Promise<void> {
  const request = new BerWriter();
  request.startSequence();
  request.writeString(dn, 0x80);
  if (oldPassword !== undefined) request.writeString(prepare(oldPassword), 0x81);
  request.writeString(prepare(newPassword), 0x82);
  request.endSequence();
  const policy = new PasswordPolicyControl();
  try {
    await client.exop("1.3.6.1.4.1.4203.1.11.1", request.buffer, policy);
  } catch (error) {
    const reason = error instanceof ResultCodeError ? readReason(error, policy.value?.error) : undefined;
    throw reason === undefined ? error : new PasswordRefused(reason, { cause: error });
  }
}

function readReason(error: ResultCodeError, code: number | undefined): PasswordRefusal | undefined {
  const reasons: Record<number, PasswordRefusal> = {
    [PasswordPolicyError.PasswordModNotAllowed]: "not-allowed",
    [PasswordPolicyError.MustSupplyOldPassword]: "wrong-password",
    [PasswordPolicyError.InsufficientPasswordQuality]: "too-weak",
    [PasswordPolicyError.PasswordTooShort]: "too-short",
    [PasswordPolicyError.PasswordTooYoung]: "too-young",
    [PasswordPolicyError.PasswordInHistory]: "in-history",
  };
  if (code !== undefined && reasons[code] !== undefined) return reasons[code];
  if (error instanceof ConstraintViolationError) return "too-weak";
  return undefined;
}
