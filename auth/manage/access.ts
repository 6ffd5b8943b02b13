// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Who may manage auth: programs that bear a token of ours (RFC 9068) for auth itself.
import { Refused } from "@cdb/api/problems.ts";
import { authResource } from "@cdb/api/scopes.ts";
import { createLocalJWKSet, type JWTPayload, jwtVerify } from "jose";
import type { Keys } from "../keys.ts";

export class ManageAccess {
  readonly #issuer: string;
  readonly #keys: Keys;

  constructor(issuer: string, keys: Keys) {
    this.#issuer = issuer;
    this.#keys = keys;
  }

  /** The scopes of whoever bears this `Authorization` header. Throws Refused with 401. */
  async scopesOf(header: string | undefined): Promise<ReadonlySet<string>> {
    const [, token] = /^Bearer ([A-Za-z0-9._~+/-]{1,8000}=*)$/i.exec(header ?? "") ?? [];
    if (token === undefined) throw new Refused(401, "token-missing", "This needs an access token.");
    const { sub, client_id: clientId, scope } = await this.#verify(token);
    // A program's token names the program as its subject; nobody manages auth in a person's name.
    if (sub !== clientId) throw refused();
    return new Set(typeof scope === "string" ? scope.split(" ") : []);
  }

  async #verify(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, createLocalJWKSet(this.#keys.published), {
        issuer: this.#issuer,
        audience: authResource,
        typ: "at+jwt",
        algorithms: ["RS256"],
        requiredClaims: ["exp", "iat", "sub", "client_id", "jti"],
      });
      return payload;
    } catch {
      throw refused();
    }
  }
}

function refused(): Refused {
  return new Refused(401, "token-refused", "The access token is not valid here.");
}
