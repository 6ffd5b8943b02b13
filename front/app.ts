// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The web site's contents page: what happens to a request, in this order.
import { randomUUID } from "node:crypto";
import type { Log } from "@cdb/runtime/log.ts";
import { chooseLanguage } from "@cdb/theme/language.ts";
import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { routePath } from "hono/route";
import { secureHeaders } from "hono/secure-headers";
import type { Back } from "./back.ts";
import { showError } from "./error-pages.ts";
import { command } from "./pages/command.ts";
import { donate } from "./pages/donate.ts";
import { home } from "./pages/home.ts";
import { mailingView } from "./pages/mailing-view.ts";
import { news } from "./pages/news.ts";
import { pay } from "./pages/pay.ts";
import { payonline } from "./pages/payonline.ts";
import { paypalReturn } from "./pages/paypal-return.ts";
import { settings } from "./pages/settings.ts";
import { signInPages } from "./pages/sign-in.ts";
import { staffRequests } from "./pages/staff/requests.ts";
import { subscribePage } from "./pages/subscribe.ts";
import { thanks } from "./pages/thanks.ts";
import { transfer } from "./pages/transfer.ts";
import { volunteer } from "./pages/volunteer.ts";
import { Refused } from "./refused.ts";
import type { Sessions } from "./session.ts";
import type { SignIn } from "./sign-in.ts";
import type { Providers } from "./start-payment.ts";
import { subscribe } from "./subscribe.ts";
import type { Env, Site } from "./visit.ts";
import { webhooks } from "./webhooks.ts";

const largestForm = 64 * 1024;

export function buildApp(
  site: Site,
  back: Back,
  signIn: SignIn,
  sessions: Sessions,
  providers: Providers,
  log: Log,
): Hono<Env> {
  const app = new Hono<Env>();
  app.use(correlate(site, log));
  app.use(securityHeaders(site));
  app.get(site.stylesheet.address, () => site.stylesheet.respond());
  app.route("/webhooks", webhooks(providers.stripe, back.asProgram, log, providers.paypal));
  app.use(bodyLimit({ maxSize: largestForm }));
  app.use(knowVisitor(site, sessions));

  // What other people's programs and pages call, from any origin.
  app.route("/", subscribe(back));
  app.route("/", command(back));
  app.route("/", pay(back, providers));

  app.use(csrf({ origin: new URL(site.url).origin }));
  app.route("/", home(back));
  app.route("/", donate(back, providers, sessions));
  app.route("/", transfer(back));
  app.route("/", payonline(back, providers));
  app.route("/", thanks());
  if (providers.paypal) app.route("/", paypalReturn(providers.paypal, log));
  app.route("/", subscribePage());
  app.route("/", volunteer(back));
  app.route("/", news(back));
  app.route("/", mailingView(back));
  app.route("/", signInPages(signIn, sessions, back));
  app.route("/settings", settings(back, sessions));
  app.route("/staff", staffRequests(back));

  app.notFound(() => {
    throw new Refused(404, "page-unknown");
  });
  app.onError((error, c) => showError(c, error, sessions, log));
  return app;
}

function correlate(site: Site, log: Log): MiddlewareHandler<Env> {
  return async (c, next) => {
    const started = performance.now();
    const correlationId = randomUUID();
    c.set("site", site);
    c.set("t", site.translator("en"));
    c.set("correlationId", correlationId);
    c.header("X-Correlation-Id", correlationId);
    await next();
    const ms = Math.round(performance.now() - started);
    // The route's pattern, never the address: that may hold a reference, a token or an email address.
    log.info({ method: c.req.method, route: routePath(c, -1), status: c.res.status, ms, correlationId }, "request");
  };
}

function securityHeaders({ url, formTargets }: Site): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", "data:"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
      // Browsers hold the redirect after a form against this too: to the payment page, to auth's sign-out.
      formAction: ["'self'", ...formTargets.map((target) => new URL(target).origin)],
    },
    referrerPolicy: "same-origin",
    xFrameOptions: "DENY",
    strictTransportSecurity: url.startsWith("https:") ? "max-age=31536000; includeSubDomains" : false,
  });
}

/** Who it is, if they are signed in, and in which language they read: asked for now, chosen before, their own, the browser's. */
function knowVisitor(site: Site, sessions: Sessions): MiddlewareHandler<Env> {
  const offered = site.organisation.languages.interface;
  return async (c, next) => {
    c.header("Cache-Control", "no-store");
    const session = await sessions.read(c);
    c.set("session", session);
    // In a signed command every parameter belongs to the one who signed it.
    const asked = c.req.query("signature") === undefined ? c.req.query("lang") : undefined;
    const chosen = sessions.chosenLanguage(c);
    const language = chooseLanguage(offered, [asked, chosen, session?.language], c.req.header("Accept-Language"));
    if (asked === language && asked !== chosen) sessions.chooseLanguage(c, language);
    c.set("t", site.translator(language));
    c.set("languageChosen", language === asked || language === chosen);
    await next();
  };
}
