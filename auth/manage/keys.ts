// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The operations on the signing keys.
import { listKeys, rotateKeys } from "@cdb/api/keys.ts";
import type { Keys } from "../keys.ts";
import type { ManageOffers } from "./offer.ts";

export function offerKeys(offers: ManageOffers, keys: Keys): void {
  offers.offer(listKeys, async () => ({ keys: await keys.list() }));
  offers.offer(rotateKeys, async ({ query, body }) => {
    if (body.leaked) await keys.replace(query.by);
    else await keys.rotate(query.by);
    return { keys: await keys.list() };
  });
}
