// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Back as a client of auth: what the worker and the `cdb` command have auth do, with tokens by client credentials.
import { type Client, openClient } from "@cdb/api/client.ts";
import type { Answer, Input, Operation } from "@cdb/api/operation.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import { authResource, authScopes } from "@cdb/api/scopes.ts";
import * as openid from "openid-client";

const answerWithinSeconds = 8;
const renewBeforeMs = 30_000;

export interface AuthSettings {
  AUTH_URL: string;
  BACK_CLIENT_SECRET: string;
}

/** Calls fail with ProblemError: code `unreachable` when auth does not answer, `client-refused` when it takes us for a stranger. */
export function openAuth({ AUTH_URL, BACK_CLIENT_SECRET }: AuthSettings): Client {
  let token: Promise<Token> | undefined;
  const bearer = async () => {
    const known = await token?.catch(() => undefined);
    if (!known || known.expiresAtMs < Date.now() + renewBeforeMs) token = fetchToken(AUTH_URL, BACK_CLIENT_SECRET);
    return (await (token as Promise<Token>)).value;
  };
  const client = openClient(AUTH_URL, bearer);
  return {
    call: async <O extends Operation>(operation: O, input?: Input<O>): Promise<Answer<O>> => {
      try {
        return await client.call(operation, input);
      } catch (error) {
        if (!(error instanceof ProblemError) || error.problem.status !== 401 || !token) throw error;
        // auth may have got new keys meanwhile: once more with a new token.
        token = undefined;
        return client.call(operation, input);
      }
    },
  };
}

interface Token {
  value: string;
  expiresAtMs: number;
}

async function fetchToken(issuer: string, secret: string): Promise<Token> {
  try {
    const insecure = issuer.startsWith("http:") ? [openid.allowInsecureRequests] : [];
    const auth = await openid.discovery(new URL(issuer), "back", undefined, openid.ClientSecretBasic(secret), {
      timeout: answerWithinSeconds,
      execute: insecure,
    });
    const given = await openid.clientCredentialsGrant(auth, {
      resource: authResource,
      scope: Object.keys(authScopes).join(" "),
    });
    return { value: given.access_token, expiresAtMs: Date.now() + (given.expiresIn() ?? 0) * 1000 };
  } catch (cause) {
    throw new ProblemError(problemOf(cause));
  }
}

function problemOf(cause: unknown): ProblemError["problem"] {
  const hasAnswered =
    cause instanceof openid.ResponseBodyError || cause instanceof openid.WWWAuthenticateChallengeError;
  if (hasAnswered && cause.status < 500)
    return {
      ...{ type: "about:blank", title: "Not signed in", status: 403, code: "client-refused" },
      detail: "auth does not take us for back: BACK_CLIENT_SECRET must be the same here and there.",
    };
  return {
    ...{ type: "about:blank", title: "Unavailable", status: 503, code: "unreachable" },
    detail: "auth does not answer as it should at AUTH_URL. Is it running, and is that its address?",
  };
}
