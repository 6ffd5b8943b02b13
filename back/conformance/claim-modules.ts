// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Of the plan "Basic": userinfo, and which claims come for which scope.
import * as oidc from "openid-client";
import { expect, type Module } from "./module.ts";
import type { Flow, Stage } from "./stage.ts";

type Claims = Record<string, unknown>;

function userinfo(name: string, request: (token: string) => RequestInit): Module {
  return {
    name,
    check: async (stage) => {
      const { tokens } = await stage.flow();
      const response = await fetch(String(stage.metadata.userinfo_endpoint), request(tokens.access_token));
      expect(response.status === 200, `it answers ${response.status}`);
      expect(/^application\/json\b/.test(response.headers.get("Content-Type") ?? ""), "the answer is no JSON");
      const claims = (await response.json()) as Claims;
      expect(claims.sub === tokens.claims()?.sub, "sub is another than in the ID token");
    },
  };
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

const claimsOfScope: Record<string, string[]> = {
  profile: (
    "name family_name given_name middle_name nickname preferred_username profile picture website gender birthdate " +
    "zoneinfo locale updated_at"
  ).split(" "),
  email: ["email", "email_verified"],
  address: ["address"],
  phone: ["phone_number", "phone_number_verified"],
};

/** A scope that is offered brings claims of its own, of the right kind; one that is not offered does no harm. */
function scope(name: string, ...scopes: string[]): Module {
  return {
    name,
    check: async (stage) => {
      const claims = await claimsFor(stage, await stage.flow({ scope: ["openid", ...scopes].join(" ") }));
      const offered = scopes.filter((it) => stage.metadata.scopes_supported?.includes(it));
      for (const it of offered)
        expect(
          claimsOfScope[it]?.some((claim) => claim in claims),
          `the scope ${it} brings no claim`,
        );
      const allowed = ["sub", ...scopes.flatMap((it) => claimsOfScope[it] ?? [])];
      const more = Object.keys(claims).filter((claim) => !allowed.includes(claim) && claim in everyClaim);
      expect(more.length === 0, `userinfo tells what nobody asked for: ${more.join(", ")}`);
      expectKinds(claims);
    },
  };
}

const everyClaim: Claims = Object.fromEntries(
  Object.values(claimsOfScope).flatMap((names) => names.map((it) => [it, 1])),
);

function expectKinds(claims: Claims): void {
  const kinds: Record<string, string> = {
    email_verified: "boolean",
    phone_number_verified: "boolean",
    updated_at: "number",
    address: "object",
  };
  for (const [name, value] of Object.entries(claims))
    if (name in everyClaim)
      expect(typeof value === (kinds[name] ?? "string"), `${name} is of the wrong kind: ${typeof value}`);
}

function claimsFor(stage: Stage, { tokens }: Flow): Promise<Claims> {
  return oidc.fetchUserInfo(stage.first.config(), tokens.access_token, tokens.claims()?.sub ?? "");
}

const order: Module = {
  name: "oidcc-ensure-other-scope-order-succeeds",
  check: async (stage) => {
    const claims = await claimsFor(stage, await stage.flow({ scope: "email openid" }));
    const offered = stage.metadata.scopes_supported?.includes("email");
    expect(!offered || "email" in claims, "the scope email brings no claim");
  },
};

const essential: Module = {
  name: "oidcc-claims-essential",
  check: async (stage) => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
    const told = await claimsFor(stage, await stage.flow({ claims }));
    const offered = stage.metadata.claims_parameter_supported;
    expect(!offered || "name" in told, "the essential claim name is missing");
  },
};

export const claimModules: Module[] = [
  userinfo("oidcc-userinfo-get", (token) => ({ headers: bearer(token) })),
  userinfo("oidcc-userinfo-post-header", (token) => ({ method: "POST", headers: bearer(token) })),
  userinfo("oidcc-userinfo-post-body", (token) => ({
    method: "POST",
    body: new URLSearchParams({ access_token: token }),
  })),
  scope("oidcc-scope-profile", "profile"),
  scope("oidcc-scope-email", "email"),
  scope("oidcc-scope-address", "address"),
  scope("oidcc-scope-phone", "phone"),
  scope("oidcc-scope-all", "profile", "email", "address", "phone"),
  order,
  essential,
];
