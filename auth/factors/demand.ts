// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// When a sign-in needs a second factor: the person has one, works for the organisation, or goes on to a service that asks for it.
import type { Interaction, interactionPolicy, KoaContextWithOIDC } from "oidc-provider";
import type { Factors } from "./factors.ts";
import { isStrong, mfaClass } from "./proof.ts";

/** "wished" may be declined, as the protocol has it (OpenID Connect Core 3.1.2.1, acr_values); the others may not. */
export type Demand = "own" | "staff" | "essential" | "wished";

export const secondFactorReason = "second_factor";

interface Signed {
  account: string;
  staffScopes: readonly string[];
  amr: readonly string[] | undefined;
}

/** Whether somebody signed in with one factor who may do so with two only. */
export async function lacksSecondFactor(factors: Factors, { account, staffScopes, amr }: Signed): Promise<boolean> {
  return !isStrong(amr) && (staffScopes.length > 0 || (await factors.has(account)));
}

/** What the library asks for each request of a client; `session` and `account` are who is signed in. */
export async function demandOf(ctx: KoaContextWithOIDC, factors: Factors): Promise<Demand | undefined> {
  const { session, account, result } = ctx.oidc;
  if (!session?.accountId || !account || isStrong(session.amr)) return undefined;
  if (await factors.has(account.accountId)) return "own";
  if ((account.staffScopes as readonly string[]).length > 0) return "staff";
  if (!asksForClass(ctx)) return undefined;
  if (ctx.oidc.claims?.id_token?.acr?.essential) return "essential";
  return result?.secondFactor ? undefined : "wished";
}

/** Whether the client asks for a sign-in with two factors, by `acr_values` or the claims parameter. */
export function asksForClass(ctx: KoaContextWithOIDC): boolean {
  const { value, values = [] } = ctx.oidc.claims?.id_token?.acr ?? {};
  return value === mfaClass || (Array.isArray(values) && values.includes(mfaClass));
}

export function addSecondFactorCheck(
  login: interactionPolicy.Prompt,
  Check: typeof interactionPolicy.Check,
  factors: Factors,
): void {
  login.checks.add(
    new Check(
      secondFactorReason,
      "a second factor is needed",
      "login_required",
      async (ctx) => (await demandOf(ctx, factors)) !== undefined,
      async (ctx) => ({ demand: await demandOf(ctx, factors) }),
    ),
  );
}

/** Nothing but this is missing in a sign-in. */
export function lacksOnly({ prompt, session }: Interaction, missing: string): boolean {
  return (
    prompt.name === "login" && session?.accountId !== undefined && prompt.reasons.every((reason) => reason === missing)
  );
}
