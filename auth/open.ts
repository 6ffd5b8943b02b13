// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Puts the parts of auth together.
import type { Config } from "@cdb/runtime/config.ts";
import type { Log } from "@cdb/runtime/log.ts";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import type { Hono } from "hono";
import type pg from "pg";
import { buildApp } from "./app.ts";
import { openBack } from "./back.ts";
import { ClientRegistry } from "./client-registry.ts";
import { checkByLibrary } from "./client-rules.ts";
import { backClient, Clients, frontClient } from "./clients.ts";
import type { settings } from "./config.ts";
import { Consents } from "./consents.ts";
import { CurrentProvider } from "./current-provider.ts";
import { Events } from "./events.ts";
import { lacksSecondFactor } from "./factors/demand.ts";
import { SecondFactor } from "./factors/second-factor.ts";
import { type Keys, openKeys } from "./keys.ts";
import { Afterwards } from "./login/afterwards.ts";
import { LoginLinks } from "./login/login-link.ts";
import { type PasswordDirectory, PasswordSignIn } from "./login/password.ts";
import { PasswordChanges } from "./login/password-change.ts";
import { SignIns } from "./login/sign-in.ts";
import { Throttle } from "./login/throttle.ts";
import { type Env, Visitors } from "./login/visitor.ts";
import { buildManagement } from "./manage/management.ts";
import { buildProvider } from "./provider.ts";
import { ScopeWords } from "./scope-words.ts";
import { Secrets } from "./secrets.ts";
import { Sessions } from "./sessions.ts";
import { SignOut } from "./sign-out.ts";
import { Store } from "./store.ts";
import { Tasks } from "./tasks.ts";
import { Views } from "./view.ts";

export type AuthConfig = Pick<
  Config<typeof settings>,
  | "AUTH_URL"
  | "AUTH_PROXIES"
  | "AUTH_SECRET"
  | "AUTH_SESSION_IDLE_HOURS"
  | "AUTH_SESSION_DAYS"
  | "AUTH_KEY_DAYS"
  | "BACK_URL"
  | "FRONT_URL"
  | "FRONT_CLIENT_SECRET"
  | "BACK_CLIENT_SECRET"
  | "ORGANISATION"
>;

export interface Opened {
  organisation: Organisation;
  pool: pg.Pool;
  directory: PasswordDirectory;
  log: Log;
}

export interface Auth {
  app: Hono<Env>;
  clients: Clients;
  keys: Keys;
  store: Store;
  tasks: Tasks;
  consents: Consents;
  secondFactor: SecondFactor;
  /** Waits for what goes on after answers. */
  stop(): Promise<void>;
}

const purgeEveryMs = 600_000;
const lookForTasksEveryMs = 10_000;
const lookForKeysEveryMs = 2_000;
const lookAtAgeEveryMs = 3_600_000;

export async function openAuth(config: AuthConfig, { organisation, pool, directory, log }: Opened): Promise<Auth> {
  const issuer = config.AUTH_URL;
  const secrets = new Secrets(config.AUTH_SECRET);
  const keys = await openKeys(pool, secrets);
  const back = openBack(config.BACK_URL, issuer, keys);
  const clients = new Clients(pool);
  const idleSeconds = Math.round(config.AUTH_SESSION_IDLE_HOURS * 3_600);
  const sessionSeconds = Math.round(config.AUTH_SESSION_DAYS * 86_400);
  const store = new Store(pool, clients, secrets, idleSeconds);
  const views = new Views(organisation, config.ORGANISATION, config.FRONT_URL);
  const tasks = new Tasks(pool, log);
  const events = new Events(tasks, log);
  const throttle = new Throttle(pool, secrets);
  const secondFactor = new SecondFactor(pool, secrets, throttle, issuer, organisation.name);
  const visitors = new Visitors(secrets, issuer, config.AUTH_PROXIES);
  const sessions = new Sessions(pool, clients, tasks, idleSeconds);
  const signOut = new SignOut(sessions, secrets, visitors);
  const ownClients = [
    frontClient(config.FRONT_URL, config.FRONT_CLIENT_SECRET, organisation.name),
    backClient(config.BACK_CLIENT_SECRET),
  ];
  const ownIds = [...ownClients.map(({ client_id }) => client_id), "account", "auth"];
  const consents = new Consents(pool, sessions);
  const parts = {
    issuer,
    ownClients,
    secrets,
    keys,
    store,
    clients,
    consents,
    back,
    signOut,
    tasks,
    events,
    factors: secondFactor.factors,
    sessions,
    visitors,
    sessionSeconds,
    views,
    log,
  };
  const provider = new CurrentProvider(() => buildProvider(parts));
  keys.onChange(() => provider.renew());
  // Back is told with tokens of the new keys, and at once: it may have to refuse what the old ones sign.
  keys.onChange(() => void tasks.carryOut());
  const registry = new ClientRegistry(pool, clients, tasks, ownIds, (client) =>
    checkByLibrary(provider.provider, client),
  );

  const isWhole = async (account: string, amr: readonly string[] | undefined) => {
    const staffScopes = (await back.findClaims(account))?.staffScopes ?? [];
    return !(await lacksSecondFactor(secondFactor.factors, { account, staffScopes, amr }));
  };
  const afterwards = new Afterwards(log);
  const app = buildApp(
    {
      issuer,
      back,
      events,
      views,
      visitors,
      sessions,
      signIns: new SignIns(provider, sessions, events, visitors, sessionSeconds, isWhole),
      passwords: new PasswordSignIn(back, directory, throttle, log),
      newPasswords: new PasswordChanges(directory, throttle, sessions, log),
      links: new LoginLinks(pool, secrets, back, throttle, issuer),
      secondFactor,
      afterwards,
      consents,
      scopeWords: new ScopeWords(pool),
    },
    buildManagement({ issuer, pool, keys, registry, factors: secondFactor.factors, events, sessions }, log),
    log,
  );
  const purging = setInterval(
    () => store.purge().catch((error) => log.error({ err: error }, "could not purge")),
    purgeEveryMs,
  );
  // What a process of before left, and what comes due.
  void tasks.carryOut();
  const looking = setInterval(() => tasks.carryOut(), lookForTasksEveryMs);
  const lookingForKeys = setInterval(
    () => keys.look().catch((error) => log.error({ err: error }, "could not look for new keys")),
    lookForKeysEveryMs,
  );
  const rotateOld = () =>
    keys
      .rotateByAge(config.AUTH_KEY_DAYS)
      .catch((error) => log.error({ err: error }, "could not look at the keys' age"));
  await rotateOld();
  const lookingAtAge = setInterval(rotateOld, lookAtAgeEveryMs);
  return {
    app,
    clients,
    keys,
    store,
    tasks,
    consents,
    secondFactor,
    stop: async () => {
      clearInterval(purging);
      clearInterval(looking);
      clearInterval(lookingForKeys);
      clearInterval(lookingAtAge);
      await afterwards.finished();
      await tasks.finished();
    },
  };
}
