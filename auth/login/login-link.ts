// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// One-time sign-in links: minted here, mailed by back, redeemed once. The database holds keyed hashes only.
import type pg from "pg";
import type { Back, PersonClaims } from "../back.ts";
import { hasSignedOut } from "../claims.ts";
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
  /** To which it was mailed, and which the person still has. */
  email: string;
  interactionUid: string;
  clientId: string;
  browser: string;
  /** Whether it was asked for in the browser that holds this secret. */
  isFrom(bound: string | undefined): boolean;
}

interface Row {
  token_hash: Buffer;
  code_hash: Buffer;
  browser_hash: Buffer;
  address_hash: Buffer | null;
  interaction_uid: string;
  client_id: string;
  account_id: string;
  browser: string;
  created_at: Date;
}

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
    if (!(await this.#throttle.countLink({ account, network }))) return;
    if (!person && !identifier.includes("@")) return;
    const token = randomToken();
    const claims = person && (await this.#back.findClaims(person.uuid));
    if (claims) await this.#store(token, claims, wish);
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

  /** Looks and changes nothing: mail programs and scanners follow links. Throws BackUnavailable. */
  async find(token: string): Promise<LoginLink | undefined> {
    const { rows } = await this.#pool.query<Row>(`select * from login_link where token_hash = $1 and ${live}`, [
      this.#hash("token", token),
    ]);
    return rows[0] && this.#check(rows[0]);
  }

  /** Of several that come at once one gets the link. Throws BackUnavailable. */
  async redeem(token: string): Promise<LoginLink | undefined> {
    const link = await this.find(token);
    return link && (await this.#take(this.#hash("token", token), link));
  }

  /**
   * By the code from the mail, typed into the window that waits. Each try counts before it is looked at.
   * Throws BackUnavailable.
   */
  async redeemCode(code: string, bound: string, interactionUid: string): Promise<LoginLink | undefined> {
    const { rows } = await this.#pool.query<Row>(
      `update login_link set code_tries = code_tries + 1 where browser_hash = $1 and interaction_uid = $2
       and ${live} and code_tries < ${codeTries} returning *`,
      [this.#hash("browser", bound), interactionUid],
    );
    const hash = this.#hash("code", plainCode(code));
    const row = rows.find((it) => it.code_hash.equals(hash));
    const link = row && (await this.#check(row));
    return link && (await this.#take(row.token_hash, link));
  }

  /** 8 characters, derived from the token: whoever holds the link may see the code, the database may not. */
  codeFor(token: string): string {
    const letters = [...this.#hash("code of token", token).subarray(0, 8)].map(
      (byte) => alphabet[byte % alphabet.length],
    );
    return `${letters.slice(0, 4).join("")}-${letters.slice(4).join("")}`;
  }

  async #store(
    token: string,
    { uuid, email }: PersonClaims,
    { bound, browser, interactionUid, clientId }: LinkWish,
  ): Promise<void> {
    await this.#pool.query(
      `insert into login_link
       (token_hash, code_hash, browser_hash, address_hash, interaction_uid, client_id, account_id, browser, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, now() + interval '${lifetimeMinutes} minutes')`,
      [
        this.#hash("token", token),
        this.#hash("code", plainCode(this.codeFor(token))),
        this.#hash("browser", bound),
        this.#hash("address", email),
        interactionUid,
        clientId,
        uuid,
        browser,
      ],
    );
  }

  // A link proves who has the mailbox, at the time when it was minted: what the person did since then is stronger.
  async #check(row: Row): Promise<LoginLink | undefined> {
    const person = await this.#back.findClaims(row.account_id);
    if (!person || hasSignedOut(person, Math.floor(row.created_at.getTime() / 1000))) return undefined;
    if (row.address_hash && !row.address_hash.equals(this.#hash("address", person.email))) return undefined;
    return {
      account: row.account_id,
      email: person.email,
      interactionUid: row.interaction_uid,
      clientId: row.client_id,
      browser: row.browser,
      isFrom: (bound) => bound !== undefined && this.#hash("browser", bound).equals(row.browser_hash),
    };
  }

  async #take(tokenHash: Buffer, link: LoginLink): Promise<LoginLink | undefined> {
    const { rowCount } = await this.#pool.query(
      `update login_link set redeemed_at = now() where token_hash = $1 and ${live}`,
      [tokenHash],
    );
    if (rowCount === 0) return undefined;
    await this.#throttle.forgetLink(link.account);
    return link;
  }

  #hash(kind: "token" | "code" | "browser" | "address" | "code of token", text: string): Buffer {
    return this.#secrets.mac("login links", `${kind}: ${text}`);
  }
}

// 32 letters and digits that nobody takes for one another.
const alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

function plainCode(typed: string): string {
  return typed.toUpperCase().replace(/[^0-9A-Z]/g, "");
}
