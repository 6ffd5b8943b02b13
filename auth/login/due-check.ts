// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A password that was right and is due to be changed holds its sign-in up once all else is proved: who knows it alone changes nothing.
import type { PasswordNotice } from "@cdb/directory/password.ts";
import type { Interaction, interactionPolicy, KoaContextWithOIDC } from "oidc-provider";
import { demandOf } from "../factors/demand.ts";
import type { Factors } from "../factors/factors.ts";
import { duePassword } from "../factors/proof.ts";

/** Why it is due: nobody gets in before it is changed, or it will be too old soon. */
export type Due = { kind: "must-change" } | PasswordNotice;

export const passwordDueReason = "password_due";

export function addPasswordDueCheck(
  login: interactionPolicy.Prompt,
  Check: typeof interactionPolicy.Check,
  factors: Factors,
): void {
  login.checks.add(
    new Check(
      passwordDueReason,
      "the password is due to be changed",
      "login_required",
      async (ctx) => dueIn(ctx) !== undefined && (await demandOf(ctx, factors)) === undefined,
      (ctx) => ({ due: dueIn(ctx) }),
    ),
  );
}

/** Why the password is due in a sign-in that waits for nothing else. */
export function dueOf({ prompt }: Interaction): Due {
  return (prompt.details.due as Due | undefined) ?? { kind: "must-change" };
}

// The session bears what may not be put off, lest another request begins beside it; the sign-in bears the rest.
function dueIn({ oidc: { session, account, result } }: KoaContextWithOIDC): Due | undefined {
  if (!session?.accountId || !account) return undefined;
  if (session.amr?.includes(duePassword)) return { kind: "must-change" };
  return (result?.passwordDue as Due | null | undefined) ?? undefined;
}
