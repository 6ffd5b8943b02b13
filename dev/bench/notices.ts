// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Tells front signed notices of Stripe at a steady pace, as on the day of a campaign, and counts that each is booked.
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { System } from "../../e2e/system.ts";
import type { Row } from "./table.ts";

export interface Pace {
  perSecond: number;
  seconds: number;
}

const againAfterMs = 1_000;

/** Money that nobody's reference came with: booked whole, and no mail of thanks that the mail server would be measured by. */
export async function measureNotices(system: System, { perSecond, seconds }: Pace): Promise<Row[]> {
  const { STRIPE_WEBHOOK_SECRET: secret = "" } = JSON.parse(
    readFileSync(path.join(system.home, "environment.json"), "utf8"),
  ) as Record<string, string>;
  const before = await booked(system);
  const took: number[] = [];
  const under: Promise<void>[] = [];
  const began = performance.now();
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const early = began + (n * 1000) / perSecond - performance.now();
    if (early > 1) await pause(early);
    under.push(tell(`${system.front}/webhooks/stripe`, secret).then((ms) => void took.push(ms)));
  }
  await Promise.all(under);
  const lost = perSecond * seconds - ((await booked(system)) - before);
  took.sort((a, b) => a - b);
  const at = (share: number) => (took[Math.ceil(took.length * share) - 1] ?? 0).toFixed(0);
  return [
    {
      what: `${perSecond} notices a second for ${seconds} s`,
      ours: `${at(0.5)} ms p50, ${at(0.99)} ms p99, ${lost} lost`,
      goal: "< 250 ms p99, 0 lost",
    },
  ];
}

/** Milliseconds until it was taken, however often it had to be told. */
async function tell(url: string, secret: string): Promise<number> {
  const name = randomUUID().replaceAll("-", "");
  const created = Math.floor(Date.now() / 1000);
  const money = { amount_total: 2500, currency: "eur", payment_intent: `pi_${name}`, metadata: {} };
  const object = { mode: "payment", payment_status: "paid", ...money };
  const event = { id: `evt_${name}`, object: "event", type: "checkout.session.completed", created, livemode: false };
  const body = JSON.stringify({ ...event, data: { object } });
  const signature = createHmac("sha256", secret).update(`${created}.${body}`).digest("hex");
  const began = performance.now();
  const headers = { "Stripe-Signature": `t=${created},v1=${signature}` };
  // What was not taken is told again, as Stripe does.
  for (;;) {
    const status = await fetch(url, { method: "POST", headers, body }).then(
      (response) => response.text().then(() => response.status),
      () => 503,
    );
    if (status === 204) return performance.now() - began;
    if (status !== 503) throw new Error(`a notice was answered ${status}`);
    await pause(againAfterMs);
  }
}

async function booked(system: System): Promise<number> {
  const { out } = await system.cdb("donations", "totals", "--json");
  const { totals } = JSON.parse(out) as { totals: { count: number }[] };
  return totals.reduce((sum, { count }) => sum + count, 0);
}
