// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The roles and databases that the programs expect to find, made as the superuser; made again without harm.

import pg from "pg";

/** cdb_migrate owns the community's tables, cdb_app uses them, cdb_auth sees a database of its own and nothing else. */
export const roles = ["cdb_migrate", "cdb_app", "cdb_auth"] as const;
export type Role = (typeof roles)[number];

const anyNumber = 7_203_114;

/** Without passwords, each role's is its own name: for tests. */
export async function createRoles(adminUrl: string, passwords?: Record<Role, string>): Promise<void> {
  await asAdmin(adminUrl, async (client) => {
    // Several test processes may come at once, and roles belong to the whole server.
    await client.query("SELECT pg_advisory_lock($1)", [anyNumber]);
    for (const role of roles) {
      const known = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [role]);
      if (known.rowCount === 0) await client.query(`CREATE ROLE ${role} LOGIN`);
      const password = pg.escapeLiteral(passwords?.[role] ?? role);
      if (known.rowCount === 0 || passwords) await client.query(`ALTER ROLE ${role} PASSWORD ${password}`);
    }
  });
}

/** Returns true when the databases were not there before. */
export async function createDatabases(adminUrl: string): Promise<boolean> {
  return asAdmin(adminUrl, async (client) => {
    const fresh = await createDatabase(client, "community", "cdb_migrate");
    await createDatabase(client, "auth", "cdb_auth");
    await client.query("GRANT CONNECT ON DATABASE community TO cdb_app");
    await client.query("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC");
    return fresh;
  });
}

/** The same server's address for another database and role. */
export function urlFor(adminUrl: string, database: string, role: string, password: string = role): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  url.username = role;
  url.password = encodeURIComponent(password);
  return url.href;
}

async function createDatabase(client: pg.Client, name: string, owner: Role): Promise<boolean> {
  const known = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
  if (known.rowCount === 0) await client.query(`CREATE DATABASE ${name} OWNER ${owner}`);
  await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${name} FROM PUBLIC`);
  return known.rowCount === 0;
}

async function asAdmin<Result>(adminUrl: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client(adminUrl);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
