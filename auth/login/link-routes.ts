// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What follows a sign-in link: the code for the window that waits, and the link itself. GET shows, POST redeems.
import type { FormState } from "@cdb/theme/form.ts";
import type { Context, Hono } from "hono";
import type { Interaction } from "oidc-provider";
import { type Desk, pathOf, readForm, send, viewFor } from "./desk.ts";
import type { LoginLink } from "./login-link.ts";
import { followedLinkPage, linkElsewherePage, linkOverPage, linkSentPage } from "./pages.ts";
import { waitingForLogin } from "./step.ts";
import type { Env } from "./visitor.ts";

/** Mounted before the sign-in routes: `link` is no sign-in's uid. */
export function serveLinks(app: Hono<Env>, desk: Desk): void {
  app.get("/sign-in/link", async (c) => {
    const token = c.req.queries("token")?.join("&") ?? "";
    const link = await findLink(desk, token);
    return link ? showLink(c, desk, token, link) : send(c, desk, linkOverPage(viewFor(c, desk)), 410);
  });

  app.post("/sign-in/link", async (c) => {
    const typed = await readForm(c);
    const token = typed("token");
    const found = await findLink(desk, token);
    const isHere = found?.isFrom(desk.visitors.bound(c.env.incoming)) ?? false;
    if (found && !isHere && typed("here") !== "yes") return showLink(c, desk, token, found, 422);
    const link = found && (await desk.links.redeem(token));
    if (!link) return send(c, desk, linkOverPage(viewFor(c, desk)), 410);
    if (isHere && typed("goal") === "password") {
      await desk.signIns.start(c, link.account, "email");
      return c.redirect("/account/password", 303);
    }
    const waiting = isHere ? await desk.signIns.find(link.interactionUid) : undefined;
    if (waiting) return desk.signIns.finish(c, waiting, link.account, ["email"]);
    await desk.signIns.start(c, link.account, "email");
    return c.redirect((await desk.signIns.serviceOf(link.clientId)).startAt ?? viewFor(c, desk).home, 303);
  });

  app.get("/sign-in/:uid/link", async (c) => askCode(c, desk, await waitingForLogin(c, desk)));

  app.post("/sign-in/:uid/link", async (c) => {
    const waiting = await waitingForLogin(c, desk);
    const code = (await readForm(c))("code");
    const { t } = viewFor(c, desk, waiting);
    const bound = desk.visitors.bound(c.env.incoming);
    if (code.trim() === "") return askCode(c, desk, waiting, t("Type the code from the mail."));
    const link = bound && code.length <= 40 ? await desk.links.redeemCode(code, bound, waiting.uid) : undefined;
    if (link) return desk.signIns.finish(c, waiting, link.account, ["email"]);
    return askCode(c, desk, waiting, t("This code is not right, or it does not work any more."));
  });
}

async function findLink(desk: Desk, token: string): Promise<LoginLink | undefined> {
  return /^[\w-]{43}$/.test(token) ? desk.links.find(token) : undefined;
}

function askCode(c: Context<Env>, desk: Desk, waiting: Interaction, error?: string): Promise<Response> {
  const again = pathOf(c).replace("/link", "");
  const form: FormState = { values: {}, errors: error === undefined ? {} : { code: error } };
  const page = linkSentPage(viewFor(c, desk, waiting), { action: pathOf(c), again, form });
  return send(c, desk, page, error === undefined ? 200 : 422, [waiting.params.redirect_uri]);
}

async function showLink(
  c: Context<Env>,
  desk: Desk,
  token: string,
  link: LoginLink,
  status: 200 | 422 = 200,
): Promise<Response> {
  const waiting = await desk.signIns.find(link.interactionUid);
  const view = viewFor(c, desk, waiting, `/sign-in/link?token=${token}`);
  const service = await desk.signIns.serviceOf(link.clientId);
  const shown = {
    action: pathOf(c),
    token,
    service: service.name,
    account: mask(link.email),
    browser: link.browser,
    code: desk.links.codeFor(token),
  };
  const page = link.isFrom(desk.visitors.bound(c.env.incoming))
    ? followedLinkPage(view, shown)
    : linkElsewherePage(view, shown);
  return send(c, desk, page, status, [waiting?.params.redirect_uri, service.startAt]);
}

/** "j•••@example.org": enough for the owner, little for whoever looks over a shoulder. */
function mask(email: string): string {
  return email.replace(/^(.).*(?=@)/u, "$1•••");
}
