// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The page at which a sign-in waits for consent: who asks, for what, and what the person says to it.
import type { Context } from "hono";
import type { Interaction } from "oidc-provider";
import { allowMissing, wishOf } from "../load-grants.ts";
import { type Desk, pathOf, send, viewFor } from "./desk.ts";
import { consentPage } from "./pages.ts";
import type { Env } from "./visitor.ts";

export async function askConsent(c: Context<Env>, desk: Desk, waiting: Interaction): Promise<Response> {
  const client = await desk.signIns.provider.Client.find(String(waiting.params.client_id));
  const view = viewFor(c, desk, waiting);
  const page = consentPage(view, {
    action: pathOf(c),
    service: client?.clientName ?? String(waiting.params.client_id),
    isOurs: client?.first_party === true,
    returnsTo: URL.parse(String(waiting.params.redirect_uri))?.host,
    uri: client?.clientUri,
    policyUri: client?.policyUri,
    tosUri: client?.tosUri,
    asks: await desk.scopeWords.describe(view.t, wishOf(waiting)),
  });
  return send(c, desk, page, 200, [waiting.params.redirect_uri]);
}

export async function takeConsent(
  c: Context<Env>,
  desk: Desk,
  waiting: Interaction,
  typed: (field: string) => string,
): Promise<Response> {
  if (typed("allow") !== "yes")
    return desk.signIns.conclude(c, waiting, {
      error: "access_denied",
      error_description: "the person did not allow it",
    });
  const grantId = await allowMissing(desk.signIns.provider, desk.consents, waiting);
  const { uid: session, accountId: uuid } = waiting.session ?? {};
  const clientId = String(waiting.params.client_id);
  const place = desk.visitors.placeOf(c.env.incoming);
  if (uuid) await desk.events.record({ ...place, uuid, kind: "access-allowed", clientId, session });
  return desk.signIns.conclude(c, waiting, { consent: { grantId } });
}
