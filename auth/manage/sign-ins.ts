// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The operations on people's sign-ins: back ends them where it blocks, erases or signs out.
import * as api from "@cdb/api/sign-ins.ts";
import type pg from "pg";
import { shortHash } from "../events.ts";
import type { Sessions } from "../sessions.ts";
import type { Told } from "../tasks.ts";
import type { Managed } from "./management.ts";
import type { ManageOffers } from "./offer.ts";

export function offerSignIns(
  offers: ManageOffers,
  { pool, sessions, factors, events }: Pick<Managed, "pool" | "sessions" | "factors" | "events">,
): void {
  offers.offer(api.endSignIns, async ({ body }) => {
    const { uuid, at, forget, mergedInto } = body;
    await sessions.endUntil(uuid, { uuid, kind: "sessions-ended", at: new Date(at), key: `ended ${uuid} ${at}` });
    if (forget) await forgetPerson(pool, uuid);
    // They stay with who is gone, whom a merge that is taken back brings back.
    if (mergedInto && (await factors.has(uuid)))
      await events.record({ uuid: mergedInto, kind: "factors-left", at: new Date(at), key: `left ${uuid} ${at}` });
    return undefined;
  });
  offers.offer(api.listSignIns, async ({ body }) => {
    const known = await sessions.list(body.uuid);
    const told = await sessions.listTold(body.uuid);
    const { length: secondFactors } = await factors.of(body.uuid);
    return { sessions: known.map(presentSession), secondFactors, told: told.map(presentTold) };
  });
}

type Session = Awaited<ReturnType<Sessions["list"]>>[number];

function presentSession({ uid, beganAt, usedAt, ...rest }: Session) {
  return { ...rest, session: shortHash(uid), beganAt: beganAt.toISOString(), usedAt: usedAt.toISOString() };
}

function presentTold({ clientId, at, doneAt, givenUpAt, tries }: Told) {
  const outcome = doneAt ? ("confirmed" as const) : givenUpAt ? ("given-up" as const) : ("waiting" as const);
  return { clientId, at: at.toISOString(), outcome, tries };
}

const ofPersons = ["consent", "factor", "recovery_code", "login_link", "sign_in"] as const;

// What clients have to be told of the end stays for the days in which they are told.
async function forgetPerson(pool: pg.Pool, uuid: string): Promise<void> {
  for (const table of ofPersons) await pool.query(`delete from ${table} where account_id = $1`, [uuid]);
}
