// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Measures what the treasurer does on a generated crowd: totals, the list of donors, and money registered by the hundred.
import { randomUUID } from "node:crypto";
import { Database, type Work } from "@cdb/back/data/database.ts";
import { listDonors } from "@cdb/back/data/donations/donor-list.ts";
import { donrefOf } from "@cdb/back/data/donations/reference.ts";
import { totals } from "@cdb/back/data/donations/totals.ts";
import { type Received, registerReceived } from "@cdb/back/data/payments/register-received.ts";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Row } from "./table.ts";

const actor = { kind: "administrator", name: "bench" } as const;
const atOnce = 500;

export async function measureMoney(url: string, people: number): Promise<Row[]> {
  const organisation = readOrganisation("organisations/example");
  const database = new Database(url, organisation, { program: "bench" });
  const read = (verb: (work: Work) => Promise<unknown>) => seconds(() => database.read(actor, verb));
  const [from, to] = [Temporal.PlainDate.from("2025-01-01"), Temporal.PlainDate.from("2025-12-31")];
  const all = await read((work) => totals(work, { by: "month", purpose: true, method: true }));
  const year = await read((work) => totals(work, { by: "month", method: true, from, to }));
  const donors = await read((work) => listDonors(work, 2025));
  const lines = Array.from({ length: 10_000 }, (_, n) =>
    aLine(organisation.referencePrefix, 1001 + ((n * 7_919) % people)),
  );
  const registered = await seconds(async () => {
    for (let at = 0; at < lines.length; at += atOnce)
      await database.transaction(actor, (work) => registerReceived(work, "bank", lines.slice(at, at + atOnce)));
  });
  await database.close();
  const shown = (value: number) => `${value.toFixed(1)} s`;
  return [
    { what: "totals of all years, by month, purpose and way", ours: shown(all), goal: "< 10 s" },
    { what: "totals of one year, by month and way", ours: shown(year), goal: "< 3 s" },
    { what: "the donors of a year", ours: shown(donors), goal: "< 2 s" },
    { what: "10,000 lines of a statement registered", ours: shown(registered), goal: "< 6 s" },
  ];
}

function aLine(prefix: string, personId: number): Received {
  const name = `bench-${randomUUID()}`;
  return {
    providerReference: name,
    notice: {
      ...{ noticeId: name, kind: "received", amount: { amount: 1500, currency: "EUR" } },
      ...{ happenedAt: "2026-11-20T11:00:00Z", reference: donrefOf(prefix, personId) },
      ...{ payer: { name: "Ada Example", email: "" }, raw: JSON.stringify({ detail: { endToEndId: name } }) },
    },
  };
}

async function seconds(operate: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await operate();
  return (performance.now() - began) / 1000;
}
