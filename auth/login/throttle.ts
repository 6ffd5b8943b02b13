// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How often somebody may try: by account, by network, by device. All that is kept are keyed hashes.
import type pg from "pg";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { Secrets } from "../secrets.ts";
import { Bucket, type Limit } from "./bucket.ts";

/** Who tries, from where: for passwords what was typed, for links the person meant (or what was typed by a stranger). */
export interface Attempt {
  account: string;
  network: string;
}

export interface PasswordAttempt extends Attempt {
  /** Who is meant by what was typed; for a stranger the same as `account`. */
  person: string;
  /** The person has signed in with this device before: strangers who guess do not slow it down, not even from beside it. */
  isKnownDevice: boolean;
}

/** "as-wrong": the answer is that of a wrong password, and the directory is not asked about this person. */
export type Verdict = "go-on" | "as-wrong" | { waitSeconds: number };

const quarterOfAnHour = 900;
/** Half of the account's: who tries from one network alone keeps nobody else out. */
const accountHere: Limit = { tries: 5, seconds: quarterOfAnHour };
const account: Limit = { tries: 10, seconds: quarterOfAnHour };
/** By whatever name. With those of the known devices fewer in any five minutes than what makes a directory lock somebody. */
const person: Limit = { tries: 10, seconds: quarterOfAnHour };
/** All of a person's together: whoever had the password once could collect as many as they like. */
const knownDevices: Limit = { tries: 5, seconds: quarterOfAnHour };
const network: Limit = { tries: 100, seconds: quarterOfAnHour };
const secondFactor: Limit = { tries: 5, seconds: quarterOfAnHour };
// Counted otherwise than tries: these are as many as may be alive at once.
const links = { points: 3, duration: 600 };
const linksOfNetwork = { points: 30, duration: 600 };

export class Throttle {
  readonly #secrets: Secrets;
  readonly #accountHere: Bucket;
  readonly #account: Bucket;
  readonly #person: Bucket;
  readonly #knownDevices: Bucket;
  readonly #network: Bucket;
  readonly #secondFactor: Bucket;
  readonly #links: RateLimiterPostgres;
  readonly #linksOfNetwork: RateLimiterPostgres;

  constructor(pool: pg.Pool, secrets: Secrets) {
    this.#secrets = secrets;
    this.#accountHere = new Bucket(pool, "account from network", accountHere);
    this.#account = new Bucket(pool, "account", account);
    this.#person = new Bucket(pool, "person", person);
    this.#knownDevices = new Bucket(pool, "known devices", knownDevices);
    this.#network = new Bucket(pool, "network", network);
    this.#secondFactor = new Bucket(pool, "second factor", secondFactor);
    const table = { storeClient: pool, tableName: "throttle", tableCreated: true };
    this.#links = new RateLimiterPostgres({ ...table, keyPrefix: "link", ...links });
    this.#linksOfNetwork = new RateLimiterPostgres({ ...table, keyPrefix: "links of network", ...linksOfNetwork });
  }

  /** Counts a try with a password. */
  async countPassword({ account, network, isKnownDevice, person }: PasswordAttempt): Promise<Verdict> {
    if (isKnownDevice) return inWords(await this.#knownDevices.take(this.#key(person)));
    const waitSeconds =
      (await this.#accountHere.take(this.#key(`${account} ${network}`))) ||
      (await this.#network.take(this.#key(network))) ||
      (await this.#account.take(this.#key(account)));
    if (waitSeconds > 0) return { waitSeconds };
    // To say "wait" here would tell that two names are one person's.
    return (await this.#person.take(this.#key(person))) > 0 ? "as-wrong" : "go-on";
  }

  /** The password was right: the tries before it do not count. */
  async forget({ account, network, isKnownDevice, person }: PasswordAttempt): Promise<void> {
    if (isKnownDevice) return this.#knownDevices.empty(this.#key(person));
    await Promise.all([
      this.#accountHere.empty(this.#key(`${account} ${network}`)),
      this.#network.giveBack(this.#key(network)),
      this.#account.empty(this.#key(account)),
      this.#person.empty(this.#key(person)),
    ]);
  }

  /**
   * Counts a try with a code of six digits. Returns for how many seconds it must wait; 0: go on.
   * Whoever gets here has proved the first factor, and could collect known devices with it: they count for nothing.
   */
  async countSecondFactor(account: string, network: string): Promise<number> {
    return (await this.#network.take(this.#key(network))) || this.#secondFactor.take(this.#key(account));
  }

  async forgetSecondFactor(account: string, network: string): Promise<void> {
    await Promise.all([this.#network.giveBack(this.#key(network)), this.#secondFactor.empty(this.#key(account))]);
  }

  /** Whether another link may be sent. */
  async countLink({ account, network }: Attempt): Promise<boolean> {
    if (await isOver(this.#linksOfNetwork, this.#key(network))) return false;
    const isRefused = await isOver(this.#links, this.#key(account));
    if (isRefused) await this.forgetLink(account);
    return !isRefused;
  }

  /** A link is alive no more, or was never sent. */
  async forgetLink(account: string): Promise<void> {
    await this.#links.reward(this.#key(account), 1);
  }

  #key(text: string): string {
    return this.#secrets.mac("throttle", text.toLowerCase()).toString("base64url");
  }
}

function inWords(waitSeconds: number): Verdict {
  return waitSeconds > 0 ? { waitSeconds } : "go-on";
}

async function isOver(limiter: RateLimiterPostgres, key: string): Promise<boolean> {
  try {
    await limiter.consume(key);
    return false;
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return true;
    throw refused;
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
