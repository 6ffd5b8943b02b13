// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The programs that auth serves: front, and those that an administrator adds.
import { authScopes, personScopes } from "@cdb/api/scopes.ts";
import type { Client, ClientMetadata, default as Provider } from "oidc-provider";
import type pg from "pg";
import { equalInConstantTime, sha256 } from "./secrets.ts";

/** What we keep about a client beyond RFC 7591. */
export const ourMetadata = [
  ...(["person_scopes", "program_scopes", "auth_scopes", "resource_scopes"] as const),
  ...(["first_party", "pkce_required", "old_secret"] as const),
] as const;

/** The addresses at which we call a client; spelled as `fetch` is given them. */
const called = ["backchannel_logout_uri", "jwks_uri"] as const;

export type OurClient = ClientMetadata & {
  /** Scopes of back that it may ask for in a person's name. */
  person_scopes?: string[];
  /** Scopes of back that it may ask for in its own name. */
  program_scopes?: string[];
  /** Scopes of other resource servers that it may ask for, by their identifier. */
  resource_scopes?: Record<string, string[]>;
  /** Scopes of auth itself; back's alone. */
  auth_scopes?: string[];
  /** The organisation's own: nobody is asked whether it may see what it asks for. */
  first_party?: boolean;
  /** Only for old clients that know no PKCE; true otherwise. */
  pkce_required?: boolean;
  /** The hash of the secret before, and until when it is taken too: seconds since 1970. */
  old_secret?: { hash: string; until: number };
};

export const oidcScopes = ["openid", "profile", "email", "offline_access"] as const;

/** front, which visitors know by the organisation's name. */
export function frontClient(frontUrl: string, secret: string, organisation: string): OurClient {
  return {
    client_id: "front",
    client_name: organisation,
    client_secret: hashSecret(secret),
    redirect_uris: [`${frontUrl}/signed-in`],
    post_logout_redirect_uris: [`${frontUrl}/signed-out`],
    client_uri: frontUrl,
    // The standard wants https here; development has none.
    ...(frontUrl.startsWith("https:") && { initiate_login_uri: `${frontUrl}/sign-in` }),
    grant_types: ["authorization_code", "refresh_token", "client_credentials"],
    response_types: ["code"],
    scope: oidcScopes.join(" "),
    first_party: true,
    pkce_required: true,
    // For pages about other people: only who is of the staff gets it, after a second factor.
    person_scopes: [...Object.keys(personScopes), "accounts:approve"],
    program_scopes: [
      ...["registrations:write", "pledges:write", "payments:start", "payments:register"],
      ...["links:follow", "mailings:show"],
    ],
  };
}

/** back's worker and the `cdb` command, which manage auth. */
export function backClient(secret: string): OurClient {
  return {
    client_id: "back",
    client_secret: hashSecret(secret),
    redirect_uris: [],
    grant_types: ["client_credentials"],
    response_types: [],
    first_party: true,
    pkce_required: true,
    auth_scopes: Object.keys(authScopes),
  };
}

export class Clients {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Adds a client, or replaces the one of the same id. The secret is a hash here. */
  async write(client: OurClient, connection: pg.Pool | pg.PoolClient = this.#pool): Promise<void> {
    const metadata = { ...client };
    for (const name of called) if (metadata[name] !== undefined) metadata[name] = new URL(metadata[name]).href;
    await connection.query(
      "insert into client (id, metadata) values ($1, $2) on conflict (id) do update set metadata = excluded.metadata",
      [client.client_id, metadata],
    );
  }

  async find(id: string, connection: pg.Pool | pg.PoolClient = this.#pool): Promise<OurClient | undefined> {
    if (!/^[A-Za-z0-9._-]{1,100}$/.test(id)) return undefined;
    const { rows } = await connection.query<{ metadata: OurClient }>({
      name: "find-client",
      text: "select metadata from client where id = $1",
      values: [id],
    });
    return rows[0]?.metadata;
  }

  /** Whether some client named this address for us to call: the only ones we call. One that was removed is told so. */
  async isNamed(address: string): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      `select from client where ${called.map((name) => `metadata->>'${name}' = $1`).join(" or ")}
       union all select from task where kind = 'tell-client' and details->'client'->>'backchannel_logout_uri' = $1 limit 1`,
      [address],
    );
    return rowCount === 1;
  }
}

/** Has the library compare the hashes that we keep. */
export function compareSecretsByHash(provider: Provider): void {
  provider.Client.prototype.compareClientSecret = function (actual) {
    const { clientSecret = "", old_secret: old } = this as Client & Pick<OurClient, "old_secret">;
    const given = Buffer.from(hashSecret(actual));
    if (equalInConstantTime(Buffer.from(clientSecret), given)) return true;
    return old !== undefined && old.until > Date.now() / 1000 && equalInConstantTime(Buffer.from(old.hash), given);
  };
}

// Secrets are long and random, so a plain hash is enough.
export function hashSecret(secret: string): string {
  return sha256(secret).toString("base64url");
}
