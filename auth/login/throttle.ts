// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How often somebody may try: by account, by network, by device. All that is kept are keyed hashes.
import type pg from "pg";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { Secrets } from "../secrets.ts";

/** Who tries, from where: for passwords what was typed, for links the person meant (or what was typed by a stranger). */
export interface Attempt {
  account: string;
  network: string;
  /** The person has signed in with this device before: strangers who guess do not slow it down, not even from beside it. */
  device: string | undefined;
}

const quarterOfAnHour = 900;
const limits = {
  account: { points: 10, duration: quarterOfAnHour },
  device: { points: 10, duration: quarterOfAnHour },
  network: { points: 100, duration: quarterOfAnHour },
  /** As many links as may be alive at once. */
  link: { points: 3, duration: 600 },
  "links of network": { points: 30, duration: 600 },
};
type Limit = keyof typeof limits;

export class Throttle {
  readonly #secrets: Secrets;
  readonly #limiters: Record<Limit, RateLimiterPostgres>;

  constructor(pool: pg.Pool, secrets: Secrets) {
    this.#secrets = secrets;
    const make = ([name, limit]: [string, { points: number; duration: number }]) => [
      name,
      new RateLimiterPostgres({
        storeClient: pool,
        tableName: "throttle",
        tableCreated: true,
        keyPrefix: name,
        ...limit,
      }),
    ];
    this.#limiters = Object.fromEntries(Object.entries(limits).map(make));
  }

  /** Counts a try with a password. Returns for how many seconds it must wait; 0: go on. */
  async countPassword({ account, network, device }: Attempt): Promise<number> {
    if (device) return this.#count("device", device);
    return (await this.#count("network", network)) || this.#count("account", account);
  }

  /** The password was right: the tries before it do not count. */
  async forget({ account, network, device }: Attempt): Promise<void> {
    if (device) await this.#limiters.device.delete(this.#key(device));
    else
      await Promise.all([
        this.#limiters.network.reward(this.#key(network), 1),
        this.#limiters.account.delete(this.#key(account)),
      ]);
  }

  /** Whether another link may be sent. */
  async countLink({ account, network }: Attempt): Promise<boolean> {
    if ((await this.#count("links of network", network)) > 0) return false;
    const isRefused = (await this.#count("link", account)) > 0;
    if (isRefused) await this.forgetLink(account);
    return !isRefused;
  }

  /** A link is alive no more, or was never sent. */
  async forgetLink(account: string): Promise<void> {
    await this.#limiters.link.reward(this.#key(account), 1);
  }

  async #count(limit: Limit, text: string): Promise<number> {
    try {
      await this.#limiters[limit].consume(this.#key(text));
      return 0;
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      throw refused;
    }
  }

  #key(text: string): string {
    return this.#secrets.mac("throttle", text.toLowerCase()).toString("base64url");
  }
}

/** An IPv4 address, or the /64 of an IPv6 one: whoever has one of its addresses has them all. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const groups = head.split(":");
  const filled = tail === undefined ? groups : [...groups, ...Array(8).fill("0")];
  return filled
    .slice(0, 4)
    .map((group) => Number.parseInt(group || "0", 16).toString(16))
    .join(":");
}
