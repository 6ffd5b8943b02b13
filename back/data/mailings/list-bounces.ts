// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What came back, to look at: the newest mails, and the addresses with their scores.
import type { Moment } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import type { BounceTable } from "../schema.ts";

export interface BounceRow {
  id: number;
  cameAt: Moment;
  kind: BounceTable["kind"];
  status: string;
  reason: string;
  address: string;
  personId: number | null;
  /** `news-2026-12`, or which mail it was to one person. */
  of: string | null;
  points: number;
}

export interface TroubleRow {
  address: string;
  personId: number;
  points: number;
  countedOn: string;
  silentSince: Moment | null;
}

export interface Wanted {
  address?: string | undefined;
  personId?: number | undefined;
  kind?: string | undefined;
  limit: number;
}

/** The newest first. */
export function listBounces(work: Work, { address, personId, kind, limit }: Wanted): Promise<BounceRow[]> {
  return work.rows(
    `select bounce.id, came_at, kind, status, bounce.reason, address, bounce.person_id, coalesce(mailing.name, message.mail) as of,
        bounce.half_points / 2.0::float8 as points
      from bounce left join mailing on mailing.id = mailing_id left join message on message.id = bounce.message_id
      where ($1::text is null or address = lower($1)) and ($2::int is null or bounce.person_id = $2) and ($3::text is null or kind = $3)
      order by came_at desc, bounce.id desc limit $4`,
    [address ?? null, personId ?? null, kind ?? null, limit],
  );
}

/** The silent ones first, then by their score. */
export function listTrouble(work: Work, { address, personId, limit }: Wanted): Promise<TroubleRow[]> {
  return work.rows(
    `select address, person_id, half_points / 2.0::float8 as points, counted_on::text, silent_since from address_trouble
      where ($1::text is null or address = lower($1)) and ($2::int is null or person_id = $2)
      order by silent_since is null, half_points desc, address limit $3`,
    [address ?? null, personId ?? null, limit],
  );
}
