// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Where the library keeps what it hands out, and how what is over goes.
import type { Adapter } from "oidc-provider";
import type pg from "pg";
import { ArtifactAdapter } from "./artifact-adapter.ts";
import type { Clients } from "./clients.ts";
import type { Secrets } from "./secrets.ts";

// As long as a sign-in may wait: whether its pushed request was used is looked up at its end.
const keptAfterEnd = "2 hours";
const purgeBatch = 1_000;
const toldKept = "7 days";

export class Store {
  readonly #pool: pg.Pool;
  readonly #clients: Clients;
  readonly #secrets: Secrets;
  readonly #idleSeconds: number;

  constructor(pool: pg.Pool, clients: Clients, secrets: Secrets, idleSeconds: number) {
    this.#pool = pool;
    this.#clients = clients;
    this.#secrets = secrets;
    this.#idleSeconds = idleSeconds;
  }

  /** The adapter that the library asks for each of its models. */
  adapterFor(model: string): Adapter {
    return model === "Client"
      ? clientAdapter(this.#clients)
      : new ArtifactAdapter(this.#pool, this.#secrets, model, this.#idleSeconds);
  }

  /** Removes what ended long ago, a batch at a time. Returns how many. */
  async purge(): Promise<number> {
    let removed = 0;
    for (const text of [
      sessionsWithAll,
      remove("artifact", "model, id_hash"),
      remove("login_link", "token_hash"),
      remove("passkey_challenge", "challenge_hash"),
      remove("consent", "account_id, client_id"),
    ])
      for (let batch = purgeBatch; batch === purgeBatch; removed += batch)
        batch = (await this.#pool.query(text)).rowCount ?? 0;
    const { rowCount } = await this.#pool.query(
      `delete from task where least(done_at, given_up_at) < now() - interval '${toldKept}'`,
    );
    return removed + (rowCount ?? 0) + (await this.#purgeSignIns());
  }

  /** What a session was to its owner goes with the session. */
  async #purgeSignIns(): Promise<number> {
    const { rowCount } = await this.#pool.query(
      `delete from sign_in where used_at < now() - interval '1 hour' and not exists
       (select from artifact where model = 'Session' and artifact.session_uid = sign_in.session_uid)`,
    );
    return rowCount ?? 0;
  }
}

function remove(table: string, key: string, which = "true"): string {
  return `delete from ${table} where (${key}) in (select ${key} from ${table}
    where ${which} and expires_at < now() - interval '${keptAfterEnd}' limit ${purgeBatch} for update skip locked)`;
}

// Nobody redeems any more what a session gave that has lain idle for too long. Of two that parted the other may be alive.
const sessionsWithAll = `with over as (${remove("artifact", "model, id_hash", "model = 'Session'")} returning session_uid, payload),
  given as (select known.value->>'grantId' as grant_id from over, json_each(payload->'authorizations') as known
    where not coalesce((known.value->>'persistsLogout')::boolean, false) and not exists (select from artifact alive
      where alive.model = 'Session' and alive.session_uid = over.session_uid and alive.expires_at > now())),
  handed_out as (delete from artifact using given where artifact.grant_id = given.grant_id),
  grants as (delete from artifact using given
    where model = 'Grant' and id_hash = sha256(convert_to(given.grant_id, 'UTF8')))
  select from over`;

function clientAdapter(clients: Clients): Adapter {
  const refuse = () => Promise.reject(new Error("clients are added by an administrator"));
  return {
    find: (id) => clients.find(id),
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
  };
}
