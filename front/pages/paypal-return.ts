// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/paypal/return`: where PayPal sends a donor who approved; the money is taken now, and booked when PayPal tells of it.
import { ProviderRefused, ProviderUnavailable } from "@cdb/providers/errors.ts";
import type { Capture, PaypalProvider } from "@cdb/providers/paypal.ts";
import type { Log } from "@cdb/runtime/log.ts";
import { Hono } from "hono";
import type { Env } from "../visit.ts";

/** A GET, because PayPal leads here so. It does no more than the donor approved at PayPal, and once. */
export function paypalReturn(paypal: PaypalProvider, log: Log): Hono<Env> {
  return new Hono<Env>().get("/paypal/return", async (c) => {
    const reference = c.req.query("reference") ?? "";
    // Whoever only looks whether the page is there takes nothing.
    const outcome = c.req.method === "HEAD" ? "not-approved" : await take(paypal, c.req.query("token") ?? "", log);
    if (outcome === "captured") return c.redirect("/thanks", 303);
    return c.redirect(`/cancelled?reference=${encodeURIComponent(reference)}`, 303);
  });
}

async function take(paypal: PaypalProvider, order: string, log: Log): Promise<Capture> {
  try {
    return await paypal.captureOrder(order);
  } catch (error) {
    if (!(error instanceof ProviderUnavailable || error instanceof ProviderRefused)) throw error;
    // PayPal also tells our webhook that the donor approved, again and again: the money is taken then.
    log.warn({ err: error }, "approved money could not be taken yet");
    return "captured";
  }
}
