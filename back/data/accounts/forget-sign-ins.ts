// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What goes of sign-in events by itself: a network is shortened after 30 days, the event goes after a year.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { shortenNetwork } from "../people/consent.ts";

const fullNetworkDays = 30;
const keptDays = 365;
const endedGrantHours = 24;

/** Forgets the end of the addresses of one batch; how many. */
export async function shortenNetworks(work: Work, batch: number): Promise<number> {
  const { rows } = await sql<{ id: number; network: string }>`select id, network from sign_in_event
    where network_is_full and at < ${work.now}::timestamptz - make_interval(days => ${fullNetworkDays})
    limit ${batch} for update skip locked`.execute(work.query);
  const short = rows.map(({ network }) => shortenNetwork(network));
  const ids = rows.map(({ id }) => id);
  await sql`update sign_in_event set network = short.network, network_is_full = false
    from unnest(${ids}::bigint[], ${short}::text[]) as short (id, network) where sign_in_event.id = short.id`.execute(
    work.query,
  );
  return rows.length;
}

export async function deleteSignInEvents(work: Work, batch: number): Promise<number> {
  const { rows } = await sql`delete from sign_in_event where id in (select id from sign_in_event
    where at < ${work.now}::timestamptz - make_interval(days => ${keptDays}) limit ${batch}) returning id`.execute(
    work.query,
  );
  return rows.length;
}

/** Their last token expired long ago. */
export async function deleteEndedGrants(work: Work, batch: number): Promise<number> {
  const { rows } = await sql`delete from ended_grant where grant_hash in (select grant_hash from ended_grant
    where ended_at < ${work.now}::timestamptz - make_interval(hours => ${endedGrantHours}) limit ${batch}) returning grant_hash`.execute(
    work.query,
  );
  return rows.length;
}
