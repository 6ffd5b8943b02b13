// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Access tokens as auth issues them, for tests of the resource server.
import { randomUUID } from "node:crypto";
import { backResource, personScopes, type Scope } from "@cdb/api/scopes.ts";
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTVerifyGetKey, SignJWT } from "jose";

export const issuer = "https://id.example.org";

const { privateKey, publicKey } = await generateKeyPair("RS256");
const jwk = { ...(await exportJWK(publicKey)), kid: "test", alg: "RS256", use: "sig" };

export const keys: JWTVerifyGetKey = createLocalJWKSet({ keys: [jwk] });

export interface TokenWish {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  key?: Parameters<SignJWT["sign"]>[0];
}

/** A person's token: opens that person's records. */
export function personToken(uuid: string, wish: TokenWish = {}): Promise<string> {
  return sign({ sub: uuid, client_id: "front", scope: Object.keys(personScopes).join(" "), ...wish.claims }, wish);
}

/** A program's token with these scopes and no others. */
export function programToken(name: string, scopes: Scope[], wish: TokenWish = {}): Promise<string> {
  return sign({ sub: name, client_id: name, scope: scopes.join(" "), ...wish.claims }, wish);
}

function sign(claims: Record<string, unknown>, { header, key }: TokenWish): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: issuer, aud: backResource, iat: now, exp: now + 300, jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg: "RS256", typ: "at+jwt", kid: "test", ...header })
    .sign(key ?? privateKey);
}

/** The public key as text, for the test that it is no HMAC secret. */
export const publicKeyText: string = JSON.stringify(jwk);
