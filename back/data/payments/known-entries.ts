// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Which lines of an account came before: by the surest of the names that both have.
import type { Identity } from "../../bank/identity.ts";
import type { Entry, StatementFormat } from "../../bank/statement.ts";
import type { Work } from "../database.ts";

/** Formats of a family carry the same references. */
type Family = "camt" | "mt" | "csv";

export interface NewEntry {
  readonly entry: Entry;
  readonly identities: readonly Identity[];
  readonly outcome: "received" | "refunded" | "payout" | "outgoing";
  /** Unique: its payments are booked under it. */
  readonly name: string;
}

interface Known {
  /** The number of the entry in our records; undefined while it is new. */
  readonly id?: number;
  /** The key of its first rung, if it is a new one. */
  readonly name: string;
  readonly family: Family;
  readonly bankKeys: Set<string>;
}

/** Reads what is known of these lines, in one query. */
export async function findKnown(
  work: Work,
  account: string,
  format: StatementFormat,
  lines: readonly { identities: readonly Identity[] }[],
): Promise<KnownEntries> {
  const keys = lines.flatMap(({ identities }) => identities.map(({ key }) => key));
  const rows = await work.rows<{ key: string; rung: Identity["rung"]; entryId: number; family: Family }>(
    `select other.key, other.rung, other.entry_id, family from statement_identity other
      join statement_entry on statement_entry.id = other.entry_id
      where other.entry_id in (select entry_id from statement_identity where account = $1 and key = any($2))`,
    [account, keys],
  );
  const known = new KnownEntries(familyOf(format));
  for (const row of rows) known.load(row);
  return known;
}

export function familyOf(format: StatementFormat): Family {
  if (format === "csv") return "csv";
  return format.startsWith("camt") ? "camt" : "mt";
}

export class KnownEntries {
  readonly family: Family;
  readonly #byId = new Map<number, Known>();
  readonly #byKey = new Map<string, Set<Known>>();
  readonly #added: { of: Known; identity: Identity }[] = [];

  constructor(family: Family) {
    this.family = family;
  }

  load({ key, rung, entryId, family }: { key: string; rung: Identity["rung"]; entryId: number; family: Family }): void {
    const known = this.#byId.get(entryId) ?? { id: entryId, name: "", family, bankKeys: new Set<string>() };
    this.#byId.set(entryId, known);
    this.#link(known, { rung, key });
  }

  /**
   * Whether a line is known: the first name that both have decides; but where the bank itself names both, in formats of one family,
   * and differently, then they are twins. Its further names are then remembered too, so that a bank may change its format.
   */
  recognise(identities: readonly Identity[]): boolean {
    const own = identities.find(({ rung }) => rung === "bank-reference")?.key;
    for (const { rung, key } of identities)
      for (const known of this.#byKey.get(key) ?? []) {
        const isTwin =
          own !== undefined && known.family === this.family && known.bankKeys.size > 0 && !known.bankKeys.has(own);
        if (rung !== "bank-reference" && isTwin) continue;
        for (const identity of identities) if (!this.#byKey.get(identity.key)?.has(known)) this.#add(known, identity);
        return true;
      }
    return false;
  }

  /** A line that is new. */
  remember(identities: readonly Identity[]): void {
    const known = { name: identities[0]?.key ?? "", family: this.family, bankKeys: new Set<string>() };
    for (const identity of identities) this.#add(known, identity);
  }

  added(): readonly { of: Known; identity: Identity }[] {
    return this.#added;
  }

  #add(known: Known, identity: Identity): void {
    this.#added.push({ of: known, identity });
    this.#link(known, identity);
  }

  #link(known: Known, { rung, key }: Identity): void {
    const linked = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, linked.add(known));
    if (rung === "bank-reference") known.bankKeys.add(key);
  }
}

/** Keeps new entries. */
export async function addEntries(
  work: Work,
  statement: { statementId: number; account: string; family: Family },
  entries: readonly NewEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map(({ entry, outcome, name }) => ({
    ...{ name, amount: entry.amount, currency: entry.currency, outcome },
    booked_on: entry.bookedOn?.toString(),
    value_on: entry.valueOn?.toString(),
    raw: outcome === "payout" || outcome === "outgoing" ? JSON.stringify(entry) : "",
  }));
  await work.rows(
    `insert into statement_entry (statement_id, account, family, name, amount, currency, booked_on, value_on, outcome, raw)
      select $1, $2, $3, name, amount, currency, booked_on, value_on, outcome, raw from jsonb_to_recordset($4::jsonb) as
        it (name text, amount bigint, currency text, booked_on date, value_on date, outcome text, raw text)`,
    [statement.statementId, statement.account, statement.family, JSON.stringify(rows)],
  );
}

/** Keeps the names of entries, those that were just added and those that were known. */
export async function addIdentities(
  work: Work,
  account: string,
  added: ReturnType<KnownEntries["added"]>,
): Promise<void> {
  if (added.length === 0) return;
  const rows = added.map(({ of, identity }) => ({ ...identity, entry_id: of.id ?? null, name: of.name }));
  await work.rows(
    `insert into statement_identity (account, key, rung, entry_id)
      select $1, key, rung, coalesce(it.entry_id, (select id from statement_entry where statement_entry.name = it.name))
      from jsonb_to_recordset($2::jsonb) as it (key text, rung text, entry_id integer, name text) on conflict do nothing`,
    [account, JSON.stringify(rows)],
  );
}
