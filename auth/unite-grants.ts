// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Grants only grow: what two requests of one session add to a grant at the same time, each to what it had read, it all has.
import type { AdapterPayload } from "oidc-provider";

type Given = { [name: string]: Given } | string | string[];

const lists = ["openid", "resources", "rejected"] as const;

/** `saved`, with what is in `kept` besides: scopes, claims, resources, and what was refused. */
export function uniteGrants(kept: AdapterPayload, saved: AdapterPayload): AdapterPayload {
  const united: Record<string, unknown> = { ...saved };
  for (const name of lists) united[name] = unite(kept[name] as Given | undefined, saved[name] as Given | undefined);
  return united as AdapterPayload;
}

function unite(one: Given | undefined, other: Given | undefined): Given | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  if (typeof one === "string" && typeof other === "string")
    return [...new Set([...one.split(" "), ...other.split(" ")])].join(" ");
  if (Array.isArray(one) && Array.isArray(other)) return [...new Set([...one, ...other])];
  if (typeof one === "string" || Array.isArray(one) || typeof other === "string" || Array.isArray(other)) return other;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, unite(one[name], other[name]) as Given]));
}
