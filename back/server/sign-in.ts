// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves what auth asks while somebody signs in.
import * as api from "@cdb/api/sign-in.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { queueLoginLink } from "../data/accounts/login-link.ts";
import { listSignInEvents, recordSignInEvent } from "../data/accounts/sign-in-event.ts";
import { staffScopes } from "../data/accounts/staff-scopes.ts";
import { NotFound } from "../data/errors.ts";
import { findWhoSignsIn, getByUuid, usernameOf } from "../data/people/find-people.ts";
import type { Offers } from "./offer.ts";

const shownAtMost = 100;

export function offerSignIn(offers: Offers): void {
  offers.offer(api.findSignIn, async (work, { body }) => {
    const found = await findWhoSignsIn(work, body.identifier);
    return {
      person: found ? { uuid: found.person.uuid, username: found.username, language: found.person.language } : null,
    };
  });
  offers.offer(api.sendLoginLink, async (work, { body }) => {
    await queueLoginLink(work, body);
    return undefined;
  });
  offers.offer(api.recordSignIn, async (work, { body }) => {
    const { clientId = "", service = "", session = "", network = "", browser = "", detail = "" } = body;
    const { endedGrants = [], ...told } = body;
    const words = { clientId, service, session, network, browser, detail };
    await recordSignInEvent(work, { ...told, ...words, endedGrants, at: Temporal.Instant.from(body.at) });
    return undefined;
  });
  offers.offer(api.listSignInEvents, async (work, { params }) => {
    const person = await getByUuid(work, params.uuid);
    const events = await listSignInEvents(work, person.id, shownAtMost);
    return { events: events.map(({ client, at, ...event }) => ({ ...event, clientId: client, at: at.toString() })) };
  });
  offers.offer(api.showClaims, async (work, { params }) => {
    const person = await getByUuid(work, params.uuid);
    if (!person.isActive()) throw new NotFound("person-unknown", "There is no person with this identifier.");
    return {
      uuid: person.uuid,
      name: person.name,
      email: person.email ?? "",
      emailVerified: person.isConfirmed(),
      language: person.language,
      username: await usernameOf(work, person.id),
      staffScopes: await staffScopes(work, person),
      updatedAt: (person.confirmedAt ?? person.registeredAt).toString(),
      signedOutAt: person.signedOutAt?.toString() ?? null,
    };
  });
}
