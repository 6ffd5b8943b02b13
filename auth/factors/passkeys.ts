// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Passkeys (WebAuthn): a key that a person's device keeps, asked with a challenge that is answered once.
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type VerifiedAuthenticationResponse,
  type VerifiedRegistrationResponse,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import type pg from "pg";
import { durably } from "../database.ts";
import type { Factors, Refusal } from "./factors.ts";
import { type Assertion, type Attestation, challengeIn, readAssertion, readAttestation } from "./passkey-answer.ts";
import { challengeMinutes, PasskeyChallenges } from "./passkey-challenges.ts";
import type { Proof } from "./proof.ts";

/** What the browser's script is told to ask the device. */
export type Asked = object;

export interface Owner {
  account: string;
  name: string;
  label: string;
}

export interface PasskeyWish {
  account: string;
  answer: string;
  name: string;
  onlyFirst: boolean;
}

/** `copied`: its counter went backwards, as that of a copy does. */
export type PasskeyOutcome =
  | { outcome: "right"; account: string; proofs: Proof[] }
  | { outcome: "copied"; account: string; name: string }
  | { outcome: "wrong" };

interface Row {
  id: string;
  account_id: string;
  name: string;
  credential_id: Buffer;
  public_key: Buffer;
  sign_count: string;
}

// EdDSA, ES256, RS256 (RFC 9053): what devices have.
const supportedAlgorithmIDs = [-8, -7, -257];
const timeout = challengeMinutes * 60_000;

export class Passkeys {
  readonly #pool: pg.Pool;
  readonly #factors: Factors;
  readonly #challenges: PasskeyChallenges;
  readonly #organisation: string;
  readonly #origin: string;
  readonly #domain: string;

  /** `issuer`: passkeys belong to its host, and are lost when it moves. */
  constructor(pool: pg.Pool, factors: Factors, issuer: string, organisation: string) {
    this.#pool = pool;
    this.#factors = factors;
    this.#challenges = new PasskeyChallenges(pool);
    this.#organisation = organisation;
    this.#origin = new URL(issuer).origin;
    this.#domain = new URL(issuer).hostname;
  }

  /** `holder`: the sign-in or session in which the answer is to come. */
  async askForNew(holder: string, { account, name, label }: Owner): Promise<Asked> {
    const known = await this.#known(account);
    const options = await generateRegistrationOptions({
      rpName: this.#organisation,
      rpID: this.#domain,
      userID: new Uint8Array(Buffer.from(account.replaceAll("-", ""), "hex")),
      userName: label,
      userDisplayName: name,
      timeout,
      supportedAlgorithmIDs,
      excludeCredentials: known,
      authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
    });
    await this.#challenges.keep(holder, options.challenge);
    return options;
  }

  /** `account`: whose passkey as a second factor; without it anybody's, and the device must know its owner (a PIN, a finger). */
  async ask(holder: string, account?: string): Promise<Asked> {
    const options = await generateAuthenticationOptions({
      rpID: this.#domain,
      timeout,
      ...(account === undefined
        ? { userVerification: "required" }
        : { userVerification: "preferred", allowCredentials: await this.#known(account) }),
    });
    await this.#challenges.keep(holder, options.challenge);
    return options;
  }

  /** Returns how the person proved with it who they are, or why it was not added. */
  async add(holder: string, { account, answer, name, onlyFirst }: PasskeyWish): Promise<Proof[] | Refusal | "wrong"> {
    const response = readAttestation(answer);
    const challenge = response && (await this.#challenges.take(holder, challengeIn(response)));
    if (!response || !challenge) return "wrong";
    const verified = await this.#verifyNew(response, challenge);
    if (!verified.verified) return "wrong";
    const { credential, credentialDeviceType } = verified.registrationInfo;
    const refusal = await this.#factors.add(account, { onlyFirst }, async (client) => {
      const { rowCount } = await client.query(
        `insert into factor (account_id, kind, name, credential_id, public_key, sign_count, transports, is_synced)
         values ($1, 'passkey', $2, $3, $4, $5, $6, $7) on conflict do nothing`,
        [
          account,
          name,
          Buffer.from(credential.id, "base64url"),
          Buffer.from(credential.publicKey),
          credential.counter,
          credential.transports ?? [],
          credentialDeviceType === "multiDevice",
        ],
      );
      return rowCount === 1;
    });
    return refusal ?? proofsOf(credentialDeviceType);
  }

  /** `account`: as when it was asked. */
  async use(holder: string, answer: string, account?: string): Promise<PasskeyOutcome> {
    const response = readAssertion(answer);
    const challenge = response && (await this.#challenges.take(holder, challengeIn(response)));
    const row = challenge ? await this.#find(Buffer.from(response.id, "base64url")) : undefined;
    if (!response || !challenge || !row || (account !== undefined && row.account_id !== account))
      return { outcome: "wrong" };
    const verified = await this.#verify(row, response, challenge, account === undefined);
    if (!verified?.verified || !isOwner(row, response)) return { outcome: "wrong" };
    const { newCounter, credentialDeviceType } = verified.authenticationInfo;
    if (!(await this.#count(row.id, newCounter))) return { outcome: "copied", account: row.account_id, name: row.name };
    return { outcome: "right", account: row.account_id, proofs: proofsOf(credentialDeviceType) };
  }

  async #verifyNew(response: Attestation, challenge: string): Promise<VerifiedRegistrationResponse> {
    return verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: this.#origin,
      expectedRPID: this.#domain,
      requireUserVerification: false,
      supportedAlgorithmIDs,
    }).catch(() => ({ verified: false }));
  }

  async #verify(
    row: Row,
    response: Assertion,
    challenge: string,
    knowsOwner: boolean,
  ): Promise<VerifiedAuthenticationResponse | undefined> {
    // The counter is ours to check: of two answers at once one has it.
    const publicKey = new Uint8Array(row.public_key);
    return verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: this.#origin,
      expectedRPID: this.#domain,
      credential: { id: response.id, publicKey, counter: 0 },
      requireUserVerification: knowsOwner,
    }).catch(() => undefined);
  }

  async #known(account: string): Promise<{ id: string; transports: string[] }[]> {
    const { rows } = await this.#pool.query<{ credential_id: Buffer; transports: string[] }>(
      "select credential_id, transports from factor where account_id = $1 and kind = 'passkey' order by created_at",
      [account],
    );
    return rows.map(({ credential_id: id, transports }) => ({ id: id.toString("base64url"), transports }));
  }

  async #find(credentialId: Buffer): Promise<Row | undefined> {
    const { rows } = await this.#pool.query<Row>(
      "select id, account_id, name, credential_id, public_key, sign_count from factor where credential_id = $1",
      [credentialId],
    );
    return rows[0];
  }

  // WebAuthn 7.2, step 22: devices that do not count say 0 for ever.
  #count(id: string, signCount: number): Promise<boolean> {
    return durably(this.#pool, async (client) => {
      const { rowCount } = await client.query(
        `update factor set sign_count = $2, last_used_at = now()
         where id = $1 and (sign_count < $2 or (sign_count = 0 and $2 = 0))`,
        [id, signCount],
      );
      return rowCount === 1;
    });
  }
}

function proofsOf(deviceType: "singleDevice" | "multiDevice"): Proof[] {
  return [deviceType === "multiDevice" ? "swk" : "hwk", "user", "mfa"];
}

// A device that found the key by itself says whose it is.
function isOwner(row: Row, { response: { userHandle } }: Assertion): boolean {
  return (
    userHandle === undefined ||
    Buffer.from(userHandle, "base64url").toString("hex") === row.account_id.replaceAll("-", "")
  );
}
