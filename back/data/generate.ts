// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Made-up people and donations in bulk, by COPY: for measuring, never for a database with real people.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { donrefOf } from "./donations/reference.ts";
import { Conflict } from "./errors.ts";
import { fillStats } from "./selectors/person-stats.ts";

export interface Amounts {
  people: number;
  donations: number;
  /** The same seed makes the same people. */
  seed: number;
}

const firstId = 1001;
const given = [
  "Ada",
  "Bruno",
  "Chiara",
  "Dmitri",
  "Elif",
  "Fatima",
  "Grace",
  "Hans",
  "Inés",
  "Jürgen",
  "Katya",
  "Liam",
  "Mária",
  "Noor",
  "Olga",
  "Pádraig",
];
const family = [
  "Andersen",
  "Brien",
  "Čermák",
  "Dubois",
  "Eriksson",
  "Ferrari",
  "García",
  "Hoffmann",
  "Ivanova",
  "Jansen",
  "Kowalski",
  "Lindqvist",
  "Müller",
  "Nagy",
  "Papadopoulos",
  "Rossi",
];
const countries = ["DE", "DE", "DE", "DE", "FR", "IT", "AT", "CH", "ES", "GB", "NL", "BE", "SE", "GR"];
const tables = ["person", "consent", "notice", "payment", "donation"];

/** Fills an empty database as the role that owns it. Indexes and references are taken off meanwhile and put back. */
export async function generate(
  ownerUrl: string,
  amounts: Amounts,
  tell: (step: string, rows: number) => void,
): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query("select 1 from person limit 1");
    if (rows.length > 0)
      throw new Conflict(
        "database-not-empty",
        "There are people in this database; made-up ones go into an empty one only.",
      );
    await client.query("begin");
    const putBack = await takeOff(client);
    await copyAll(client, amounts, tell);
    for (const statement of putBack) {
      tell(statement.replace(/ (?:USING|FOREIGN|REFERENCES|PRIMARY).*/, ""), 0);
      await client.query(statement);
    }
    for (const table of ["person", "notice", "payment", "donation"])
      await client.query(
        `select setval(pg_get_serial_sequence('${table}', 'id'), (select coalesce(max(id), 1) from ${table}))`,
      );
    await client.query("commit");
    tell("person_stats", await fillStats(ownerUrl, "EUR"));
    // As autovacuum would have it after a while.
    await client.query("vacuum analyze");
  } finally {
    await client.end();
  }
}

async function copyAll(
  client: pg.Client,
  { people, donations, seed }: Amounts,
  tell: (step: string, rows: number) => void,
): Promise<void> {
  const copy = async (
    table: string,
    columns: string,
    count: number,
    line: (n: number, random: () => number) => string,
  ) => {
    const random = randomFrom(seed);
    const into = client.query(copyFrom(`copy ${table} (${columns}) from stdin`));
    await pipeline(Readable.from(chunks(count, (n) => line(n, random))), into);
    tell(table, count);
  };
  await copy(
    "person",
    "uuid, kind, registration, name, email, language, postcode, city, country, registered_at, confirmed_at, id",
    people,
    personLine,
  );
  await copy(
    "consent",
    "person_id, purpose, fact, wording, wording_language, wording_version, wording_hash, channel, actor, at",
    people,
    consentLine,
  );
  await copy("notice", "id, provider, notice_id, payment_reference, raw, told, received_at", donations, (n, random) =>
    noticeLine(n, random, people),
  );
  await copy(
    "payment",
    "id, provider, provider_reference, kind, amount, currency, happened_at, reference, payer_name, payer_email, notice_id, registered_at",
    donations,
    (n, random) => paymentLine(n, random, people),
  );
  await copy(
    "donation",
    "id, payment_id, person_id, amount, currency, received_on, reference, purpose",
    donations,
    (n, random) => donationLine(n, random, people),
  );
}

function personLine(n: number, random: () => number): string {
  const name = `${pick(given, random)} ${pick(family, random)}`;
  const country = pick(countries, random);
  const uuid = `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
  const day = dayOf(random, 2008);
  return `${uuid}\tindividual\tconfirmed\t${name}\tperson${n}@example${n % 97}.org\t${country === "DE" ? "de" : "en"}\t${10_000 + (n % 89_999)}\tCity ${n % 5_000}\t${country}\t${day}\t${day}\t${firstId + n}\n`;
}

function consentLine(n: number, random: () => number): string {
  const fact = random() < 0.8 ? "granted" : "withdrawn";
  return `${firstId + n}\tnewsletter\t${fact}\tSend me your newsletter once a month.\ten\t1\tgenerated\tgenerated\tadministrator:generate\t${dayOf(random)}\n`;
}

// The three lines of one payment draw the same numbers, so that all tell the same.
function noticeLine(n: number, random: () => number, people: number): string {
  const { donref, amount, day } = gift(random, people);
  const money = { amount, currency: "EUR" };
  const payer = { name: "", email: "" };
  const told = { kind: "received", amount: money, happenedAt: `${day}T12:00:00Z`, reference: donref, payer };
  return `${n + 1}\thand\tgenerated-${n}\tgenerated-${n}\t{}\t${JSON.stringify(told)}\t${day} 12:00:00+00\n`;
}

function paymentLine(n: number, random: () => number, people: number): string {
  const { donref, amount, day } = gift(random, people);
  return `${n + 1}\thand\tgenerated-${n}\treceived\t${amount}\tEUR\t${day} 12:00:00+00\t${donref}\t\t\t${n + 1}\t${day} 12:00:00+00\n`;
}

function donationLine(n: number, random: () => number, people: number): string {
  const { personId, donref, amount, day } = gift(random, people);
  return `${n + 1}\t${n + 1}\t${personId}\t${amount}\tEUR\t${day}\t${donref}\tdonation\n`;
}

function gift(random: () => number, people: number): { personId: number; donref: string; amount: number; day: string } {
  // A few give often, most give once: the square draws towards the first.
  const personId = firstId + Math.floor(random() ** 2 * people);
  return {
    personId,
    donref: donrefOf("EX", personId),
    amount: 500 + Math.floor(random() * 200) * 100,
    day: dayOf(random),
  };
}

/** Of nine years from the first one on: people were there before they gave. */
function dayOf(random: () => number, firstYear = 2017): string {
  const month = 1 + Math.floor(random() * 12);
  return `${firstYear + Math.floor(random() * 9)}-${String(month).padStart(2, "0")}-${String(1 + Math.floor(random() * 28)).padStart(2, "0")}`;
}

function* chunks(count: number, line: (n: number) => string): Generator<string> {
  let chunk = "";
  for (let n = 0; n < count; n += 1) {
    chunk += line(n);
    if (chunk.length < 262_144) continue;
    yield chunk;
    chunk = "";
  }
  yield chunk;
}

function pick<T>(from: readonly T[], random: () => number): T {
  return from[Math.floor(random() * from.length)] as T;
}

// Mulberry32: small, seeded, the same everywhere.
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Drops what makes COPY slow and returns the statements that bring it back, constraints after the indexes they need. */
async function takeOff(client: pg.Client): Promise<string[]> {
  const references = await client.query<{ drop: string; add: string }>(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as add
    from pg_constraint where contype = 'f' and (conrelid = any($1::regclass[]) or confrelid = any($1::regclass[]))`,
    [tables],
  );
  const keys = await client.query<{ drop: string; add: string }>(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as add
    from pg_constraint where contype in ('p', 'u') and conrelid = any($1::regclass[])`,
    [tables],
  );
  const indexes = await client.query<{ drop: string; add: string }>(
    `select format('drop index %s', indexrelid::regclass) as drop, pg_get_indexdef(indexrelid) as add
    from pg_index i where indrelid = any($1::regclass[]) and not exists (select from pg_constraint where conindid = i.indexrelid)`,
    [tables],
  );
  const triggers = { drop: "alter table person disable trigger user", add: "alter table person enable trigger user" };
  for (const { drop } of [...references.rows, ...keys.rows, ...indexes.rows, triggers]) await client.query(drop);
  return [...keys.rows, ...indexes.rows, ...references.rows, triggers].map(({ add }) => add);
}
