// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Suppression: a keyed hash of an address that was erased, by which it is known again when somebody else enters it.
import { createHmac } from "node:crypto";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { addressKey } from "./email-spelling.ts";
import type { Person } from "./person.ts";

/** Before the addresses go: that they are to be left alone is remembered, and nothing else. */
export async function suppress(work: Work, { email, secondaryEmail }: Person, secret: string): Promise<void> {
  const addresses = [email, secondaryEmail].filter((address) => address !== null);
  if (addresses.length === 0) return;
  await work.query
    .insertInto("suppression")
    .values(addresses.map((address) => ({ addressHash: suppressionHash(address, secret), at: work.now })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Whoever confirms an address anew is not to be left alone any more. */
export async function welcomeBack(work: Work, { email }: Person, secret: string): Promise<void> {
  if (email === null) return;
  await work.query.deleteFrom("suppression").where("addressHash", "=", suppressionHash(email, secret)).execute();
}

/** What is remembered of an address that must not be written to. */
export function suppressionHash(email: string, secret: string): string {
  return createHmac("sha256", secret)
    .update(`suppression;${addressKey(email)}`)
    .digest("hex");
}

/** Those of these addresses that belonged to people who left. */
export async function findSuppressed(work: Work, emails: string[], secret: string): Promise<Set<string>> {
  const byHash = new Map(emails.map((email) => [suppressionHash(email, secret), email]));
  const { rows } = await sql<{ addressHash: string }>`select address_hash from suppression
    where address_hash = any(${[...byHash.keys()]})`.execute(work.query);
  return new Set(rows.map(({ addressHash }) => byHash.get(addressHash) ?? ""));
}
