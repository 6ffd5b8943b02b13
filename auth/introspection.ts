// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a client learns of a token of its own (RFC 7662): whether it still counts, and whose it is by username.
import type { Configuration, KoaContextWithOIDC } from "oidc-provider";
import type { Back } from "./back.ts";
import { accountsOf } from "./claims.ts";

type Introspection = Extract<
  NonNullable<NonNullable<Configuration["features"]>["introspection"]>,
  { allowedPolicy?: unknown }
> & { enabled: true };

/** A token of somebody who is blocked, or has signed out everywhere, is of no use. */
export function introspection(back: Back): Introspection {
  const findAccount = accountsOf(back);
  return {
    enabled: true,
    allowedPolicy: async (ctx, client, token) => {
      if (token.clientId !== client.clientId) return false;
      if (token.kind === "ClientCredentials") return true;
      const account = await findAccount(ctx, token.accountId, token);
      if (account) ctx.oidc.entity("Account", account);
      return account !== undefined;
    },
  };
}

/** Mail servers know people by their username; a client that may see the profile is told it. */
export async function tellUsername(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (ctx.oidc?.route !== "introspection" || typeof ctx.body !== "object" || ctx.body === null) return;
  const told = ctx.body as { active?: boolean; scope?: string; username?: string };
  if (!told.active || !told.scope?.split(" ").includes("profile")) return;
  const { account } = ctx.oidc;
  const claims = await account?.claims("userinfo", told.scope, {}, []);
  if (typeof claims?.preferred_username === "string") told.username = claims.preferred_username;
}
