// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What happens around signing in, told to back by tasks: it outlives an outage of back, and is kept there once.
import { randomUUID } from "node:crypto";
import type { SignInEventKind } from "@cdb/api/sign-in.ts";
import type { Log } from "@cdb/runtime/log.ts";
import type Provider from "oidc-provider";
import type { KoaContextWithOIDC, Session } from "oidc-provider";
import type { Back } from "./back.ts";
import { sha256, shorten } from "./secrets.ts";
import type { Task, Tasks } from "./tasks.ts";

export interface SignInEvent {
  /** Whose sign-in; null: of auth itself. */
  uuid: string | null;
  kind: SignInEventKind;
  clientId?: string | undefined;
  /** The session's uid; only a hash of it leaves this program. */
  session?: string | undefined;
  network?: string | undefined;
  /** In words. */
  browser?: string | undefined;
  detail?: string | undefined;
  /** Short hashes of grants that are over: back refuses their access tokens as soon as it hears of it. */
  endedGrants?: string[] | undefined;
  /** The same of keys that somebody else has, by id. */
  endedKeys?: string[] | undefined;
  /** Of what may be told twice: under one key it is kept once. */
  key?: string | undefined;
  at?: Date | undefined;
}

export class Events {
  readonly #tasks: Tasks;
  readonly #log: Log;

  constructor(tasks: Tasks, log: Log) {
    this.#tasks = tasks;
    this.#log = log;
  }

  /** Stores an event, and begins to tell it. Nobody's sign-in fails because it cannot be stored. */
  async record(event: SignInEvent): Promise<void> {
    const failed = (error: unknown) => this.#log.error({ err: error, kind: event.kind }, "could not store an event");
    await this.#tasks.queue(taskOf(event)).catch(failed);
  }

  /** Told after so many seconds, unless it is forgotten before. */
  async recordLater(event: SignInEvent & { key: string }, seconds: number): Promise<void> {
    const failed = (error: unknown) => this.#log.error({ err: error, kind: event.kind }, "could not store an event");
    await this.#tasks.queueLater(taskOf(event), seconds).catch(failed);
  }

  /** What was to be told later under this key is told no more. */
  async forget(key: string): Promise<void> {
    await this.#tasks.forgetEvent(key);
  }
}

/** What an event of signing in tells of the session that begins with it; under one key, for two pages may see it begin. */
export function signedInEvent({ uid, loginTs, amr }: Session): Pick<SignInEvent, "session" | "detail" | "key"> {
  return { session: uid, detail: amr?.join(" "), key: `signed-in ${shortHash(uid)} ${loginTs}` };
}

/** The task that tells back of an event. */
export function taskOf({ uuid, kind, clientId, endedGrants, endedKeys, ...event }: SignInEvent): Task {
  const { session, network, browser, detail, key = randomUUID(), at = new Date() } = event;
  const details = {
    ...{ key, kind, at: at.toISOString(), network, browser: browser?.slice(0, 200), detail: detail?.slice(0, 200) },
    session: session === undefined ? undefined : shortHash(session),
    // More than that nobody has at once; their tokens live for five minutes.
    endedGrants: endedGrants?.slice(0, 1_000),
    endedKeys,
  };
  return { kind: "record-event", clientId: clientId ?? null, accountId: uuid, details };
}

/** Names a session or a grant to those who must not have its id. */
export function shortHash(id: string): string {
  return shorten(sha256(id));
}

/** Has back told of events, also of those that happen within the library. */
export function carryEvents(provider: Provider, tasks: Tasks, events: Events, back: Back): void {
  tasks.teach("record-event", async ({ clientId, accountId, details }) => {
    const client = clientId === null ? undefined : await provider.Client.find(clientId).catch(() => undefined);
    const service = (client?.clientName ?? clientId ?? "").slice(0, 200);
    const named = clientId === null ? {} : { clientId, service };
    await back.record({ ...(details as EventDetails), ...named, uuid: accountId });
  });
  provider.on("grant.revoked", (ctx, grantId) => {
    const event = eventOf(ctx, grantId);
    if (event) void events.record(event);
  });
}

type EventDetails = Omit<Parameters<Back["record"]>[0], "uuid" | "clientId" | "service">;

// A code or refresh token that came a second time ends its grant at the token endpoint; there is no other reason there.
const kindsOfRoutes: Record<string, SignInEventKind> = { token: "token-reused", revocation: "access-withdrawn" };

function eventOf(ctx: KoaContextWithOIDC, grantId: string): SignInEvent | undefined {
  const { route, client, entities } = ctx.oidc;
  const kind = kindsOfRoutes[route];
  const token = entities.RefreshToken ?? entities.AuthorizationCode ?? entities.AccessToken;
  if (!kind || !token) return undefined;
  const detail = kind === "access-withdrawn" ? "by the service" : undefined;
  const session = token.sessionUid;
  return {
    uuid: token.accountId ?? null,
    kind,
    clientId: client?.clientId,
    session,
    detail,
    endedGrants: [shortHash(grantId)],
  };
}
