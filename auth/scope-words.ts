// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a scope lets a service do, in words for people that follow "It asks to".
import type { Translate } from "@cdb/theme/translate.ts";
import type pg from "pg";
import { claimsOfScopes } from "./claims.ts";
import type { Allowed } from "./consents.ts";
import { listedResources } from "./resources.ts";

export class ScopeWords {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** One line for each thing that is allowed; a claim that is asked for by itself counts as the scope that it is of. */
  async describe(t: Translate, { scopes, claims, resources }: Allowed): Promise<string[]> {
    const ofClaims = Object.entries(claimsOfScopes)
      .filter(([, names]) => names?.some((claim) => claims.includes(claim)))
      .map(([scope]) => scope);
    const ours = ourWords(t);
    const said = [...new Set([...scopes, ...ofClaims])].flatMap((scope) => ours[scope] ?? []);
    const others = await this.#ofOthers(resources);
    const ofResources = Object.entries(resources).flatMap(([resource, names]) =>
      names.flatMap((scope) => ours[scope] ?? others.get(resource)?.[scope] ?? []),
    );
    return [...new Set([...said, ...ofResources])];
  }

  async #ofOthers(resources: Allowed["resources"]): Promise<Map<string, Record<string, string>>> {
    if (Object.keys(resources).length === 0) return new Map();
    const known = await listedResources(this.#pool);
    return new Map(
      known.map(({ resource, name, scopes }) => [
        resource,
        Object.fromEntries(Object.entries(scopes).map(([scope, words]) => [scope, `${words} (${name})`])),
      ]),
    );
  }
}

function ourWords(t: Translate): Record<string, string> {
  return {
    openid: t("know you again"),
    profile: t("see your name, username and language"),
    email: t("see your email address"),
    offline_access: t("do so while you are away"),
    "self:read": t("see your data"),
    "self:write": t("change your data"),
    "self:delete": t("have your data erased"),
  };
}
