// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Delivers the fake's events to our webhook as Stripe does: signed, again and again until it says 2xx, in no order.
import { createHmac } from "node:crypto";
import { type Delivery, type Event, nowSeconds, type Store } from "./store.ts";

export interface Manner {
  webhookUrl: string;
  webhookSecret: string;
  /** Given a source of chance from 0 to below 1, events are told in random order, each once to `copies` times. */
  chance?: (() => number) | undefined;
  copies?: number | undefined;
  /** The pause before the second attempt; each further one is twice as long, up to a minute. */
  firstPauseMs?: number | undefined;
}

export interface Courier {
  deliver(event: Event): void;
  /** Tells one event again, all at once; gives what our webhook answered (0: nothing). */
  resend(eventId: string, times: number): Promise<number[]>;
  /** Resolves once our webhook has taken every event. */
  settled(): Promise<void>;
  stop(): void;
}

const answerWithinMs = 20_000;
const longestPauseMs = 60_000;

export function openCourier(store: Store, manner: Manner): Courier {
  const stopped = new AbortController();
  let batch: Delivery[] = [];
  let waiters: (() => void)[] = [];

  async function attempt(delivery: Delivery): Promise<number> {
    const status = await post(store, delivery.event, manner, stopped.signal);
    if (stopped.signal.aborted) return status;
    delivery.attempts++;
    delivery.lastStatus = status;
    delivery.delivered ||= status >= 200 && status < 300;
    store.save();
    if (Object.values(store.deliveries).every((each) => each.delivered)) for (const done of waiters.splice(0)) done();
    return status;
  }

  async function insist(delivery: Delivery, pauseMs: number): Promise<void> {
    await attempt(delivery);
    if (delivery.delivered || stopped.signal.aborted) return;
    setTimeout(() => insist(delivery, Math.min(pauseMs * 2, longestPauseMs)), pauseMs).unref();
  }

  function flush(): void {
    const { chance, copies = 1, firstPauseMs = 1000 } = manner;
    const times = () => (chance ? 1 + Math.floor(chance() * copies) : 1);
    const told = batch.flatMap((delivery) => Array.from({ length: times() }, () => delivery));
    batch = [];
    for (const delivery of chance ? shuffled(told, chance) : told) void insist(delivery, firstPauseMs);
  }

  function enqueue(delivery: Delivery): void {
    if (batch.push(delivery) === 1) setImmediate(flush);
  }

  for (const delivery of Object.values(store.deliveries)) if (!delivery.delivered) enqueue(delivery);
  return {
    deliver({ id }) {
      const delivery = { event: id, attempts: 0, lastStatus: null, delivered: false };
      store.deliveries[id] = delivery;
      enqueue(delivery);
    },
    async resend(eventId, times) {
      const delivery = store.deliveries[eventId];
      return delivery ? Promise.all(Array.from({ length: times }, () => attempt(delivery))) : [];
    },
    async settled() {
      if (Object.values(store.deliveries).every((each) => each.delivered)) return;
      await new Promise<void>((done) => waiters.push(done));
    },
    stop() {
      stopped.abort();
      waiters = [];
    },
  };
}

async function post(store: Store, id: string, manner: Manner, stopped: AbortSignal): Promise<number> {
  // Indented as Stripe does it: whoever checks a body that was read and written again is found out.
  const body = JSON.stringify(store.find<Event>("event", id), null, 2);
  const headers = { "Content-Type": "application/json; charset=utf-8", "Stripe-Signature": sign(body, manner) };
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(answerWithinMs)]);
  try {
    const response = await fetch(manner.webhookUrl, { method: "POST", body, headers, redirect: "manual", signal });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

function sign(body: string, { webhookSecret }: Manner): string {
  const moment = nowSeconds();
  const signature = createHmac("sha256", webhookSecret).update(`${moment}.${body}`).digest("hex");
  return `t=${moment},v1=${signature},v0=${"0".repeat(64)}`;
}

function shuffled<T>(things: T[], chance: () => number): T[] {
  const order = things.map((thing) => ({ thing, place: chance() }));
  return order.sort((a, b) => a.place - b.place).map(({ thing }) => thing);
}
