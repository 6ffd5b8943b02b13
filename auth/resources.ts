// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The resource servers of others that take our access tokens (RFC 8707, RFC 9068).

import type { Input, Presented } from "@cdb/api/operation.ts";
import { Refused } from "@cdb/api/problems.ts";
import type { listResources, writeResource } from "@cdb/api/resources.ts";
import { authResource, backResource } from "@cdb/api/scopes.ts";
import type pg from "pg";
import { carryOut } from "./changes.ts";
import type { ResourceScopes } from "./client-rules.ts";
import { oidcScopes } from "./clients.ts";

export type Resource = Presented<typeof listResources>["resources"][number];
type Wish = Input<typeof writeResource>["body"];

export async function listedResources(connection: pg.Pool | pg.PoolClient): Promise<Resource[]> {
  const { rows } = await connection.query<Resource>("select resource, name, scopes from resource_server order by name");
  return rows;
}

export async function scopesOfResources(connection: pg.PoolClient): Promise<ResourceScopes> {
  const resources = await listedResources(connection);
  return new Map(resources.map(({ resource, scopes }) => [resource, Object.keys(scopes)]));
}

/** Throws Refused where a client would be left with a scope that is no more. */
export function writeResourceServer(pool: pg.Pool, wish: Wish, by: string): Promise<Resource> {
  checkResource(wish);
  const { resource, name, scopes } = wish;
  return carryOut(pool, { noun: "resource", name: resource, verb: "written", by }, async (connection) => {
    await refuseWhileNamed(connection, resource, Object.keys(scopes));
    await connection.query(
      `insert into resource_server (resource, name, scopes) values ($1, $2, $3)
       on conflict (resource) do update set name = excluded.name, scopes = excluded.scopes`,
      [resource, name, scopes],
    );
    return wish;
  });
}

export function removeResourceServer(pool: pg.Pool, resource: string, by: string): Promise<void> {
  return carryOut(pool, { noun: "resource", name: resource, verb: "removed", by }, async (connection) => {
    await refuseWhileNamed(connection, resource);
    const { rowCount } = await connection.query("delete from resource_server where resource = $1", [resource]);
    if (rowCount === 0) throw new Refused(404, "resource-unknown", "There is no such resource server.");
  });
}

function checkResource({ resource, scopes }: Wish): void {
  const refuse = (field: string, detail: string) =>
    new Refused(422, "invalid_resource", detail, [{ field, code: "invalid_resource", detail }]);
  if (!URL.canParse(resource) || resource.includes("#") || !/^[\u0021-\u007e]+$/.test(resource))
    throw refuse("resource", "Must be a whole URI without fragment, like https://calendar.example.org.");
  if ([backResource, authResource].includes(resource)) throw refuse("resource", "This is a program of ours.");
  const taken = Object.keys(scopes).find((scope) => (oidcScopes as readonly string[]).includes(scope));
  if (taken !== undefined) throw refuse("scopes", "One of these scopes means something else at the provider itself.");
}

/** Of all its scopes, or of those that are not in `left`. */
async function refuseWhileNamed(connection: pg.PoolClient, resource: string, left: string[] = []): Promise<void> {
  const { rows } = await connection.query<{ id: string }>(
    `select id from client where metadata->'resource_scopes' ? $1
       and ($2::text[] = '{}' or not array(select jsonb_array_elements_text(metadata->'resource_scopes'->$1)) <@ $2)
     order by id limit 20`,
    [resource, left],
  );
  const [first] = rows;
  if (first)
    throw new Refused(409, "resource-in-use", `Clients may still ask for it: ${rows.map(({ id }) => id).join(", ")}.`);
}
