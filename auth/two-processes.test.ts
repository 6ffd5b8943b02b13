// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Two processes of auth share everything: what is redeemed at one is redeemed at both, and either may die at any moment.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { addClient, removeClient, rotateClientSecret } from "@cdb/api/clients.ts";
import { openAuth } from "@cdb/back/auth.ts";
import * as oidc from "openid-client";
import { Secret, TOTP } from "otpauth";
import { SecondFactor } from "./factors/second-factor.ts";
import { Throttle } from "./login/throttle.ts";
import { Secrets } from "./secrets.ts";
import type { Page } from "./test/browser.ts";
import { startProcesses } from "./test/processes.ts";
import { openBrowser, openClient, secret, signInByPassword } from "./test/start.ts";

const password = "correct horse battery staple";
const tries = 100;
const auth = await startProcesses(2);
const front = await openClient(auth.issuer);

async function signIn(name: string) {
  const person = await auth.addPerson(name, password);
  const browser = openBrowser(auth.issuer);
  const begun = await front.begin();
  const page = await signInByPassword(browser, begun.url, name.toLowerCase(), password);
  return { person, browser, begun, page };
}

async function atOnce<T>(count: number, attempt: () => Promise<T>): Promise<T[]> {
  const answers = await Promise.allSettled(Array.from({ length: count }, attempt));
  return answers.filter((answer) => answer.status === "fulfilled").map(({ value }) => value);
}

const hasCode = ({ url }: Page) => new URL(url).searchParams.has("code");

test("two that start at once on an empty database sign with the same keys", async () => {
  const read = async (port: number) => await (await fetch(`http://127.0.0.1:${port}/jwks`)).json();
  const [one, other] = await Promise.all(auth.ports.map(read));
  assert.deepEqual(one, other);
});

test("a code that is sent a hundred times at once is redeemed once", async () => {
  const { begun, page } = await signIn("Ada");
  assert.equal((await atOnce(tries, () => begun.take(page))).length, 1);
});

test("a refresh token that is sent a hundred times at once has one successor", async () => {
  const { begun, page } = await signIn("Bob");
  const { refresh_token: token = "" } = await begun.take(page);
  const answers = await atOnce(tries, () => oidc.refreshTokenGrant(front.config, token));
  assert.equal(answers.length, tries);
  assert.equal(new Set(answers.map(({ refresh_token }) => refresh_token)).size, 1);
});

test("a pushed request that is opened a hundred times at once gives one code", async () => {
  const { browser } = await signIn("Cleo");
  const url = await oidc.buildAuthorizationUrlWithPAR(front.config, {
    redirect_uri: front.redirectUri,
    scope: "openid",
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
    code_challenge_method: "S256",
  });
  const pages = await atOnce(tries, () => browser.open(url.href));
  assert.equal(pages.filter(hasCode).length, 1);
});

test("a sign-in link that is pressed a hundred times at once signs in once, and so does its code", async () => {
  for (const by of ["link", "code"]) {
    const person = await auth.addPerson(`Dan${by}`, password);
    const browser = openBrowser(auth.issuer);
    const coming = auth.back.mailFor(person.email);
    const asked = await browser.submit(await browser.open((await front.begin()).url), { identifier: person.email });
    const mail = await coming;
    const page = by === "link" ? await browser.open(mail.link) : asked;
    const press = () => browser.submit(page, by === "link" ? {} : { code: mail.code });
    const pages = await atOnce(tries, press);
    const late = pages.filter(({ status }) => status === 410 || status === 422);
    assert.deepEqual([pages.filter(hasCode).length, late.length], [1, tries - 1], by);
  }
});

test("a code of an app, and one from paper, that a hundred send at once signs in one of them", async () => {
  const { uuid } = await auth.addPerson("Enno", password);
  const factors = new SecondFactor(
    auth.pool,
    new Secrets(secret),
    new Throttle(auth.pool, new Secrets(secret)),
    auth.issuer,
    "",
  );
  const { text, sealed } = factors.apps.begin(uuid, "enno");
  const app = new TOTP({ secret: Secret.fromBase32(text.replaceAll(" ", "")) });
  const wish = { sealed, code: app.generate(), name: "Phone", onlyFirst: true };
  assert.equal(await factors.apps.confirm(uuid, wish), "added");
  const [paper = ""] = await factors.recoveryCodes.make(uuid);
  const use = {
    app: (code: string) => factors.apps.use(uuid, code),
    paper: (code: string) => factors.recoveryCodes.use(uuid, code),
  };
  for (const [by, code] of [
    ["app", app.generate({ timestamp: Date.now() + 30_000 })],
    ["paper", paper],
  ] as const) {
    const waiting = await atOnce(6, async () => {
      const browser = openBrowser(auth.issuer);
      const page = await signInByPassword(browser, (await front.begin()).url, "enno", password);
      return { browser, page };
    });
    // So many as the throttle lets through sign in at the page; the others come past it, to the same row.
    await auth.pool.query("delete from throttle");
    const pages = Promise.all(waiting.map(({ browser, page }) => browser.send(page.url, { code })));
    const beside = atOnce(tries - waiting.length, () => use[by](code));
    const signedIn = (await pages).filter(hasCode).length + (await beside).filter(Boolean).length;
    assert.equal(signedIn, 1, by);
  }
});

test("whoever guesses is slowed down by both together", async () => {
  await auth.addPerson("Eva", password);
  let guesses = 0;
  for (let status = 0; status !== 429 && guesses < 25; guesses += 1) {
    const browser = openBrowser(auth.issuer);
    status = (await signInByPassword(browser, (await front.begin()).url, "eva", `wrong ${guesses}`)).status;
  }
  assert.ok(guesses <= 12, `${guesses} guesses`);
});

test("what a visitor says of proxies changes no address, and no process believes another host", async () => {
  const lies = { Host: "evil.example.org", "X-Forwarded-Host": "evil.example.org", "X-Forwarded-Proto": "https" };
  const addresses = [auth.issuer, ...auth.ports.map((port) => `http://127.0.0.1:${port}`)];
  for (const address of addresses) {
    const response = await fetch(`${address}/.well-known/openid-configuration`, {
      headers: { ...lies, Forwarded: "host=evil.example.org" },
    });
    const text = await response.text();
    assert.ok(text.includes(`"issuer":"${auth.issuer}"`), text);
    assert.ok(!text.includes("evil"), text);
  }
});

test("what an administrator says of a client is in force in both at once", async () => {
  const manager = openAuth({ AUTH_URL: auth.issuer, BACK_CLIENT_SECRET: "developmentbacksecret" });
  const query = { by: "ada" };
  const proves = (secret: string) =>
    Promise.all(
      auth.ports.map(async (port) => {
        const body = new URLSearchParams({ grant_type: "client_credentials", scope: "payments:start" });
        const headers = { Authorization: `Basic ${btoa(`import:${secret}`)}` };
        return (await fetch(`http://127.0.0.1:${port}/token`, { method: "POST", body, headers })).status;
      }),
    );
  const wish = { grant_types: ["client_credentials" as const], program_scopes: ["payments:start" as const] };
  const added = { client_id: "import", first_party: true, ...wish };
  const { client_secret: first } = await manager.call(addClient, { query, body: added });
  assert.deepEqual(await proves(first ?? ""), [200, 200]);
  const params = { id: "import" };
  const rotated = await manager.call(rotateClientSecret, { params, query, body: { overlap_hours: 0 } });
  assert.deepEqual(await proves(first ?? ""), [401, 401]);
  assert.deepEqual(await proves(rotated.client_secret ?? ""), [200, 200]);
  await manager.call(removeClient, { params, query });
  assert.deepEqual(await proves(rotated.client_secret ?? ""), [401, 401]);
});

test("a sign-in under way goes on when the process that began it is killed", async () => {
  await auth.addPerson("Finn", password);
  // Half of them begin at the one that dies.
  const waiting = [];
  for (let count = 0; count < 4; count += 1) {
    const [browser, begun] = [openBrowser(auth.issuer), await front.begin()];
    waiting.push({ browser, begun, form: await browser.open(begun.url) });
  }
  await auth.kill(0);
  for (const { browser, begun, form } of waiting)
    assert.ok((await begun.take(await browser.submit(form, { identifier: "finn", password }))).id_token);
  await auth.start(0);
});

test("a restart of one after the other loses no sign-in, no session and no code", async () => {
  const { browser, begun, page } = await signIn("Gus");
  const visitor = openBrowser(auth.issuer);
  await auth.addPerson("Hal", password);
  const other = await front.begin();
  const form = await visitor.open(other.url);
  for (const index of [0, 1]) await auth.restart(index);
  assert.ok((await begun.take(page)).refresh_token);
  assert.ok(hasCode(await browser.open((await front.begin({ prompt: "none" })).url)));
  assert.ok((await other.take(await visitor.submit(form, { identifier: "hal", password }))).id_token);
});

test("a code whose process is killed under way is redeemed once at most", async () => {
  const { begun, page } = await signIn("Ida");
  const answers = atOnce(tries, () => begun.take(page));
  await pause(30);
  await auth.kill(1);
  assert.ok((await answers).length <= 1);
  await auth.start(1);
});

test("a client whose process is killed under way goes on with the refresh token it has", async () => {
  const { begun, page } = await signIn("Joan");
  let { refresh_token: token = "" } = await begun.take(page);
  let broken = 0;
  const refresh = async (): Promise<void> => {
    try {
      token = (await oidc.refreshTokenGrant(front.config, token)).refresh_token ?? "";
    } catch (error) {
      // The connection broke; what the provider itself refuses is lost for ever.
      if (error instanceof oidc.ResponseBodyError) throw error;
      broken += 1;
    }
  };
  for (const victim of [0, 1]) {
    const refreshing = (async () => {
      for (let time = 0; time < 25; time += 1) await refresh();
    })();
    await pause(60);
    await auth.kill(victim);
    await auth.start(victim);
    await refreshing;
  }
  assert.ok(broken < 20, `${broken} broke`);
  assert.ok((await oidc.refreshTokenGrant(front.config, token)).access_token);
});
