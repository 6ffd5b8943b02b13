// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Against card testing: few attempts to pay from one address and one network, a wait after declines, a limit on all, and a time of care.
import { createHash } from "node:crypto";
import { Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { shortenNetwork } from "../people/consent.ts";
import { addressKey, spellings } from "../people/email-spelling.ts";
import { matchReference } from "./match-payment.ts";
import { isUnderAttack, type Seen } from "./payment-attack.ts";

export interface PaymentStart {
  /** Empty: not known. */
  email: string;
  networkAddress?: string | undefined;
  /** What is to be paid. */
  reference?: string | undefined;
  signedIn?: boolean | undefined;
}

/** `confirm-first`: whom we know by an address that they have not confirmed may try once they have. */
export type Admission = "admitted" | "too-many" | "confirm-first";

const window = Temporal.Duration.from({ hours: 1 });
const keptHours = 24;
// What is refused is written down, too, but a flood does not fill the disk.
const refusalsKept = 1_000;

/** Counts one more attempt, if it may be made. Holds over any number of programs: the counters are rows. */
export async function admitPayment(work: Work, start: PaymentStart): Promise<Admission> {
  const { limits, attack } = work.organisation.donations;
  const network = start.networkAddress ? shortenNetwork(start.networkAddress) : "";
  const reference = start.reference ?? "";
  const addressHash = start.email === "" && reference === "" ? "" : hashOf(start.email || reference);
  await lockCounters(work);
  const seen = await look(work, network, addressHash);
  const attacked = await isUnderAttack(work, seen);
  const acquaintance = await recognise(work, start);
  const known = acquaintance === "known";
  const tooMany =
    seen.ofAddress >= limits.perAddress ||
    seen.ofNetwork >= limits.perNetwork ||
    seen.declinesOfAddress >= limits.declinesPerAddress ||
    seen.declinesOfNetwork >= limits.declinesPerNetwork;
  const full = !known && seen.admitted >= limits.perHour;
  const careful = attacked && !known && (seen.strangers >= attack.perHour || seen.declinesOfNetwork > 0);
  const refused = tooMany || full || careful;
  if (!refused || seen.refused < refusalsKept)
    await work.query
      .insertInto("paymentStart")
      .values({ at: work.now, network, addressHash, reference, known, refused, declinedAt: null })
      .execute();
  if (!refused) return "admitted";
  return !tooMany && acquaintance === "unconfirmed" ? "confirm-first" : "too-many";
}

/** A card's bank declined what was tried under this reference. `name`: the notice that tells it; told again, it counts once. */
export async function countDecline(work: Work, reference: string, name: string): Promise<void> {
  const since = work.now.subtract({ hours: keptHours });
  await lockCounters(work);
  const { rows } = await sql<{
    id: number;
    told: boolean;
  }>`select id, ${name} = any(declined_by) as told from payment_start
    where reference = ${reference} and at > ${since} order by told desc, refused, at desc, id desc limit 1`.execute(
    work.query,
  );
  const [start] = rows;
  // Renewals and debits that fail on the first of a month were started long ago: nobody tests cards by them.
  if (!start || start.told || reference === "") return;
  await sql`update payment_start set declined_by = array_append(declined_by, ${name}), declined_at = ${work.now}
    where id = ${start.id}`.execute(work.query);
}

/** Nightly: what was counted is forgotten. Returns how many. */
export async function forgetPaymentStarts(work: Work, limit: number): Promise<number> {
  const before = work.now.subtract({ hours: keptHours });
  const { rows } =
    await sql`delete from payment_start where id in (select id from payment_start where at < ${before} limit ${limit}) returning id`.execute(
      work.query,
    );
  return rows.length;
}

/** What the last hour saw. */
async function look(work: Work, network: string, addressHash: string): Promise<Seen> {
  const since = work.now.subtract(window);
  const ofAddress = sql`address_hash = ${addressHash} and address_hash <> ''`;
  const ofNetwork = sql`network = ${network} and network <> ''`;
  const declines = sql`coalesce(sum(cardinality(declined_by)) filter (where declined_at > ${since}`;
  const { rows } = await sql<Seen>`select
      (count(*) filter (where at > ${since} and not refused and ${ofAddress}))::int as of_address,
      (count(*) filter (where at > ${since} and not refused and ${ofNetwork}))::int as of_network,
      (count(*) filter (where at > ${since} and not refused))::int as admitted,
      (count(*) filter (where at > ${since} and not refused and not known))::int as strangers,
      (count(*) filter (where at > ${since} and refused))::int as refused,
      ${declines} and ${ofAddress}), 0)::int as declines_of_address,
      ${declines} and ${ofNetwork}), 0)::int as declines_of_network,
      ${declines}), 0)::int as declines
    from payment_start where at > ${since} or declined_at > ${since}`.execute(work.query);
  return rows[0] as Seen;
}

/** Whom we know has signed in, has confirmed an address, or has paid before. */
async function recognise(work: Work, { email, reference, signedIn }: PaymentStart) {
  if (signedIn) return "known";
  const owner = reference ? (await matchReference(work, reference)).person : undefined;
  const { rows } = await sql<{ registration: string }>`select registration from person
    where ${email} <> '' and lower(email) = any(${spellings(email)})`.execute(work.query);
  const registration = rows[0]?.registration ?? (email === "" ? owner?.registration : undefined);
  if (registration === "confirmed") return "known";
  return registration === "unconfirmed" ? "unconfirmed" : "stranger";
}

// Two at the same moment are counted one after the other.
async function lockCounters(work: Work): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('payment-start', 0))`.execute(work.query);
}

function hashOf(name: string): string {
  return createHash("sha256").update(addressKey(name)).digest("base64url").slice(0, 16);
}
