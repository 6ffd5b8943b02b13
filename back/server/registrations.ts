// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves the registration of people.
import * as api from "@cdb/api/registrations.ts";
import { register } from "../data/people/registration.ts";
import type { Offers } from "./offer.ts";

export function offerRegistrations(offers: Offers): void {
  offers.offer(api.register, async (work, { body }) => {
    const person = await register(work, body);
    return { id: person.id, donref: person.donref(work.organisation.referencePrefix) };
  });
}
