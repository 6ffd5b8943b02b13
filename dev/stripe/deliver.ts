// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Wraps the fake's events as Stripe does: indented and signed.
import { createHmac } from "node:crypto";
import type { Wrap } from "../courier.ts";
import { type Event, nowSeconds, type Store } from "./store.ts";

export function wrapEvents(store: Store, webhookSecret: string): Wrap {
  return (id) => {
    // Indented as Stripe does it: whoever checks a body that was read and written again is found out.
    const body = JSON.stringify(store.find<Event>("event", id), null, 2);
    return {
      body,
      headers: { "Content-Type": "application/json; charset=utf-8", "Stripe-Signature": sign(body, webhookSecret) },
    };
  };
}

function sign(body: string, secret: string): string {
  const moment = nowSeconds();
  const signature = createHmac("sha256", secret).update(`${moment}.${body}`).digest("hex");
  return `t=${moment},v1=${signature},v0=${"0".repeat(64)}`;
}
