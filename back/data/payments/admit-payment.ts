// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Against card testing: few attempts to pay from one address and one network, a limit on all, and an alert when it is reached.
import { createHash } from "node:crypto";
import { Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { queueMessage, wasWrittenTo } from "../mailings/message.ts";
import { shortenNetwork } from "../people/consent.ts";
import { addressKey } from "../people/email-spelling.ts";

export interface PaymentStart {
  /** Empty: not known. */
  email: string;
  networkAddress?: string | undefined;
}

export type Admission = "admitted" | "too-many";

const window = Temporal.Duration.from({ hours: 1 });
const keptHours = 24;

/** Counts one more attempt, if it may be made. Holds over any number of programs: the counters are rows. */
export async function admitPayment(work: Work, start: PaymentStart): Promise<Admission> {
  const { limits } = work.organisation.donations;
  const network = start.networkAddress ? shortenNetwork(start.networkAddress) : "";
  const addressHash = start.email === "" ? "" : hashOf(start.email);
  // Two at the same moment are counted one after the other.
  await sql`select pg_advisory_xact_lock(hashtextextended('payment-start', 0))`.execute(work.query);
  const since = work.now.subtract(window);
  const { rows } = await sql<{ address: number; network: number; all: number }>`select
      (select count(*) from payment_start where address_hash = ${addressHash} and address_hash <> '' and at > ${since})::int as address,
      (select count(*) from payment_start where network = ${network} and network <> '' and at > ${since})::int as network,
      (select count(*) from payment_start where at > ${since})::int as all`.execute(work.query);
  const [made] = rows;
  if (!made) return "admitted";
  if (made.all >= limits.perHour) await alert(work);
  const tooMany = made.address >= limits.perAddress || made.network >= limits.perNetwork || made.all >= limits.perHour;
  if (tooMany) return "too-many";
  await work.query.insertInto("paymentStart").values({ at: work.now, network, addressHash }).execute();
  return "admitted";
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

async function alert(work: Work): Promise<void> {
  const { desk, limits } = work.organisation.donations;
  if (await wasWrittenTo(work, desk, "too-many-payments", window)) return;
  const recipient = { email: desk, language: "en" };
  await queueMessage(work, { mail: "too-many-payments", recipient, fields: { limit: String(limits.perHour) } });
}

function hashOf(email: string): string {
  return createHash("sha256").update(addressKey(email)).digest("base64url").slice(0, 16);
}
