// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The resource server's contents page.
import { randomUUID } from "node:crypto";
import { describeOperations } from "@cdb/api/openapi.ts";
import { operations } from "@cdb/api/operations.ts";
import { type Problem, Refused } from "@cdb/api/problems.ts";
import type { Log } from "@cdb/runtime/log.ts";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Database } from "../data/database.ts";
import { type Access, assertStaffScopes } from "./access.ts";
import { offerAccounts } from "./accounts.ts";
import { offerBounces } from "./bounces.ts";
import { offerLeaving } from "./leaving.ts";
import { type LinkSecrets, offerLinks } from "./links.ts";
import { offerMailings } from "./mailings.ts";
import { offerNews } from "./news.ts";
import { Offers } from "./offer.ts";
import { offerPayments } from "./payments.ts";
import { offerPeople } from "./people.ts";
import { offerPledges } from "./pledges.ts";
import { bug, problemFor } from "./problems.ts";
import { offerRegistrations } from "./registrations.ts";
import { offerSelectors } from "./selectors.ts";
import { offerSignIn } from "./sign-in.ts";

export interface Addresses {
  back: string;
  issuer: string;
  front: string;
}

type Env = { Variables: { correlationId: string } };

export function buildApp(
  database: Database,
  access: Access,
  secrets: LinkSecrets,
  addresses: Addresses,
  log: Log,
): Hono {
  const app = new Hono<Env>();
  app.use(correlate(log));
  app.use(limitBody());

  app.get("/openapi.json", (c) => c.json(describeOperations(operations, addresses.back, addresses.issuer)));

  assertStaffScopes(database.organisation);
  const offers = new Offers(app as unknown as Hono, database, access);
  offerRegistrations(offers);
  offerLinks(offers, secrets);
  offerPledges(offers);
  offerPayments(offers);
  offerPeople(offers, secrets);
  offerLeaving(offers);
  offerSelectors(offers);
  offerMailings(offers, secrets, addresses.front);
  offerNews(offers, secrets);
  offerSignIn(offers);
  offerAccounts(offers, secrets.links);
  offerBounces(offers, secrets.links);
  offers.assertAll(operations);

  app.notFound((c) => answer(c, { type: "about:blank", title: "Not found", status: 404, code: "route-unknown" }));
  app.onError((error, c) => {
    const problem = problemFor(error);
    if (!problem || problem.status >= 500)
      log.error({ err: error, correlationId: c.get("correlationId") }, "a request failed");
    return answer(c, problem ?? bug());
  });
  return app as unknown as Hono;
}

// Of calls that have a body; looking for one would make a whole Request of each GET.
function limitBody(): MiddlewareHandler {
  const onError = () => {
    throw new Refused(413, "body-too-large", "The body is too large.");
  };
  const limit = bodyLimit({ maxSize: 500_000, onError });
  return (c, next) => (c.req.method === "GET" ? next() : limit(c, next));
}

function answer(c: Context<Env>, problem: Problem): Response {
  if (problem.status === 401) c.header("WWW-Authenticate", "Bearer");
  return c.json({ ...problem, correlationId: c.get("correlationId") }, problem.status as 400, {
    "Content-Type": "application/problem+json",
  });
}

function correlate(log: Log) {
  return async (c: Context<Env>, next: () => Promise<void>): Promise<void> => {
    const given = c.req.header("X-Correlation-Id");
    const correlationId = given && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
    const started = performance.now();
    c.set("correlationId", correlationId);
    c.header("Cache-Control", "no-store");
    c.header("X-Content-Type-Options", "nosniff");
    c.header("X-Correlation-Id", correlationId);
    await next();
    // The route's pattern, never the address: that may hold a reference or an identifier.
    log.info(
      {
        method: c.req.method,
        route: c.req.routePath,
        status: c.res.status,
        ms: Math.round(performance.now() - started),
        correlationId,
      },
      "request",
    );
  };
}
