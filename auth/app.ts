// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The contents page of auth: our own pages of signing in, and everything else at the library.
import { randomUUID } from "node:crypto";
import type { Log } from "@cdb/runtime/log.ts";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { errors } from "oidc-provider";
import { serveAccount } from "./account/area.ts";
import { BackUnavailable } from "./back.ts";
import { passkeyScript } from "./factors/passkey-script.ts";
import { servePasskeySignIn } from "./factors/passkey-sign-in.ts";
import { serveSecondFactor } from "./factors/step-routes.ts";
import { type Desk, send, viewFor } from "./login/desk.ts";
import { serveLinks } from "./login/link-routes.ts";
import { overPage, troublePage } from "./login/pages.ts";
import { servePasswordDue } from "./login/password-due.ts";
import { serveSignIn } from "./login/sign-in-routes.ts";
import type { Env } from "./login/visitor.ts";
import { serveSignOutAnswer } from "./sign-out-answer.ts";

const largestForm = 64_000;
const longestQuery = 8_000;

export function buildApp(desk: Desk, management: Hono, log: Log): Hono<Env> {
  const app = new Hono<Env>();
  const { views, issuer } = desk;
  app.use(logRequests(log), standFor(issuer));
  app.get(views.stylesheet.address, () => views.stylesheet.respond());
  app.get(passkeyScript.address, () => passkeyScript.respond());
  app.get("/", (c) => c.redirect(viewFor(c, desk).home, 303));
  for (const forms of ["/sign-in/*", "/account/*"])
    app.use(forms, csrf({ origin: new URL(issuer).origin }), bodyLimit({ maxSize: largestForm }));
  serveLinks(app, desk);
  servePasswordDue(app, desk);
  serveSecondFactor(app, desk);
  servePasskeySignIn(app, desk);
  serveSignIn(app, desk);
  serveAccount(app, desk);
  app.on("POST", ["/authorize", "/sign-out"], bodyLimit({ maxSize: longestQuery }), askAgainByGet);
  app.use("/sign-out/confirm", bodyLimit({ maxSize: longestQuery }));
  serveSignOutAnswer(app, desk);
  app.route("/", management);
  app.all("*", async (c) => {
    await desk.signIns.answer(c.env.incoming, c.env.outgoing);
    return RESPONSE_ALREADY_SENT;
  });
  app.onError((error, c) => answerTrouble(error, c as Context<Env>, desk, log));
  return app;
}

// The library makes the addresses it tells from the request's headers. Visitors can write those; the issuer is a setting.
function standFor(issuer: string): MiddlewareHandler<Env> {
  const { host, protocol } = new URL(issuer);
  return (c, next) => {
    const { headers } = c.env.incoming;
    headers.host = host;
    headers["x-forwarded-proto"] = protocol.slice(0, -1);
    delete headers["x-forwarded-host"];
    return next();
  };
}

// A form that another site posts brings no cookies with it (SameSite=Lax); a GET to the same address does.
async function askAgainByGet(c: Context<Env>): Promise<Response> {
  return c.redirect(`${c.req.path}?${new URLSearchParams(await c.req.text())}`, 303);
}

async function answerTrouble(error: Error, c: Context<Env>, desk: Desk, log: Log): Promise<Response> {
  const view = viewFor(c, desk, undefined, "/");
  const { t } = view;
  if (error instanceof errors.SessionNotFound) return send(c, desk, overPage(view), 410);
  if (error instanceof HTTPException)
    return send(c, desk, troublePage(view, t("This form cannot be taken as it came")), error.status as 403);
  const correlationId = randomUUID();
  log.error({ err: error, correlationId }, "a request failed");
  if (error instanceof BackUnavailable)
    return send(c, desk, troublePage(view, t("Signing in does not work at the moment"), correlationId), 503);
  return send(c, desk, troublePage(view, t("Something went wrong on our side"), correlationId), 500);
}

function logRequests(log: Log): MiddlewareHandler<Env> {
  return async (c, next) => {
    const started = performance.now();
    await next();
    // Never the whole address: it holds codes, tokens, hints, and whatever somebody pastes.
    const [, first = ""] = c.req.path.split("/");
    const route = c.req.routePath === "/*" && /^[a-z.-]{1,20}$/.test(first) ? `/${first}` : c.req.routePath;
    const status = c.env.outgoing.headersSent ? c.env.outgoing.statusCode : c.res.status;
    const ms = Math.round(performance.now() - started);
    log.info({ method: c.req.method, route, status, ms }, "request");
  };
}
