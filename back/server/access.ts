// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Who calls, and what their token opens: RFC 9068 access tokens, checked against auth's published keys.
import { Refused } from "@cdb/api/problems.ts";
import { backResource, type StaffScope, staffScopes } from "@cdb/api/scopes.ts";
import { ConfigError } from "@cdb/runtime/config.ts";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";
import { findBearer, isEnded } from "../data/accounts/sign-in-event.ts";
import { staffScopes as scopesOfStaff } from "../data/accounts/staff-scopes.ts";
import type { Actor } from "../data/actor.ts";
import type { Work } from "../data/database.ts";
import type { Person } from "../data/people/person.ts";

export interface Caller {
  actor: Actor;
  scopes: ReadonlySet<string>;
  /** Whether they signed in with a second factor (`mfa`, RFC 8176). */
  hasSecondFactor: boolean;
  /** When the token was issued, and when the person last proved who they are: seconds since 1970. */
  issuedAt: number;
  authTime: number | null;
  expiresAt: number;
  /** The key that signed it; and what the person gave the client, as auth names it. When either ends, so does the token. */
  key: string;
  grant: string | null;
}

const claims = z.object({
  sub: z.string().min(1),
  client_id: z.string().min(1),
  scope: z.string().default(""),
  iat: z.number().int(),
  exp: z.number().int(),
  jti: z.string().min(1),
  auth_time: z.number().int().optional(),
  amr: z.array(z.string()).default([]),
  grant_id: z.string().optional(),
  kid: z.string().min(1),
});

const rememberAtMost = 10_000;
// As long as tokens live that auth issues. Who has got hold of a key of auth's signs some that say they live for years.
const rememberSeconds = 300;

export class Access {
  readonly #issuer: string;
  #keys: Promise<JWTVerifyGetKey> | undefined;
  // A token is checked once and remembered for a while: a person's pages bear the same one.
  readonly #checked = new Map<string, { caller: Caller; until: number }>();

  constructor(issuer: string, keys?: JWTVerifyGetKey) {
    this.#issuer = issuer;
    this.#keys = keys && Promise.resolve(keys);
  }

  /** Who bears this `Authorization` header. Throws Refused with 401. */
  async callerOf(header: string | undefined): Promise<Caller> {
    const [, token] = /^Bearer ([A-Za-z0-9._~+/-]{1,8000}=*)$/i.exec(header ?? "") ?? [];
    if (token === undefined) throw new Refused(401, "token-missing", "This needs an access token.");
    const known = this.#checked.get(token);
    const now = Date.now() / 1000;
    if (known && known.until > now) return known.caller;
    const caller = readCaller(await this.#verify(token));
    if (this.#checked.size >= rememberAtMost) this.#checked.clear();
    this.#checked.set(token, { caller, until: Math.min(caller.expiresAt, now + rememberSeconds) });
    return caller;
  }

  async #verify(token: string): Promise<JWTPayload> {
    try {
      const keys = await this.#openKeys();
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer: this.#issuer,
        audience: backResource,
        typ: "at+jwt",
        algorithms: ["RS256", "ES256", "PS256", "EdDSA"],
        clockTolerance: 2,
        requiredClaims: ["exp", "iat", "sub", "client_id", "jti"],
      });
      return { ...payload, kid: protectedHeader.kid };
    } catch (error) {
      if (error instanceof Refused) throw error;
      if (error instanceof errors.JWKSTimeout || error instanceof errors.JOSEError === false)
        throw new Refused(503, "keys-unavailable", "The keys to check tokens with are not to be had at the moment.");
      throw refused();
    }
  }

  async #openKeys(): Promise<JWTVerifyGetKey> {
    this.#keys ??= findKeys(this.#issuer);
    try {
      return await this.#keys;
    } catch (error) {
      this.#keys = undefined;
      throw error;
    }
  }
}

async function findKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(5_000),
    redirect: "error",
  });
  const discovery = z.object({ issuer: z.literal(issuer), jwks_uri: z.url() }).parse(await response.json());
  return createRemoteJWKSet(new URL(discovery.jwks_uri), { timeoutDuration: 5_000, cooldownDuration: 5_000 });
}

function refused(): Refused {
  return new Refused(401, "token-refused", "The access token is not valid here.");
}

// A program's token names the program as subject (client credentials); any other subject is a person.
function readCaller(payload: JWTPayload): Caller {
  const read = claims.safeParse(payload);
  if (!read.success) throw refused();
  const { sub, client_id, scope, iat, exp, auth_time, amr, grant_id, kid } = read.data;
  const isProgram = sub === client_id;
  if (!isProgram && !z.uuid().safeParse(sub).success) throw refused();
  return {
    actor: isProgram ? { kind: "program", name: client_id } : { kind: "person", uuid: sub },
    scopes: new Set(scope.split(" ").filter((word) => isFor(word, isProgram))),
    hasSecondFactor: amr.includes("mfa"),
    issuedAt: iat,
    authTime: auth_time ?? null,
    key: kid,
    grant: grant_id ?? null,
    expiresAt: exp,
  };
}

// A person's own scopes are theirs alone, a program's too; those of the staff are opened to people by their groups.
function isFor(scope: string, isProgram: boolean): boolean {
  return isProgram ? !scope.startsWith("self:") : scope.startsWith("self:") || isStaffScope(scope);
}

export function isStaffScope(scope: string): scope is StaffScope {
  return Object.hasOwn(staffScopes, scope);
}

/** Throws ConfigError for a profile that gives a group what back does not know. */
export function assertStaffScopes({ staff }: Organisation): void {
  const unknown = Object.entries(staff.groups).flatMap(([group, scopes]) =>
    scopes
      .filter((scope) => !isStaffScope(scope))
      .map(
        (scope) =>
          `staff.groups.${group}: there is no scope ${scope}; there are ${Object.keys(staffScopes).join(", ")}`,
      ),
  );
  if (unknown.length > 0) throw new ConfigError(unknown);
}

/** Other people's data open to whom the groups of this moment let in, and after a second factor only. Throws Refused with 403. */
export async function requireStaff(work: Work, me: Person, scope: StaffScope, caller: Caller): Promise<void> {
  if (!(await scopesOfStaff(work, me)).includes(scope))
    throw new Refused(403, "scope-missing", `This needs the scope ${scope}.`);
  if (!caller.hasSecondFactor)
    throw new Refused(403, "second-factor-missing", "This needs a sign-in with a second factor.");
}

/**
 * The person whose token it is; undefined: it is a program's. Throws Refused with 401 where its grant has ended or the key that signed
 * it, or where the person is blocked, erased, or signed out everywhere since.
 */
export async function admit(work: Work, caller: Caller): Promise<Person | undefined> {
  const { actor, key, grant } = caller;
  const names = grant === null ? [key] : [key, grant];
  if (actor.kind !== "person") {
    if (await isEnded(work, names)) throw refused();
    return undefined;
  }
  const person = await findBearer(work, actor.uuid, names);
  if (!person?.isActive() || isSignedOut(person, caller)) throw refused();
  return person;
}

// A token bears whole seconds: one of the very second of signing out is refused too.
function isSignedOut({ signedOutAt }: Person, { issuedAt }: Caller): boolean {
  return signedOutAt !== null && issuedAt <= Math.floor(signedOutAt.epochMilliseconds / 1000);
}

const freshForSeconds = 600;

/** For what would let a stranger at an open screen take over the data. Throws Refused with the code `sign-in-again`. */
export function requireFreshSignIn(caller: Caller): void {
  if (caller.authTime === null || caller.authTime < Date.now() / 1000 - freshForSeconds)
    throw new Refused(403, "sign-in-again", "This needs a sign-in of the last 10 minutes.");
}
