// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A whole auth for tests: real PostgreSQL, real directory, a back of its own, a browser, and a client by openid-client.
import { randomUUID } from "node:crypto";
import { after } from "node:test";
import { urlFor } from "@cdb/dev/databases.ts";
import { type DirectoryServer, startDirectory } from "@cdb/dev/directory/server.ts";
import { testServer } from "@cdb/dev/test-postgres.ts";
import { type DirectorySettings, openDirectory } from "@cdb/directory/directory.ts";
import { type Log, openLog } from "@cdb/runtime/log.ts";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import { listen } from "@cdb/runtime/serve.ts";
import * as oidc from "openid-client";
import pg from "pg";
import { hashSecret, type OurClient, oidcScopes } from "../clients.ts";
import { openDatabase } from "../database.ts";
import { type Auth, openAuth } from "../open.ts";
import { startBack, type TestBack, type TestPerson } from "./back.ts";
import { Browser, type Page } from "./browser.ts";

const root = new URL("../../", import.meta.url).pathname;
export const frontUrl = "https://front.example.org";
export const frontSecret = "frontsecretfrontsecret";
export const backSecret = "backsecretbacksecret";
export const secret = "a secret that is long enough";

/** A database of its own, as the role of auth; it goes when the file's tests are done. */
export async function freshDatabase(): Promise<string> {
  const { adminUrl } = await testServer();
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await asAdmin(adminUrl, `create database ${name} owner cdb_auth`);
  after(() => asAdmin(adminUrl, `drop database if exists ${name} with (force)`));
  return urlFor(adminUrl, name, "cdb_auth");
}

export interface TestAuth {
  issuer: string;
  port: number;
  auth: Auth;
  back: TestBack;
  pool: pg.Pool;
  /** A person with this password in the directory. */
  addPerson(name: string, password: string): Promise<TestPerson>;
  /** A client of the organisation's own, unless it says otherwise; with its secret in plain. */
  addClient(client: OurClient): Promise<void>;
  /** Stops the directory; nobody's password can be checked any more. */
  stopDirectory(): Promise<void>;
}

/** `publicUrl`: as if a proxy of ours stood there and passed requests on. `settings`: how auth reaches the directory. */
export async function startAuth(
  publicUrl?: string,
  server?: DirectoryServer,
  settings: Partial<DirectorySettings> = {},
  log: Log = openLog("auth", process.env.LOG_LEVEL ?? "silent"),
): Promise<TestAuth> {
  const pool = await openDatabase(await freshDatabase());
  const embedded = server ?? (await startDirectory({ port: 0 }));
  const { url, baseDn, bindDn, bindPassword } = embedded;
  const directory = openDirectory({ url, baseDn, bindDn, bindPassword, ...settings });
  const folder = `${root}organisations/example`;
  let auth: Auth | undefined;
  const serve = (request: Request, env?: unknown) => (auth as Auth).app.fetch(request, env as never);
  const listening = await listen(serve, 0);
  const issuer = publicUrl ?? `http://127.0.0.1:${listening.port}`;
  const back = await startBack(() => issuer);
  const config = {
    AUTH_URL: issuer,
    AUTH_PROXIES: 1,
    AUTH_SECRET: secret,
    AUTH_KEY_DAYS: 90,
    AUTH_SESSION_IDLE_HOURS: 2,
    AUTH_SESSION_DAYS: 14,
    BACK_URL: back.url,
    FRONT_URL: frontUrl,
    FRONT_CLIENT_SECRET: frontSecret,
    BACK_CLIENT_SECRET: backSecret,
    ORGANISATION: folder,
  };
  auth = await openAuth(config, { organisation: readOrganisation(folder), pool, directory, log });
  after(async () => {
    await Promise.all([listening.stop(), back.stop(), embedded.stop()]);
    await auth?.stop();
    directory.close();
    await pool.end();
  });
  return {
    issuer,
    port: listening.port,
    auth,
    back,
    pool,
    addPerson: async (name, password) => {
      const person = back.addPerson(name, name.toLowerCase());
      await embedded.addPerson({ username: name.toLowerCase(), password, name, mail: person.email });
      return person;
    },
    addClient: async ({ client_secret: plain, ...client }) => {
      const secret = plain === undefined ? {} : { client_secret: hashSecret(plain) };
      const usual = { first_party: true, pkce_required: true, scope: oidcScopes.join(" ") };
      await (auth as Auth).clients.write({ ...usual, ...client, ...secret });
    },
    stopDirectory: embedded.stop,
  };
}

export interface TestClient {
  config: oidc.Configuration;
  redirectUri: string;
  /** The address at which a sign-in begins, and how to take what comes back. */
  begin(wish?: Record<string, string>): Promise<{ url: string; take(page: Page): Promise<Tokens> }>;
}
export type Tokens = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

/** A client that knows the issuer and its own secret, and learns the rest from discovery. */
export async function openClient(
  issuer: string,
  id = "front",
  proof: string | oidc.ClientAuth = frontSecret,
  redirectUri: string = `${frontUrl}/signed-in`,
): Promise<TestClient> {
  const insecure = { execute: [oidc.allowInsecureRequests] };
  const [metadata, method] = typeof proof === "string" ? [proof || undefined, undefined] : [undefined, proof];
  const config = await oidc.discovery(new URL(issuer), id, metadata, proof === "" ? oidc.None() : method, insecure);
  return {
    config,
    redirectUri,
    begin: async (wish = {}) => {
      const verifier = oidc.randomPKCECodeVerifier();
      const state = oidc.randomState();
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: "openid profile email",
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        state,
        ...wish,
      });
      const checks = { pkceCodeVerifier: verifier, expectedState: state };
      const more: Record<string, string> = wish.resource ? { resource: wish.resource } : {};
      return { url: url.href, take: (page) => oidc.authorizationCodeGrant(config, new URL(page.url), checks, more) };
    },
  };
}

export function openBrowser(issuer: string): Browser {
  return new Browser(issuer);
}

/** Opens a sign-in and types this. */
export async function signInByPassword(
  browser: Browser,
  url: string,
  identifier: string,
  password: string,
): Promise<Page> {
  return browser.submit(await browser.open(url), { identifier, password });
}

async function asAdmin(adminUrl: string, command: string): Promise<void> {
  const admin = new pg.Client(adminUrl);
  await admin.connect();
  await admin.query(command);
  await admin.end();
}
