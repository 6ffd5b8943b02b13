// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The checks of certification against auth, and against auth with a fault: they find it, and name nothing else.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { decodeJwt, UnsecuredJWT } from "jose";
import { runCdb } from "../cli/test/run-cdb.ts";
import { addressesOf } from "./client.ts";
import { startListener } from "./listener.ts";
import type { Outcome } from "./module.ts";
import { NotReady, plans, runConformance } from "./run.ts";
import type { Setup } from "./stage.ts";
import { type Answered, type Asked, startCrookedAuth, type Twist } from "./test/crooked-auth.ts";

const password = "correct horse battery staple";
const secret = "conformancesecret1";
const ids = ["conformance-1", "conformance-2"] as const;
const auth = await startCrookedAuth();
const listener = await startListener(0);
after(listener.stop);
await auth.addPerson("Ada", password);
await addClients(ids, listener.base);
const setup: Setup = {
  issuer: auth.issuer,
  clients: [
    { id: ids[0], secret },
    { id: ids[1], secret },
  ],
  person: { username: "ada", password },
  fields: { username: "identifier", password: "password" },
  listener,
  codeAge: 1,
};

async function addClients([first, second]: readonly [string, string], base: string): Promise<void> {
  for (const id of [first, second]) {
    const { redirectUri, signedOutUri, logoutUri } = addressesOf(id, base);
    await auth.addClient({
      client_id: id,
      client_secret: secret,
      redirect_uris: [redirectUri],
      post_logout_redirect_uris: [signedOutUri],
      backchannel_logout_uri: logoutUri,
      backchannel_logout_session_required: true,
      grant_types: ["authorization_code", "refresh_token"],
      pkce_required: id === second,
    });
  }
}

async function failing(twist: Twist): Promise<Outcome[]> {
  auth.twist = twist;
  try {
    return (await runConformance(setup)).filter(({ result }) => result === "failed");
  } finally {
    auth.twist = {};
  }
}

test("auth passes every module", async () => {
  const outcomes = await runConformance(setup);
  assert.deepEqual(
    outcomes.filter(({ result }) => result !== "passed").map(({ module, says }) => [module, says]),
    [["oidcc-idtoken-unsigned", "unsigned ID tokens are not offered, as it should be"]],
  );
  const modules = outcomes.map(({ module }) => module);
  assert.equal(modules.length, Object.values(plans).flatMap((plan) => plan.modules).length);
  assert.equal(new Set(modules).size, modules.length);
});

const isAt = ({ url }: Asked, path: string) => url.pathname === path;

function changeJson(answered: Answered, change: (json: Record<string, unknown>) => void): void {
  const json = JSON.parse(answered.body) as Record<string, unknown>;
  change(json);
  answered.body = JSON.stringify(json);
}

function changeLocation({ headers }: Answered, change: (location: URL) => void): void {
  const location = URL.parse(headers.get("Location") ?? "");
  if (!location?.href.startsWith(listener.base)) return;
  change(location);
  headers.set("Location", location.href);
}

const redirect = (address: string): Answered => ({
  status: 303,
  headers: new Headers({ Location: address }),
  body: "",
});

/** Answers a request that came before once more as it was answered first. */
function replaying(of: (asked: Asked) => string | undefined): Twist {
  const known = new Map<string, Answered>();
  return {
    before: (asked) => {
      const answered = known.get(of(asked) ?? "");
      return answered && { ...answered, headers: new Headers(answered.headers) };
    },
    after: (asked, answered) => {
      const key = of(asked);
      if (key && answered.status === 200) known.set(key, { ...answered, headers: new Headers(answered.headers) });
    },
  };
}

const faults: { fault: string; twist: Twist; broken: string[] }[] = [
  {
    fault: "another issuer in the metadata",
    twist: {
      after: (asked, answered) => {
        if (asked.url.pathname.startsWith("/.well-known/"))
          changeJson(answered, (json) => Object.assign(json, { issuer: "https://other.example.org" }));
      },
    },
    broken: ["oidcc-discovery-endpoint-verification"],
  },
  {
    fault: "private parts among the keys",
    twist: {
      after: (asked, answered) => {
        if (isAt(asked, "/jwks"))
          changeJson(answered, ({ keys }) => Object.assign((keys as object[])[1] as object, { d: "secret" }));
      },
    },
    broken: ["oidcc-discovery-endpoint-verification"],
  },
  {
    fault: "no issuer in responses",
    twist: { after: (_asked, answered) => changeLocation(answered, ({ searchParams }) => searchParams.delete("iss")) },
    broken: ["oidcc-server", "fapi2-security-profile-final-ensure-authorization-request-without-state-success"],
  },
  {
    fault: "the nonce forgotten, and max_age ignored",
    twist: {
      before: ({ url }) => {
        url.searchParams.delete("nonce");
        if (url.searchParams.get("max_age") === "1") url.searchParams.set("max_age", "10000");
        return undefined;
      },
    },
    broken: ["oidcc-server", "oidcc-max-age-1"],
  },
  {
    fault: "codes that work again",
    twist: replaying(({ form }) => form.get("code") ?? undefined),
    broken: [
      "oidcc-codereuse",
      "oidcc-codereuse-30seconds",
      "fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second",
    ],
  },
  {
    fault: "addresses that nobody registered",
    twist: {
      before: ({ url: { pathname, searchParams } }) => {
        const wished = searchParams.get(pathname === "/authorize" ? "redirect_uri" : "post_logout_redirect_uri");
        const isForeign = wished !== null && (URL.parse(wished)?.search || !wished.startsWith(listener.base));
        return isForeign ? redirect(wished) : undefined;
      },
    },
    broken: [
      "oidcc-ensure-registered-redirect-uri",
      "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
      "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
    ],
  },
  {
    fault: "signing out at any hint, and without a state",
    twist: {
      before: ({ url: { pathname, searchParams } }) =>
        pathname === "/sign-out" && searchParams.has("post_logout_redirect_uri") && !isSigned(searchParams)
          ? redirect(String(searchParams.get("post_logout_redirect_uri")))
          : undefined,
      after: (asked, answered) => {
        if (isAt(asked, "/sign-out")) changeLocation(answered, ({ searchParams }) => searchParams.delete("state"));
      },
    },
    broken: [
      "oidcc-rp-initiated-logout",
      "oidcc-rp-initiated-logout-modified-id-token-hint",
      "oidcc-rp-initiated-logout-no-id-token-hint",
      "oidcc-rp-initiated-logout-bad-id-token-hint",
    ],
  },
  {
    fault: "claims and tokens for whoever asks",
    twist: {
      before: (asked) => {
        // One client's token is taken from any other; a pushed request may name another.
        if (asked.form.has("refresh_token")) asked.headers.set("Authorization", basic(ids[0]));
        if (isAt(asked, "/par")) asked.form.delete("request_uri");
        return undefined;
      },
      after: (asked, answered) => {
        if (isAt(asked, "/userinfo") && answered.status === 200)
          changeJson(answered, (json) => Object.assign(json, { phone_number: "+49 30 000000" }));
      },
    },
    broken: [
      "oidcc-refresh-token",
      "oidcc-scope-profile",
      "oidcc-scope-email",
      "oidcc-scope-address",
      "fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param",
    ],
  },
];

const isSigned = (parameters: URLSearchParams) => /\.[\w-]{20,}$/.test(parameters.get("id_token_hint") ?? "");
const basic = (id: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

/** Some together, for a run takes a while: none of these hides or feigns another one's modules. */
const rounds = [
  [
    "another issuer in the metadata",
    "no issuer in responses",
    "codes that work again",
    "addresses that nobody registered",
  ],
  [
    ...["private parts among the keys", "the nonce forgotten, and max_age ignored"],
    ...["signing out at any hint, and without a state", "claims and tokens for whoever asks"],
  ],
];

const all = (twists: Twist[]): Twist => ({
  before: (asked) => {
    for (const { before } of twists) {
      const answered = before?.(asked);
      if (answered) return answered;
    }
    return undefined;
  },
  after: (asked, answered) => {
    for (const { after: twist } of twists) twist?.(asked, answered);
  },
});

for (const round of rounds)
  test(`a provider with these faults is found out, and nothing else is named: ${round.join("; ")}`, async () => {
    const present = faults.filter(({ fault }) => round.includes(fault));
    const failed = await failing(all(present.map(({ twist }) => twist)));
    const broken = new Set(present.flatMap((it) => it.broken));
    assert.deepEqual(failed.map(({ module }) => module).sort(), [...broken].sort(), JSON.stringify(failed, null, 1));
  });

test("every fault is in a round", () => {
  assert.deepEqual(rounds.flat().sort(), faults.map(({ fault }) => fault).sort());
});

test("ID tokens without a signature break every module that takes one, and none that does not", async () => {
  const failed = await failing({
    after: (asked, answered) => {
      if (isAt(asked, "/token") && answered.status === 200)
        changeJson(answered, (json) =>
          Object.assign(json, { id_token: new UnsecuredJWT(decodeJwt(String(json.id_token))).encode() }),
        );
    },
  });
  const modules = failed.map(({ module }) => module);
  assert.ok(modules.includes("oidcc-idtoken-signature") && modules.includes("oidcc-server"));
  for (const module of ["oidcc-discovery-endpoint-verification", "oidcc-prompt-none-not-logged-in"])
    assert.ok(!modules.includes(module), module);
  for (const { says } of failed) assert.match(says, /alg/);
});

test("whoever cannot sign in, or is no client, is told so before anything runs", async () => {
  const person = { ...setup.person, password: "wrong" };
  await assert.rejects(runConformance({ ...setup, person }), NotReady);
  const clients = [{ id: "nobody", secret }, setup.clients[1]] as const;
  await assert.rejects(runConformance({ ...setup, clients }), NotReady);
  await assert.rejects(runConformance({ ...setup, issuer: `${listener.base}/nothing` }), NotReady);
});

test("the command prints a table, and leaves with 1 and the names when something fails", async () => {
  const port = await freePort();
  const clients = ["cli-1", "cli-2"] as const;
  await addClients(clients, `http://localhost:${port}`);
  const person = { CONFORMANCE_USERNAME: "ada", CONFORMANCE_PASSWORD: password };
  const settings = { ...person, CONFORMANCE_CLIENT_SECRET: secret, CONFORMANCE_SECOND_CLIENT_SECRET: secret };
  const args = ["conformance", auth.issuer, "--client", "cli-1", "--second-client", "cli-2", "--port", String(port)];
  const run = (more: string[], set = settings) => runCdb([...args, "--plan", "config", "fapi-2", ...more], set);
  const good = await run([]);
  assert.equal(good.code, 0, good.err);
  assert.match(good.out, /^Config +oidcc-discovery-endpoint-verification +passed$/m);
  assert.match(good.out, /^13 modules: 13 passed, 0 skipped, 0 failed\.$/m);
  auth.twist = faults[1]?.twist ?? {};
  const bad = await run(["--json"]);
  auth.twist = {};
  assert.equal(bad.code, 1);
  assert.deepEqual(JSON.parse(bad.out).failed, ["oidcc-discovery-endpoint-verification"]);
  const stranger = await run([], { ...settings, CONFORMANCE_PASSWORD: "wrong" });
  assert.equal(stranger.code, 3, stranger.err);
  assert.ok(!`${stranger.out}${stranger.err}`.includes(secret));
  const { CONFORMANCE_PASSWORD: _, ...without } = settings;
  assert.equal((await run([], without as typeof settings)).code, 2);
});

async function freePort(): Promise<number> {
  const probe = await startListener(0);
  await probe.stop();
  return Number(new URL(probe.base).port);
}
