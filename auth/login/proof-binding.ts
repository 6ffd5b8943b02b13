// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What was proved in one browser signs in there and nowhere else, whoever began the sign-in.
import Provider, { errors, type Interaction } from "oidc-provider";
import { shortHash } from "../events.ts";
import type { Visitors } from "./visitor.ts";

/** As a sign-in that waits keeps it beside who proved what: a hash of the browser's secret, and the step's own uid. */
export interface ProvedIn {
  browser: string;
  step: string;
}

/**
 * The library's cookies of a sign-in that waits are bound to no host, for each has a path of its own: a neighbouring site can plant
 * them. The library itself looks after a sign-in that began in a session: it goes on in that session only.
 */
export function bindProofs(provider: Provider, visitors: Visitors): void {
  const { prototype } = provider.Session;
  const { loginAccount } = prototype;
  prototype.loginAccount = function (details) {
    const { req, oidc } = Provider.ctx ?? {};
    const waiting = oidc?.entities.Interaction as Interaction | undefined;
    const provedIn = waiting?.result?.login?.provedIn as ProvedIn | undefined;
    const isBound = provedIn !== undefined && waiting?.session?.uid === undefined;
    if (req && isBound && provedIn.browser !== shortHash(visitors.bound(req) ?? ""))
      throw new errors.AccessDenied("the proof was given in another browser");
    return loginAccount.call(this, details);
  };
}
