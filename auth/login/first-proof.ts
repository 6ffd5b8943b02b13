// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Whoever types the right password and stops at the second factor may be somebody else: the owner hears of it if nobody goes on.
import type { Context } from "hono";
import type { Interaction, InteractionResults } from "oidc-provider";
import { shortHash } from "../events.ts";
import type { Desk } from "./desk.ts";
import type { ProvedIn } from "./proof-binding.ts";
import type { Env } from "./visitor.ts";

/** As long as somebody may look for their telephone. */
export const secondsForFactor = 900;

/** The answer told already that the password was right: from now on, not from when the browser comes back. */
export async function watchFirstProof(c: Context<Env>, desk: Desk, { result, params }: Interaction): Promise<void> {
  const login = result?.login;
  if (!login || !(await desk.secondFactor.factors.has(login.accountId))) return;
  const event = { uuid: login.accountId, kind: "factor-missing", clientId: String(params.client_id) } as const;
  const place = desk.visitors.placeOf(c.env.incoming);
  await desk.events.recordLater({ ...place, ...event, key: keyOfProof(login) }, secondsForFactor);
}

/** The same for a button that was pressed twice. */
export function keyOfProof({ provedIn }: InteractionResults["login"] & object): string {
  return `factor missing ${shortHash(String((provedIn as ProvedIn | undefined)?.step))}`;
}
