// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The operations on clients and on the resource servers of others.
import * as api from "@cdb/api/clients.ts";
import { listResources, removeResource, writeResource } from "@cdb/api/resources.ts";
import type pg from "pg";
import type { ClientRegistry } from "../client-registry.ts";
import { listedResources, removeResourceServer, writeResourceServer } from "../resources.ts";
import type { ManageOffers } from "./offer.ts";

export function offerClients(offers: ManageOffers, registry: ClientRegistry): void {
  offers.offer(api.listClients, async () => ({ clients: await registry.list() }));
  offers.offer(api.showClient, ({ params }) => registry.show(params.id));
  offers.offer(api.addClient, ({ query, body }) => registry.add(body, query.by));
  offers.offer(api.changeClient, ({ params, query, body }) => registry.change(params.id, body, query.by));
  offers.offer(api.removeClient, async ({ params, query }) => {
    await registry.remove(params.id, query.by);
    return undefined;
  });
  offers.offer(api.rotateClientSecret, ({ params, query, body }) =>
    registry.rotateSecret(params.id, body.overlap_hours, query.by),
  );
}

export function offerResources(offers: ManageOffers, pool: pg.Pool): void {
  offers.offer(listResources, async () => ({ resources: await listedResources(pool) }));
  offers.offer(writeResource, ({ query, body }) => writeResourceServer(pool, body, query.by));
  offers.offer(removeResource, async ({ query }) => {
    await removeResourceServer(pool, query.resource, query.by);
    return undefined;
  });
}
