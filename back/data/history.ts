// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Who did what, when: a chain of entries in which each hash covers the one before, so that a change made later is found and named.
import { createHash, randomBytes } from "node:crypto";
import type { Moment } from "@cdb/runtime/time.ts";
import { type Kysely, type Selectable, sql } from "kysely";
import type { Work } from "./database.ts";
import { numbersOf } from "./people/find-people.ts";
import type { HistoryTable, Schema } from "./schema.ts";

/** What was done to one record, before it stands in the chain. */
export interface Deed {
  personId: number | null;
  record: string;
  recordId: string;
  verb: string;
  changes: Record<string, [unknown, unknown]>;
  reason: string;
}

type Entry = Omit<Selectable<HistoryTable>, "id" | "hash">;

/** Adds the deeds of one transaction. From here to its end no other transaction adds any: a chain has one end. */
export async function writeHistory(query: Kysely<Schema>, deeds: Deed[], actor: string, at: Moment): Promise<void> {
  if (deeds.length === 0) return;
  await sql`select pg_advisory_xact_lock(7231101)`.execute(query);
  const newest = await query.selectFrom("history").select("hash").orderBy("id", "desc").limit(1).executeTakeFirst();
  let previous = newest?.hash ?? "";
  const moment = momentText(at);
  const details: { changes: string; salt: string }[] = [];
  const rows = deeds.map(({ changes, ...deed }) => {
    const detail =
      Object.keys(changes).length === 0 ? null : { changes: canonical(changes), salt: randomBytes(16).toString("hex") };
    const entry: Entry = { ...deed, actor, at, detailHash: detail ? hashOf(detail.salt, detail.changes) : "" };
    details.push(detail ?? { changes: "", salt: "" });
    previous = hashOf(previous, textOf(moment, entry));
    return { ...entry, at: moment, hash: previous };
  });
  // One value for all: an import writes a thousand entries at once. They are numbered in their order.
  const { rows: ids } = await sql<{ id: number }>`insert into history
    (at, actor, person_id, record, record_id, verb, reason, detail_hash, hash)
    select at, actor, "personId", record, "recordId", verb, reason, "detailHash", hash
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as it (at timestamptz, actor text, "personId" integer, record text,
      "recordId" text, verb text, reason text, "detailHash" text, hash text) returning id`.execute(query);
  const kept = ids.map(({ id }, at) => ({ historyId: id, ...details[at] })).filter(({ salt }) => salt !== "");
  if (kept.length > 0)
    await query
      .insertInto("historyDetail")
      .values(kept as never)
      .execute();
}

export type ShownEntry = Selectable<HistoryTable> & {
  changes: Record<string, [unknown, unknown]>;
  /** Of what happened at a sign-in: what is still known of it. */
  signIn: Record<"client" | "session" | "network" | "browser" | "detail" | "times", unknown> | null;
};

/** What was done to one person's records, newest first. */
export async function historyOf(work: Work, personId: number, limit = 200): Promise<ShownEntry[]> {
  const entries = await work.query
    .selectFrom("history")
    .leftJoin("historyDetail", "historyDetail.historyId", "history.id")
    .leftJoin("signInEvent", "signInEvent.id", eventOf)
    .selectAll("history")
    .select("historyDetail.changes")
    .select(["client", "session", "network", "browser", "detail", "times"])
    .where("history.personId", "in", await numbersOf(work, personId))
    .orderBy("history.id", "desc")
    .limit(limit)
    .execute();
  return entries.map(({ client, session, network, browser, detail, times, ...entry }) => {
    const signIn = times === null ? null : { client, session, network, browser, detail, times };
    return { ...entry, changes: entry.changes ?? {}, signIn };
  });
}

/** What was done to services, resource servers and signing keys, and is nobody's own; newest first. */
export async function historyOfAuth(work: Work, limit: number): Promise<Selectable<HistoryTable>[]> {
  return work.query
    .selectFrom("history")
    .selectAll()
    .where("record", "=", "auth")
    .where("personId", "is", null)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

const eventOf = sql<number>`case when history.record = 'sign-in-event' then history.record_id::bigint end` as never;

export interface Verified {
  entries: number;
  /** The newest hash. Noted elsewhere, it also shows when the end of the chain was cut off. */
  head: string;
  /** Entries that are not what they were, or follow one that is gone. */
  broken: { id: number; why: string }[];
}

const page = 5_000;

/** Walks the whole chain. Reads only. */
export async function verifyHistory(query: Kysely<Schema>): Promise<Verified> {
  const verified: Verified = { entries: 0, head: "", broken: [] };
  for (let after = 0; ; ) {
    const entries = await query
      .selectFrom("history")
      .leftJoin("historyDetail", "historyDetail.historyId", "history.id")
      .selectAll("history")
      .select([sql<string | null>`history_detail.changes::text`.as("changes"), "historyDetail.salt"])
      .where("id", ">", after)
      .orderBy("id")
      .limit(page)
      .execute();
    for (const { id, hash, changes, salt, ...entry } of entries) {
      if (hashOf(verified.head, textOf(momentText(entry.at), entry)) !== hash)
        verified.broken.push({ id, why: "was changed, or the entry before it is gone" });
      if (salt !== null && hashOf(salt, canonical(JSON.parse(changes ?? "{}"))) !== entry.detailHash)
        verified.broken.push({ id, why: "its values were changed" });
      verified.head = hash;
      verified.entries += 1;
      after = id;
    }
    if (entries.length < page) return verified;
  }
}

// PostgreSQL keeps moments to the microsecond and orders the keys of JSON its own way: both are brought into one form.
function momentText(at: Moment): string {
  return at.round({ smallestUnit: "microsecond", roundingMode: "floor" }).toString({ smallestUnit: "microsecond" });
}

function textOf(moment: string, { actor, personId, record, recordId, verb, reason, detailHash }: Entry): string {
  return JSON.stringify([moment, actor, personId, record, recordId, verb, reason, detailHash]);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    const isObject = typeof part === "object" && part !== null && !Array.isArray(part);
    return isObject ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part;
  });
}

function hashOf(before: string, text: string): string {
  return createHash("sha256").update(before).update("\n").update(text).digest("hex");
}
