// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What auth asks back: who is meant, what their claims are, and to mail a link or a warning.
import { randomUUID } from "node:crypto";
import { openClient } from "@cdb/api/client.ts";
import type { Answer, Input } from "@cdb/api/operation.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import { backResource, type ProgramScope } from "@cdb/api/scopes.ts";
import { findSignIn, listSignInEvents, recordSignIn, sendLoginLink, showClaims } from "@cdb/api/sign-in.ts";
import type { Keys } from "./keys.ts";

export type PersonToSignIn = NonNullable<Answer<typeof findSignIn>["person"]>;
export type PersonClaims = Answer<typeof showClaims>;
export type KnownEvent = Answer<typeof listSignInEvents>["events"][number];
export type LoginLinkMail = Input<typeof sendLoginLink>["body"];

/** Throws BackUnavailable when back does not answer, or not as agreed. */
export interface Back {
  /** Nothing for a stranger, and for somebody who may not sign in. */
  findPerson(identifier: string): Promise<PersonToSignIn | undefined>;
  findClaims(uuid: string): Promise<PersonClaims | undefined>;
  sendLoginLink(mail: LoginLinkMail): Promise<void>;
  /** Keeps what happened at a sign-in; nothing for somebody who is not there any more. */
  record(event: Input<typeof recordSignIn>["body"]): Promise<void>;
  listEvents(uuid: string): Promise<KnownEvent[]>;
}

export class BackUnavailable extends Error {}

const scopes: ProgramScope[] = ["usernames:lookup", "claims:read", "login-links:send", "sign-in-events:write"];
const lifetimeSeconds = 300;
const renewBeforeSeconds = 60;

/** back at this address, called with tokens that auth signs itself. */
export function openBack(url: string, issuer: string, keys: Keys): Back {
  const client = openClient(url, tokenSource(issuer, keys));
  return {
    findPerson: async (identifier) =>
      (await translate(() => client.call(findSignIn, { body: { identifier } }))).person ?? undefined,
    findClaims: (uuid) => translate(() => client.call(showClaims, { params: { uuid } }).catch(unlessUnknown)),
    sendLoginLink: (mail) => translate(() => client.call(sendLoginLink, { body: mail })),
    record: (event) => translate(() => client.call(recordSignIn, { body: event }).catch(unlessUnknown)),
    listEvents: async (uuid) => (await translate(() => client.call(listSignInEvents, { params: { uuid } }))).events,
  };
}

function tokenSource(issuer: string, keys: Keys): () => Promise<string> {
  let token = "";
  let expiresAt = 0;
  let signedBy = "";
  return async () => {
    const now = Math.floor(Date.now() / 1000);
    if (now < expiresAt - renewBeforeSeconds && signedBy === keys.signingKid) return token;
    signedBy = keys.signingKid;
    token = await keys.signAccessToken({
      iss: issuer,
      aud: backResource,
      sub: "auth",
      client_id: "auth",
      scope: scopes.join(" "),
      jti: randomUUID(),
      iat: now,
      exp: now + lifetimeSeconds,
    });
    expiresAt = now + lifetimeSeconds;
    return token;
  };
}

// There is no such person, or no more.
function unlessUnknown(error: unknown): undefined {
  if (error instanceof ProblemError && error.problem.status === 404) return undefined;
  throw error;
}

async function translate<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new BackUnavailable("back did not answer as agreed", { cause });
  }
}
