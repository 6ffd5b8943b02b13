// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A back for tests of auth: serves the operations of signing in, and holds auth to its tokens.
import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { backResource } from "@cdb/api/scopes.ts";
import { findSignIn, listSignInEvents, recordSignIn, sendLoginLink, showClaims } from "@cdb/api/sign-in.ts";
import { listen } from "@cdb/runtime/serve.ts";
import { Hono } from "hono";
import { createRemoteJWKSet, jwtVerify } from "jose";
import type { z } from "zod";

export interface TestPerson {
  uuid: string;
  name: string;
  email: string;
  username: string | null;
  blocked: boolean;
  signedOutAt: string | null;
  staffScopes: string[];
}
export type Mail = z.output<typeof sendLoginLink.body>;

export type ToldEvent = z.output<typeof recordSignIn.body>;

export interface TestBack {
  url: string;
  addPerson(name: string, username: string | null): TestPerson;
  /** Mails in the order in which they came. */
  mails: Mail[];
  /** What was told of sign-ins, each once. */
  events: ToldEvent[];
  /** The next mail to whoever is meant by this. */
  mailFor(identifier: string): Promise<Mail>;
  /** Answers 500 to everything while true. */
  broken: boolean;
  stop(): Promise<void>;
}

export async function startBack(issuer: () => string): Promise<TestBack> {
  const people: TestPerson[] = [];
  const arrivals = new EventEmitter();
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;
  const app = new Hono();
  app.use(async (c, next) => {
    if (back.broken) return c.text("", 500);
    const [, token = ""] = (c.req.header("Authorization") ?? "").split(" ");
    // A key that is not known yet is asked for at once.
    keys ??= createRemoteJWKSet(new URL(`${issuer()}/jwks`), { cooldownDuration: 0 });
    const { payload } = await jwtVerify(token, keys, { issuer: issuer(), audience: backResource, typ: "at+jwt" });
    if (
      payload.sub !== "auth" ||
      payload.scope !== "usernames:lookup claims:read login-links:send sign-in-events:write"
    )
      return c.text("", 403);
    return next();
  });
  app.post(findSignIn.path, async (c) => {
    const { identifier } = findSignIn.body.parse(await c.req.json());
    const person = people.find(({ email, username }) => [email, username].includes(identifier.toLowerCase()));
    const known = person && !person.blocked ? { ...person, language: "en" } : null;
    return c.json(findSignIn.answer.parse({ person: known }));
  });
  app.post(sendLoginLink.path, async (c) => {
    const mail = sendLoginLink.body.parse(await c.req.json());
    back.mails.push(mail);
    arrivals.emit(mail.identifier);
    return c.body(null, 204);
  });
  app.post(recordSignIn.path, async (c) => {
    const event = recordSignIn.body.parse(await c.req.json());
    if (!back.events.some(({ key }) => key === event.key)) back.events.push(event);
    return c.body(null, 204);
  });
  app.get("/sign-in/events/:uuid", (c) => {
    const theirs = back.events.filter(({ uuid }) => uuid === c.req.param("uuid")).reverse();
    const empty = { clientId: "", session: "", network: "", browser: "", detail: "", times: 1 };
    return c.json(listSignInEvents.answer.parse({ events: theirs.map((event) => ({ ...empty, ...event })) }));
  });
  app.get("/sign-in/claims/:uuid", (c) => {
    const person = people.find(({ uuid, blocked }) => uuid === c.req.param("uuid") && !blocked);
    if (!person) return c.json({ type: "about:blank", title: "No", status: 404, code: "person-unknown" }, 404);
    const rest = { emailVerified: true, language: "en", updatedAt: "2026-01-02T03:04:05Z" };
    return c.json(showClaims.answer.parse({ ...person, ...rest }));
  });
  const listening = await listen(app.fetch, 0);
  const back: TestBack = {
    url: `http://127.0.0.1:${listening.port}`,
    mails: [],
    events: [],
    broken: false,
    addPerson(name, username) {
      const email = `${name.toLowerCase()}@example.org`;
      const person = { uuid: randomUUID(), name, email, username, blocked: false, signedOutAt: null, staffScopes: [] };
      people.push(person);
      return person;
    },
    async mailFor(identifier) {
      await once(arrivals, identifier, { signal: AbortSignal.timeout(5_000) });
      return back.mails.at(-1) as Mail;
    },
    stop: listening.stop,
  };
  return back;
}
