// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/donations.csv` and `.json`: everything the person gave, to take away.
import type { Answer } from "@cdb/api/operation.ts";
import { listMyDonations } from "@cdb/api/people.ts";
import { plainAmount } from "@cdb/theme/money.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import type { Env, Visit } from "../../visit.ts";

type Donation = Answer<typeof listMyDonations>["donations"][number];

export function donationsFile(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/donations.csv", async (c) => send(c, "csv", "text/csv; charset=utf-8", asCsv(await loadAll(c, back))));
  app.get("/donations.json", async (c) => {
    const donations = await loadAll(c, back);
    return send(c, "json", "application/json", `${JSON.stringify({ donations }, null, 2)}\n`);
  });
  return app;
}

async function loadAll(c: Visit, back: Back): Promise<Donation[]> {
  const all: Donation[] = [];
  for (let more = true; more; ) {
    const last = all.at(-1)?.id;
    const page = await back.asVisitor(c).call(listMyDonations, { query: last === undefined ? {} : { before: last } });
    all.push(...page.donations);
    more = page.more && page.donations.length > 0;
  }
  return all;
}

function asCsv(donations: Donation[]): string {
  const rows = donations.map(({ receivedOn, amount, reference, state, provider, bookedAt, thankedAt, changes }) => [
    ...[receivedOn, plainAmount(amount), amount.currency, safe(reference), state, provider],
    ...[bookedAt, thankedAt ?? "", changes.map(inWords).join("; ")],
  ]);
  return [["day", "amount", "currency", "reference", "state", "paid by", "booked", "thanked", "changes"], ...rows]
    .map((row) => `${row.join(",")}\r\n`)
    .join("");
}

function inWords({ on, kind, amount }: Donation["changes"][number]): string {
  return `${on} ${kind} ${plainAmount(amount)} ${amount.currency}`;
}

// Nothing in it that ends a cell or that a spreadsheet would calculate.
function safe(reference: string): string {
  return reference.replace(/[^A-Za-z0-9 .-]/g, " ").replace(/^[-\s]+/, "");
}

function send(c: Visit, ending: string, type: string, text: string): Response {
  return c.body(text, 200, {
    "Content-Type": type,
    "Content-Disposition": `attachment; filename="donations.${ending}"`,
  });
}
