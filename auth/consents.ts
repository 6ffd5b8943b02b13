// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What people have allowed services that are not ours: remembered from one sign-in to the next, until they take it back.
import type pg from "pg";
import type { OurClient } from "./clients.ts";
import type { SignInEvent } from "./events.ts";
import type { Sessions } from "./sessions.ts";

export interface Allowed {
  scopes: string[];
  /** Single claims, asked for by name (OpenID Connect Core 5.5). */
  claims: string[];
  /** Scopes by resource server. */
  resources: Record<string, string[]>;
}

export interface Consent extends Allowed {
  clientId: string;
  /** The service as people know it, its page, and what it does with data. */
  name: string;
  uri: string | undefined;
  policyUri: string | undefined;
  /** When the person last allowed it something. */
  givenAt: string;
}

// As long as a grant of the library's.
const keptUnused = "365 days";

export class Consents {
  readonly #pool: pg.Pool;
  readonly #sessions: Sessions;

  constructor(pool: pg.Pool, sessions: Sessions) {
    this.#sessions = sessions;
    this.#pool = pool;
  }

  /** What stands; it is kept for as long again. */
  async find(accountId: string, clientId: string): Promise<Allowed | undefined> {
    const { rows } = await this.#pool.query<Allowed>({
      name: "find-consent",
      text: `update consent set expires_at = now() + interval '${keptUnused}'
        where account_id = $1 and client_id = $2 and expires_at > now() returning scopes, claims, resources`,
      values: [accountId, clientId],
    });
    return rows[0];
  }

  /** Adds to what stands. */
  async remember(accountId: string, clientId: string, { scopes, claims, resources }: Allowed): Promise<void> {
    await this.#pool.query(
      `insert into consent (account_id, client_id, scopes, claims, resources, expires_at)
       values ($1, $2, $3, $4, $5, now() + interval '${keptUnused}')
       on conflict (account_id, client_id) do update set
         scopes = array(select distinct unnest(consent.scopes || excluded.scopes)),
         claims = array(select distinct unnest(consent.claims || excluded.claims)),
         resources = (select coalesce(jsonb_object_agg(resource, list), '{}') from (
           select resource, jsonb_agg(distinct scope) as list
           from (select * from jsonb_each(consent.resources) union all select * from jsonb_each(excluded.resources))
             as each (resource, scopes), jsonb_array_elements(scopes) as scope group by resource) as merged),
         given_at = now(), expires_at = excluded.expires_at`,
      [accountId, clientId, scopes, claims, resources],
    );
  }

  /** What a person has allowed to whom, the newest first. */
  async listConsents(uuid: string): Promise<Consent[]> {
    const { rows } = await this.#pool.query<Allowed & { client_id: string; given_at: Date; metadata: OurClient }>(
      `select client_id, scopes, claims, resources, given_at, metadata
       from consent join client on client.id = client_id
       where account_id = $1 and expires_at > now() order by given_at desc, client_id`,
      [uuid],
    );
    return rows.map(({ client_id, given_at, metadata, ...allowed }) => ({
      ...allowed,
      clientId: client_id,
      name: metadata.client_name ?? client_id,
      uri: metadata.client_uri,
      policyUri: metadata.policy_uri,
      givenAt: given_at.toISOString(),
    }));
  }

  /** Takes back what a person has allowed a service, ends what it was handed out, and tells it so. */
  async withdrawConsent(event: SignInEvent & { uuid: string; clientId: string }): Promise<void> {
    const { uuid, clientId } = event;
    await this.#sessions.endAtClient(uuid, clientId, event, (query) =>
      query.query("delete from consent where account_id = $1 and client_id = $2", [uuid, clientId]),
    );
  }
}
