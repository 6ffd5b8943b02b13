// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Authenticator apps (TOTP, RFC 6238): 6 digits every 30 seconds, of which each is taken once.
import { Secret, TOTP } from "otpauth";
import type pg from "pg";
import { durably } from "../database.ts";
import type { Secrets } from "../secrets.ts";
import type { Factors, Refusal } from "./factors.ts";

/** A secret that was shown and not confirmed yet. */
export interface NewApp {
  /** For people, in groups of four. */
  text: string;
  /** For the QR code: otpauth://totp/… */
  address: string;
  /** The secret, hidden, to come back with the form: nothing is stored before it is confirmed. */
  sealed: string;
}

export interface AppWish {
  sealed: string;
  code: string;
  name: string;
  onlyFirst: boolean;
}

const stepSeconds = 30;
const sealedSeconds = 3_600;
// RFC 6238 5.2: clocks differ, and people type slowly.
const stepsAround = 1;

export class Apps {
  readonly #pool: pg.Pool;
  readonly #secrets: Secrets;
  readonly #factors: Factors;
  readonly #issuer: string;
  readonly #now: () => number;

  /** `issuer`: the organisation's name, as apps show it. */
  constructor(pool: pg.Pool, secrets: Secrets, factors: Factors, issuer: string, now: () => number = Date.now) {
    this.#pool = pool;
    this.#secrets = secrets;
    this.#factors = factors;
    // A colon would end it in apps.
    this.#issuer = issuer.replaceAll(":", "");
    this.#now = now;
  }

  begin(account: string, label: string): NewApp {
    return this.#present(account, label, new Secret({ size: 20 }).base32);
  }

  /** The same secret again, after a mistake; nothing when it was shown an hour ago, or to somebody else. */
  again(account: string, label: string, sealed: string): NewApp | undefined {
    const secret = this.#open(account, sealed);
    return secret === undefined ? undefined : this.#present(account, label, secret);
  }

  /** Adds an app whose code is right; the code is used with that. */
  async confirm(account: string, wish: AppWish): Promise<Refusal | "added" | "wrong" | "late"> {
    const secret = this.#open(account, wish.sealed);
    if (!secret) return "late";
    const step = stepOf(secret, wish.code, this.#now());
    if (step === undefined) return "wrong";
    const refusal = await this.#factors.add(account, wish, async (client) => {
      const { rowCount } = await client.query(
        `insert into factor (account_id, kind, name, secret, secret_hash, last_step)
         values ($1, 'app', $2, $3, $4, $5) on conflict do nothing`,
        [
          account,
          wish.name,
          this.#secrets.hide("authenticator apps", account, secret),
          this.#secrets.mac("authenticator apps", secret),
          step,
        ],
      );
      return rowCount === 1;
    });
    return refusal ?? "added";
  }

  /** Whether the code is one of the person's apps and was not used before. Of several at once one is right. */
  use(account: string, code: string): Promise<boolean> {
    return durably(this.#pool, async (client) => {
      const { rows } = await client.query<{ id: string; secret: Buffer }>(
        "select id, secret from factor where account_id = $1 and kind = 'app'",
        [account],
      );
      for (const { id, secret: stored } of rows) {
        const secret = this.#reveal(account, stored);
        const step = secret === undefined ? undefined : stepOf(secret, code, this.#now());
        if (step !== undefined && (await take(client, id, step))) return true;
      }
      return false;
    });
  }

  #present(account: string, label: string, secret: string): NewApp {
    const expiresAt = Math.floor(this.#now() / 1000) + sealedSeconds;
    const sealed = this.#secrets.hide("authenticator apps", `new ${account}`, `${expiresAt} ${secret}`);
    return {
      text: secret.replace(/.{4}(?=.)/g, "$& "),
      address: new TOTP({ issuer: this.#issuer, label, secret, period: stepSeconds }).toString(),
      sealed: sealed.toString("base64url"),
    };
  }

  #open(account: string, sealed: string): string | undefined {
    const [expiresAt, secret] = this.#reveal(`new ${account}`, Buffer.from(sealed, "base64url"))?.split(" ") ?? [];
    return Number(expiresAt) > this.#now() / 1000 ? secret : undefined;
  }

  /** Nothing where it was not hidden here, or with another AUTH_SECRET. */
  #reveal(place: string, stored: Buffer): string | undefined {
    try {
      return this.#secrets.reveal("authenticator apps", place, stored);
    } catch {
      return undefined;
    }
  }
}

// RFC 6238 5.2: a second try of the same code is refused, and so is an older one.
async function take(client: pg.PoolClient, id: string, step: number): Promise<boolean> {
  const { rowCount } = await client.query(
    "update factor set last_step = $2, last_used_at = now() where id = $1 and last_step < $2",
    [id, step],
  );
  return rowCount === 1;
}

/** The step whose code this is; nothing when it is of none around now. */
function stepOf(secret: string, code: string, timestamp: number): number | undefined {
  // The library compares bytes, and throws for other digits than these.
  if (!/^[0-9]{6}$/.test(code)) return undefined;
  const totp = new TOTP({ secret, period: stepSeconds });
  const delta = totp.validate({ token: code, window: stepsAround, timestamp });
  return delta === null ? undefined : Math.floor(timestamp / 1000 / stepSeconds) + delta;
}
