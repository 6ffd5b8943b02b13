// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Measures the core on a generated crowd: finding, picking, exporting, the night's retention, an import. Wall time, 95th percentile.
import { Database, type Work } from "@cdb/back/data/database.ts";
import { findDuplicates } from "@cdb/back/data/people/duplicates.ts";
import { exportPerson } from "@cdb/back/data/people/export.ts";
import { findPeople } from "@cdb/back/data/people/find-people.ts";
import { importPeople, type PersonOfList } from "@cdb/back/data/people/import-people.ts";
import { Person } from "@cdb/back/data/people/person.ts";
import { scanForDuplicates } from "@cdb/back/data/people/scan-duplicates.ts";
import { applyRetention } from "@cdb/back/data/privacy/retention.ts";
import { countPeople, listPeople } from "@cdb/back/data/selectors/pick-people.ts";
import { compileSelector } from "@cdb/back/data/selectors/selector.ts";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import type { Row } from "./table.ts";

const actor = { kind: "administrator", name: "bench" } as const;
const secret = "a secret for the bench only";
const selector = 'country == "DE" and consents has "newsletter" and donations.sum(last 12 months) >= 60';

export async function measurePeople(url: string, people: number): Promise<Row[]> {
  const organisation = readOrganisation("organisations/example");
  const database = new Database(url, organisation, { program: "bench" });
  const read = <T>(verb: (work: Work) => Promise<T>) => database.read(actor, verb);
  const compile = (work: Work) => compileSelector(organisation, selector, work.now);
  const texts = ["lovelace", "schmi", "ada ex", "@example", "fatima", "hans", "jürg", "ova"];
  const found = await p95(80, (n) => read((work) => findPeople(work, texts[n % texts.length] ?? "", 50)));
  const counted = await p95(20, () => read((work) => countPeople(work, compile(work))));
  const listed = await p95(20, () => read((work) => listPeople(work, compile(work), { limit: 50 })));
  const exported = await p95(20, (n) =>
    read(async (work) => exportPerson(work, await work.get(Person, 1001 + ((n * 37) % people)))),
  );
  const likely = await p95(40, (n) => read((work) => findDuplicates(work, 1001 + ((n * 41) % people))));
  const scanned = await seconds(() => database.transaction({ kind: "worker" }, scanForDuplicates));
  const lines: PersonOfList[] = Array.from({ length: 10_000 }, (_, n) => ({
    ...{ name: `Ines Import ${n}`, email: `import-${n}@example.net`, kind: "individual", language: "en" },
    ...{ consents: [], channel: "bench" },
  }));
  const wish = { update: false, ask: false, secret };
  const imported = await seconds(async () => {
    for (let at = 0; at < lines.length; at += 500)
      await database.transaction(actor, (work) => importPeople(work, lines.slice(at, at + 500), wish));
  });
  const night = await seconds(() => applyRetention(database, secret));
  await database.close();
  const ms = (value: number) => `${value.toFixed(0)} ms p95`;
  return [
    { what: `find by a part, of ${people} people`, ours: ms(found), goal: "< 100 ms" },
    { what: "a selector's count", ours: ms(counted), goal: "< 300 ms" },
    { what: "a selector's first 50", ours: ms(listed), goal: "< 150 ms" },
    { what: "export of one person", ours: ms(exported), goal: "< 1 s" },
    { what: "duplicates of one person", ours: ms(likely), goal: "< 20 ms" },
    { what: "duplicates of everybody", ours: `${scanned.toFixed(1)} s`, goal: "< 60 s" },
    { what: "import of 10,000 people", ours: `${imported.toFixed(1)} s`, goal: "< 60 s" },
    { what: "a night's retention", ours: `${night.toFixed(1)} s`, goal: "< 2 min" },
  ];
}

async function p95(times: number, operate: (n: number) => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < times + 3; n += 1) {
    const began = performance.now();
    await operate(n);
    // The first ones warm caches up.
    if (n >= 3) took.push(performance.now() - began);
  }
  return took.sort((a, b) => a - b)[Math.ceil(times * 0.95) - 1] ?? 0;
}

async function seconds(operate: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await operate();
  return (performance.now() - began) / 1000;
}
