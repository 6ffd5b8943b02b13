// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The contents page of how auth is managed: what back's worker and the `cdb` command may have it do.
import { authOperations } from "@cdb/api/operations.ts";
import type { Log } from "@cdb/runtime/log.ts";
import type { Hono } from "hono";
import type pg from "pg";
import type { ClientRegistry } from "../client-registry.ts";
import type { Events } from "../events.ts";
import type { Factors } from "../factors/factors.ts";
import type { Keys } from "../keys.ts";
import type { Sessions } from "../sessions.ts";
import { ManageAccess } from "./access.ts";
import { offerClients, offerResources } from "./clients.ts";
import { offerKeys } from "./keys.ts";
import { ManageOffers } from "./offer.ts";
import { offerSecondFactor } from "./second-factor.ts";
import { offerSignIns } from "./sign-ins.ts";

export interface Managed {
  issuer: string;
  pool: pg.Pool;
  keys: Keys;
  registry: ClientRegistry;
  factors: Factors;
  events: Events;
  sessions: Sessions;
}

export function buildManagement(managed: Managed, log: Log): Hono {
  const { issuer, pool, keys, registry, factors, events } = managed;
  const offers = new ManageOffers(new ManageAccess(issuer, keys), log);
  offerKeys(offers, keys);
  offerClients(offers, registry);
  offerResources(offers, pool);
  offerSecondFactor(offers, factors, events);
  offerSignIns(offers, managed);
  offers.assertAll(authOperations);
  return offers.app;
}
