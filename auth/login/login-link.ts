// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// One-time sign-in links: minted here, mailed by back, redeemed once. The database holds keyed hashes only.
import type pg from "pg";
import type { Back } from "../back.ts";
import { randomToken, type Secrets } from "../secrets.ts";
import type { Throttle } from "./throttle.ts";

const lifetimeMinutes = 10;
const codeTries = 5;

export interface LinkWish {
  identifier: string;
  network: string;
  /** The secret of the browser that asks, and the browser in words. */
  bound: string;
  browser: string;
  /** The sign-in that waits there, and for which client. */
  interactionUid: string;
  clientId: string;
  service: string;
  language: string;
}

export interface LoginLink {
  account: string;
  interactionUid: string;
  clientId: string;
  browser: string;
  /** Whether it was asked for in the browser that holds this secret. */
  isFrom(bound: string | undefined): boolean;
}

interface Row {
  account_id: string;
  interaction_uid: string;
  client_id: string;
  browser: string;
  browser_hash: Buffer;
}

const columns = "account_id, interaction_uid, client_id, browser, browser_hash";
const live = "redeemed_at is null and expires_at > now()";

export class LoginLinks {
  readonly #pool: pg.Pool;
  readonly #secrets: Secrets;
  readonly #back: Back;
  readonly #throttle: Throttle;
  readonly #issuer: string;

  constructor(pool: pg.Pool, secrets: Secrets, back: Back, throttle: Throttle, issuer: string) {
    this.#pool = pool;
    this.#secrets = secrets;
    this.#back = back;
    this.#throttle = throttle;
    this.#issuer = issuer;
  }

  /** Mails a link, or tells an address that nobody has it; nothing when too many were asked for. */
  async send(wish: LinkWish): Promise<void> {
    const { identifier, network, browser, service, language } = wish;
    const person = await this.#back.findPerson(identifier);
    const account = person?.uuid ?? identifier;
    if (!(await this.#throttle.countLink({ account, network, device: undefined }))) return;
    if (!person && !identifier.includes("@")) return;
    const token = randomToken();
    if (person) await this.#store(token, person.uuid, wish);
    await this.#back.sendLoginLink({
      identifier,
      uuid: person?.uuid ?? null,
      link: `${this.#issuer}/sign-in/link?token=${token}`,
      code: this.codeFor(token),
      browser,
      service: service.slice(0, 200),
      language,
    });
  }

  /** Looks and changes nothing: mail programs and scanners follow links. */
  async find(token: string): Promise<LoginLink | undefined> {
    return this.#one(`select ${columns} from login_link where token_hash = $1 and ${live}`, [
      this.#hash("token", token),
    ]);
  }

  /** Of several that come at once one gets the link. */
  async redeem(token: string): Promise<LoginLink | undefined> {
    return this.#redeemed(
      `update login_link set redeemed_at = now() where token_hash = $1 and ${live} returning ${columns}`,
      [this.#hash("token", token)],
    );
  }

  /** By the code from the mail, typed into the window that waits. Each try counts before it is looked at. */
  async redeemCode(code: string, bound: string, interactionUid: string): Promise<LoginLink | undefined> {
    const values = [this.#hash("browser", bound), interactionUid];
    const { rows } = await this.#pool.query<{ code_hash: Buffer }>(
      `update login_link set code_tries = code_tries + 1 where browser_hash = $1 and interaction_uid = $2
       and ${live} and code_tries < ${codeTries} returning code_hash`,
      values,
    );
    const hash = this.#hash("code", plainCode(code));
    if (!rows.some((row) => row.code_hash.equals(hash))) return undefined;
    return this.#redeemed(
      `update login_link set redeemed_at = now() where browser_hash = $1 and interaction_uid = $2
       and code_hash = $3 and ${live} returning ${columns}`,
      [...values, hash],
    );
  }

  /** 8 characters, derived from the token: whoever holds the link may see the code, the database may not. */
  codeFor(token: string): string {
    const letters = [...this.#hash("code of token", token).subarray(0, 8)].map(
      (byte) => alphabet[byte % alphabet.length],
    );
    return `${letters.slice(0, 4).join("")}-${letters.slice(4).join("")}`;
  }

  async #store(token: string, account: string, { bound, browser, interactionUid, clientId }: LinkWish): Promise<void> {
    await this.#pool.query(
      `insert into login_link
       (token_hash, code_hash, browser_hash, interaction_uid, client_id, account_id, browser, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, now() + interval '${lifetimeMinutes} minutes')`,
      [
        this.#hash("token", token),
        this.#hash("code", plainCode(this.codeFor(token))),
        this.#hash("browser", bound),
        interactionUid,
        clientId,
        account,
        browser,
      ],
    );
  }

  async #redeemed(text: string, values: unknown[]): Promise<LoginLink | undefined> {
    const link = await this.#one(text, values);
    if (link) await this.#throttle.forgetLink(link.account);
    return link;
  }

  async #one(text: string, values: unknown[]): Promise<LoginLink | undefined> {
    const { rows } = await this.#pool.query<Row>(text, values);
    const [row] = rows;
    return (
      row && {
        account: row.account_id,
        interactionUid: row.interaction_uid,
        clientId: row.client_id,
        browser: row.browser,
        isFrom: (bound) => bound !== undefined && this.#hash("browser", bound).equals(row.browser_hash),
      }
    );
  }

  #hash(kind: "token" | "code" | "browser" | "code of token", text: string): Buffer {
    return this.#secrets.mac("login links", `${kind}: ${text}`);
  }
}

// 32 letters and digits that nobody takes for one another.
const alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

function plainCode(typed: string): string {
  return typed.toUpperCase().replace(/[^0-9A-Z]/g, "");
}
