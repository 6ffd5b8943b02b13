// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What administrators do with clients: one change at a time, checked, recorded, and in force everywhere once it is written.
import { randomBytes } from "node:crypto";
import type { ClientChanges, ClientWish, ShownClient } from "@cdb/api/clients.ts";
import { Refused } from "@cdb/api/problems.ts";
import type pg from "pg";
import { carryOut, changesOf } from "./changes.ts";
import { endWholeClient } from "./client-end.ts";
import { checkClient } from "./client-rules.ts";
import { type Clients, hashSecret, type OurClient, oidcScopes } from "./clients.ts";
import { scopesOfResources } from "./resources.ts";
import type { Tasks } from "./tasks.ts";

interface Stored {
  metadata: OurClient;
  created_at: Date;
}
export interface WithSecret {
  client: ShownClient;
  client_secret: string | null;
}

const secretMethods = ["client_secret_basic", "client_secret_post"];

export class ClientRegistry {
  readonly #pool: pg.Pool;
  readonly #clients: Clients;
  readonly #tasks: Tasks;
  readonly #reserved: readonly string[];
  readonly #checkByLibrary: (client: OurClient) => void;

  /** `reserved`: ids of the clients that the settings make. */
  constructor(
    pool: pg.Pool,
    clients: Clients,
    tasks: Tasks,
    reserved: readonly string[],
    checkByLibrary: (client: OurClient) => void,
  ) {
    this.#pool = pool;
    this.#clients = clients;
    this.#tasks = tasks;
    this.#reserved = reserved;
    this.#checkByLibrary = checkByLibrary;
  }

  async list(): Promise<ShownClient[]> {
    const { rows } = await this.#pool.query<Stored>("select metadata, created_at from client order by id");
    return rows.map(present);
  }

  async show(id: string): Promise<{ client: ShownClient; changes: Awaited<ReturnType<typeof changesOf>> }> {
    return { client: present(await getClient(this.#pool, id)), changes: await changesOf(this.#pool, "client", id) };
  }

  add(wish: ClientWish & { client_id: string }, by: string): Promise<WithSecret> {
    const { client_id: id } = wish;
    return this.#change(id, "added", by, async (connection) => {
      const { rowCount } = await connection.query("select from client where id = $1", [id]);
      if (rowCount !== 0 || this.#reserved.includes(id))
        throw new Refused(409, "client-known", "There is a client of this id.");
      return this.#write(connection, { ...wish, client_id: id } as OurClient);
    });
  }

  change(id: string, changes: ClientChanges, by: string): Promise<WithSecret> {
    return this.#change(id, "changed", by, async (connection) => {
      const { metadata } = await getClient(connection, id);
      const merged = Object.entries({ ...metadata, ...changes }).filter(([, value]) => value !== null);
      const written = await this.#write(connection, Object.fromEntries(merged) as unknown as OurClient);
      // What it got unasked ends where people are to be asked.
      if (metadata.first_party && !written.client.first_party)
        await endWholeClient(connection, (await getClient(connection, id)).metadata, false);
      return written;
    });
  }

  /** The secret before is taken for so many hours more; the one before that no more. */
  rotateSecret(id: string, overlapHours: number, by: string): Promise<WithSecret> {
    return this.#change(id, "secret rotated", by, async (connection) => {
      const { metadata } = await getClient(connection, id);
      const { client_secret: hash, old_secret: _, ...rest } = metadata;
      if (hash === undefined) throw new Refused(409, "client-has-no-secret", "This client has no secret.");
      const until = Math.floor(Date.now() / 1000) + overlapHours * 3_600;
      return this.#write(connection, { ...rest, ...(overlapHours > 0 && { old_secret: { hash, until } }) });
    });
  }

  /** Ends what was handed out to it, and tells it so; what people allowed it is forgotten. */
  async remove(id: string, by: string): Promise<void> {
    await this.#change(id, "removed", by, async (connection) => {
      const { metadata } = await getClient(connection, id);
      await connection.query("delete from client where id = $1", [id]);
      await connection.query("delete from consent where client_id = $1", [id]);
      await endWholeClient(connection, metadata, true);
    });
  }

  /** Checks it, makes the secret that it lacks, and writes it. */
  async #write(connection: pg.PoolClient, wish: OurClient): Promise<WithSecret> {
    const client = complete(wish);
    checkClient(client, await scopesOfResources(connection));
    const needsSecret = secretMethods.includes(client.token_endpoint_auth_method ?? "");
    const secret = needsSecret && client.client_secret === undefined ? randomBytes(32).toString("hex") : null;
    if (secret !== null) client.client_secret = hashSecret(secret);
    if (!needsSecret) for (const name of ["client_secret", "old_secret"] as const) delete client[name];
    this.#checkByLibrary(client);
    await this.#clients.write(client, connection);
    return { client: present(await getClient(connection, client.client_id)), client_secret: secret };
  }

  async #change<T>(id: string, verb: string, by: string, work: (connection: pg.PoolClient) => Promise<T>): Promise<T> {
    const done = await carryOut(this.#pool, { noun: "client", name: id, verb, by }, work);
    void this.#tasks.carryOut();
    return done;
  }
}

async function getClient(connection: pg.Pool | pg.PoolClient, id: string): Promise<Stored> {
  const { rows } = await connection.query<Stored>("select metadata, created_at from client where id = $1", [id]);
  if (!rows[0])
    throw new Refused(404, "client-unknown", "There is no client of this id that an administrator has added.");
  return rows[0];
}

/** What holds where nothing is said. */
function complete(wish: OurClient): OurClient {
  const client: OurClient = {
    application_type: "web",
    redirect_uris: [],
    grant_types: ["authorization_code"],
    token_endpoint_auth_method: "client_secret_basic",
    first_party: false,
    pkce_required: true,
    ...wish,
  };
  const signsIn = client.grant_types?.includes("authorization_code");
  return {
    ...client,
    response_types: signsIn ? ["code"] : [],
    ...(signsIn && { scope: client.scope ?? oidcScopes.join(" ") }),
  };
}

function present({ metadata, created_at }: Stored): ShownClient {
  const { old_secret: old } = metadata;
  const isTaken = old !== undefined && old.until > Date.now() / 1000;
  return {
    ...(metadata as unknown as ShownClient),
    created_at: created_at.toISOString(),
    old_secret_until: isTaken ? new Date(old.until * 1000).toISOString() : null,
  };
}
