// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The ways to call back: as front itself, for what any visitor may do; as the visitor, for their own records.
import { type Client, openClient } from "@cdb/api/client.ts";
import type { Answer, Input, Operation } from "@cdb/api/operation.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import { SignedOut } from "./refused.ts";
import type { Sessions } from "./session.ts";
import type { SignIn } from "./sign-in.ts";
import type { Visit } from "./visit.ts";

export interface Back {
  /** With front's own token. */
  asProgram: Client;
  /** With the token of who is signed in; its calls throw SignedOut when back takes it no more. */
  asVisitor(c: Visit): Client;
}

export function openBack(backUrl: string, sessions: Sessions, signIn: SignIn): Back {
  const program = openClient(backUrl, () => signIn.programToken());
  return {
    asProgram: refusedToken(program, async (operation, input) => {
      // auth may have got new keys meanwhile: once more with a new token.
      signIn.forgetProgramToken();
      return program.call(operation, input);
    }),
    asVisitor: (c) =>
      refusedToken(
        openClient(backUrl, () => sessions.accessToken(c)),
        async () => {
          throw new SignedOut();
        },
      ),
  };
}

function refusedToken(client: Client, otherwise: Client["call"]): Client {
  return {
    call: async <O extends Operation>(operation: O, input?: Input<O>): Promise<Answer<O>> => {
      try {
        return await client.call(operation, input);
      } catch (error) {
        if (error instanceof ProblemError && error.problem.status === 401) return otherwise(operation, input);
        throw error;
      }
    },
  };
}
