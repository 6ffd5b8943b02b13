// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Delivers the events of a fake provider as the real ones do: again and again until our webhook says 2xx, in no order.

export interface Delivery {
  event: string;
  attempts: number;
  /** What our webhook answered last; 0 when it did not. */
  lastStatus: number | null;
  delivered: boolean;
}

export interface Manner {
  webhookUrl: string;
  /** Given a source of chance from 0 to below 1, events are told in random order, each once to `copies` times. */
  chance?: (() => number) | undefined;
  copies?: number | undefined;
  /** The pause before the second attempt; each further one is twice as long, up to a minute. */
  firstPauseMs?: number | undefined;
}

export interface Courier {
  deliver(event: { id: string }): void;
  /** Tells one event again, all at once; gives what our webhook answered (0: nothing). */
  resend(eventId: string, times: number): Promise<number[]>;
  /** Resolves once our webhook has taken every event. */
  settled(): Promise<void>;
  stop(): void;
}

/** An event as it goes over the wire, signed anew for each attempt; `undefined` when there is no such event. */
export type Wrap = (
  eventId: string,
) => { body: string | Uint8Array<ArrayBuffer>; headers: Record<string, string> } | undefined;

interface Store {
  deliveries: Record<string, Delivery>;
  save(): void;
}

const answerWithinMs = 20_000;
const longestPauseMs = 60_000;

export function openCourier(store: Store, manner: Manner, wrap: Wrap): Courier {
  const stopped = new AbortController();
  let batch: Delivery[] = [];
  let waiters: (() => void)[] = [];

  async function attempt(delivery: Delivery): Promise<number> {
    const status = await post(wrap(delivery.event), manner.webhookUrl, stopped.signal);
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

async function post(wrapped: ReturnType<Wrap>, url: string, stopped: AbortSignal): Promise<number> {
  if (!wrapped) return 0;
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(answerWithinMs)]);
  try {
    const response = await fetch(url, { method: "POST", ...wrapped, redirect: "manual", signal });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

function shuffled<T>(things: T[], chance: () => number): T[] {
  const order = things.map((thing) => ({ thing, place: chance() }));
  return order.sort((a, b) => a.place - b.place).map(({ thing }) => thing);
}
