// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The plan "Config": what the provider tells about itself, and the keys it shows.
import * as oidc from "openid-client";
import type { Metadata } from "./client.ts";
import { expect, type Module, type Plan } from "./module.ts";
import type { Stage } from "./stage.ts";

export const wellKnown = "/.well-known/openid-configuration";

const discovery: Module = {
  name: "oidcc-discovery-endpoint-verification",
  check: async (stage) => {
    const { metadata, issuer } = stage;
    expect(
      metadata.issuer === issuer,
      `the issuer in the metadata is ${JSON.stringify(metadata.issuer)}, not ${issuer}`,
    );
    const options = issuer.startsWith("http:") ? { execute: [oidc.allowInsecureRequests] } : undefined;
    await oidc.discovery(new URL(issuer), stage.first.id, stage.first.secret, undefined, options);
    expectEndpoints(metadata, issuer);
    expectMembers(metadata);
    await expectKeys(stage);
  },
};

function expectEndpoints(metadata: Metadata, issuer: string): void {
  const needed = ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"];
  const { protocol } = new URL(issuer);
  for (const [name, value] of Object.entries(metadata)) {
    if (!/_endpoint$|^jwks_uri$/.test(name)) continue;
    const url = URL.parse(String(value));
    expect(url && url.hash === "", `${name} is not an address`);
    expect(url.protocol === "https:" || url.protocol === protocol, `${name} is not reached by https`);
  }
  for (const name of needed) expect(typeof metadata[name] === "string", `${name} is missing`);
}

function expectMembers(metadata: Metadata): void {
  const list = (name: string): string[] => {
    const value = metadata[name];
    expect(Array.isArray(value) && value.every((it) => typeof it === "string"), `${name} is not a list of names`);
    return value as string[];
  };
  expect(list("response_types_supported").includes("code"), "response_types_supported lacks code");
  expect(list("scopes_supported").includes("openid"), "scopes_supported lacks openid");
  const subjects = list("subject_types_supported");
  expect(
    subjects.length > 0 && subjects.every((it) => /^(public|pairwise)$/.test(it)),
    "subject_types_supported is odd",
  );
  expect(list("id_token_signing_alg_values_supported").includes("RS256"), "ID tokens are not signed by RS256");
  expect(list("claims_supported").includes("sub"), "claims_supported lacks sub");
}

const secretParts = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

async function expectKeys({ metadata }: Stage): Promise<void> {
  const response = await fetch(String(metadata.jwks_uri));
  expect(response.status === 200, `the keys are answered ${response.status}`);
  const { keys } = (await response.json()) as { keys: Record<string, unknown>[] };
  expect(Array.isArray(keys) && keys.length > 0, "there are no keys");
  for (const key of keys) {
    const secret = secretParts.filter((part) => part in key);
    expect(secret.length === 0, `a key shows private parts: ${secret.join(", ")}`);
    expect(typeof key.kid === "string" && typeof key.kty === "string", "a key has no kid");
  }
  expect(new Set(keys.map(({ kid }) => kid)).size === keys.length, "two keys have one kid");
}

export const configPlan: Plan = { title: "Config", modules: [discovery] };
