// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a sign-in that waits is asked: whether somebody is to say who they are, or has and one thing more is missing.
import type { Context } from "hono";
import { errors, type Interaction, type Session } from "oidc-provider";
import { lacksOnly } from "../factors/demand.ts";
import { type Desk, pathOf } from "./desk.ts";
import type { Env } from "./visitor.ts";

export interface Step {
  waiting: Interaction;
  account: string;
  session: Session & { accountId: string };
}

/** The sign-in at which somebody is still to say who they are. Throws SessionNotFound. */
export async function waitingForLogin(c: Context<Env>, desk: Desk): Promise<Interaction> {
  const waiting = await desk.signIns.waiting(c);
  if (waiting.prompt.name !== "login") throw new errors.SessionNotFound("nobody needs to sign in here");
  return waiting;
}

/** Throws SessionNotFound where something else is missing, or somebody else is here by now. */
export async function stepOf(c: Context<Env>, desk: Desk, missing: string): Promise<Step> {
  const waiting = await desk.signIns.waiting(c);
  if (!lacksOnly(waiting, missing)) throw new errors.SessionNotFound(`no ${missing} is needed here`);
  const session = await desk.signIns.session(c);
  const account = session.accountId;
  if (account === undefined || session.uid !== waiting.session?.uid)
    throw new errors.SessionNotFound("the sign-in that waits is another session's");
  return { waiting, account, session: session as Step["session"] };
}

/** Where somebody signs in anew, or somebody else does. */
export function otherAddress(c: Context<Env>, { uid }: Interaction): string {
  const query = new URLSearchParams(new URL(pathOf(c), "http://here").search);
  query.set("as", "other");
  return `/sign-in/${uid}?${query}`;
}
