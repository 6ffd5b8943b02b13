// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The contents page of how auth is managed: what back's worker and the `cdb` command may have it do.
import { authOperations } from "@cdb/api/operations.ts";
import type { Log } from "@cdb/runtime/log.ts";
import type { Hono } from "hono";
import type { Keys } from "../keys.ts";
import { ManageAccess } from "./access.ts";
import { offerKeys } from "./keys.ts";
import { ManageOffers } from "./offer.ts";

export interface Managed {
  issuer: string;
  keys: Keys;
}

export function buildManagement({ issuer, keys }: Managed, log: Log): Hono {
  const offers = new ManageOffers(new ManageAccess(issuer, keys), log);
  offerKeys(offers, keys);
  offers.assertAll(authOperations);
  return offers.app;
}
