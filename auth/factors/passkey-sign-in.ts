// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing in with a passkey alone: the device knows its owner by a finger, a face or a PIN, so it is two factors in one.
import type { Hono } from "hono";
import { type Desk, readForm, viewFor } from "../login/desk.ts";
import { askWho } from "../login/sign-in-routes.ts";
import { waitingForLogin } from "../login/step.ts";
import type { Env } from "../login/visitor.ts";
import { tellOfCopy } from "./tell.ts";

const base = "/sign-in/:uid/passkey";

export function servePasskeySignIn(app: Hono<Env>, desk: Desk): void {
  const { passkeys } = desk.secondFactor;

  app.post(`${base}/options`, async (c) => {
    const { uid } = await waitingForLogin(c, desk);
    return c.json(await passkeys.ask(holderOf(uid)), 200, { "Cache-Control": "no-store" });
  });

  // The address of the form; whoever reloads it is at the page again.
  app.get(base, async (c) => c.redirect(`/sign-in/${c.req.param("uid")}`, 303));

  app.post(base, async (c) => {
    const waiting = await waitingForLogin(c, desk);
    const outcome = await passkeys.use(holderOf(waiting.uid), (await readForm(c))("answer"));
    if (outcome.outcome === "right") return desk.signIns.finish(c, waiting, outcome.account, outcome.proofs);
    if (outcome.outcome === "copied") await tellOfCopy(c, desk, outcome);
    const { t } = viewFor(c, desk, waiting);
    const error = t("This passkey is not known here, or it did not work. Sign in another way.");
    return askWho(c, desk, waiting, { values: {}, errors: { identifier: error } }, 422);
  });
}

function holderOf(uid: string): string {
  return `sign-in ${uid}`;
}
