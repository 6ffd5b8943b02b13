// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/account/sign-ins`: where somebody is signed in, and the end of one sign-in, of the others, or of all.
import { hidden } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Context, Hono } from "hono";
import { shortHash } from "../events.ts";
import { type Desk, pathOf, readForm } from "../login/desk.ts";
import type { Env } from "../login/visitor.ts";
import type { KnownSession } from "../sessions.ts";
import type { Told } from "../tasks.ts";
import type { Shown, View } from "../view.ts";
import { browserIn, moments, showAccount } from "./frame.ts";
import { accountClientId, forSignedIn, type SignedIn } from "./signed-in.ts";

const path = "/account/sign-ins";
/** In the history, where one event stands for several sessions. */
export const othersEnded = "all others";
type Names = ReadonlyMap<string, string>;

export function serveSignIns(app: Hono<Env>, desk: Desk): void {
  app.get(
    path,
    forSignedIn(desk, async (c, who) => {
      const { accountId } = who.session;
      const sessions = await desk.sessions.list(accountId);
      const told = await desk.sessions.listTold(accountId);
      const clientIds = [...sessions.flatMap((session) => session.clientIds), ...told.map(({ clientId }) => clientId)];
      const names = await namesOf(desk, clientIds);
      const isDone = c.req.query("done") === "1";
      return showAccount(c, desk, who, (view) => page(view, { here: who.session.uid, sessions, told, names, isDone }));
    }),
  );

  app.post(
    path,
    forSignedIn(desk, async (c, who) => {
      const wish = (await readForm(c))("end");
      const isOver = await end(c, desk, who, wish);
      if (!isOver) return c.redirect(`${path}?${new URLSearchParams({ ...langOf(c), done: "1" })}`, 303);
      desk.signIns.forgetSession(c);
      return c.redirect("/sign-out/success", 303);
    }),
  );
}

/** Whether the sign-in in this browser is over with it. A session that is nobody's of theirs is as good as ended. */
async function end(c: Context<Env>, desk: Desk, { session }: SignedIn, wish: string): Promise<boolean> {
  const { accountId: uuid, uid: here } = session;
  const event = { ...desk.visitors.placeOf(c.env.incoming), uuid, clientId: accountClientId };
  if (wish === "all") await desk.sessions.endAll(uuid, { ...event, kind: "sessions-ended" });
  else if (wish === "others")
    await desk.sessions.endAll(uuid, { ...event, kind: "session-ended", detail: othersEnded, session: here }, here);
  else {
    const meant = (await desk.sessions.list(uuid)).find(({ uid }) => shortHash(uid) === wish);
    if (meant) await desk.sessions.end(uuid, meant.uid, { ...event, kind: "session-ended", detail: meant.browser });
    return meant?.uid === here;
  }
  return wish === "all";
}

function langOf(c: Context<Env>): { lang?: string } {
  const lang = new URLSearchParams(pathOf(c).split("?")[1]).get("lang");
  return lang === null ? {} : { lang };
}

async function namesOf(desk: Desk, clientIds: string[]): Promise<Names> {
  const ids = [...new Set(clientIds)].filter((id) => id !== accountClientId);
  return new Map(await Promise.all(ids.map(async (id) => [id, (await desk.signIns.serviceOf(id)).name] as const)));
}

interface Seen {
  here: string;
  sessions: KnownSession[];
  told: Told[];
  names: Names;
  isDone: boolean;
}

function page(view: View, { here, sessions, told, names, isDone }: Seen): Shown {
  const { t } = view;
  const mayEndOthers = sessions.some(({ uid }) => uid !== here);
  const content = html`<p class="lead">${t("Every browser in which you are signed in. What you end is over at once, at every service.")}</p>
${sessions.map((session) => card(view, session, session.uid === here, names))}
<form method="post"><p class="actions">
${mayEndOthers ? html`<button name="end" value="others">${t("End all others")}</button>` : ""}
<button name="end" value="all" class="second">${t("Sign out everywhere")}</button></p></form>
${toldList(view, told, names)}`;
  return { title: t("Where you are signed in"), content, notice: isDone ? t("It is ended.") : undefined };
}

function card(view: View, session: KnownSession, isHere: boolean, names: Names): Html {
  const { t } = view;
  const time = moments(view);
  const name = shortHash(session.uid);
  const services = session.clientIds.flatMap((id) => names.get(id) ?? []).join(", ");
  return html`<section class="card"><h2 id="s${name}">${browserIn(view, session.browser)}</h2>
${isHere ? html`<p><strong>${t("This is the browser you are using.")}</strong></p>` : ""}
<dl class="facts"><dt>${t("From")}</dt><dd>${session.network}</dd>
<dt>${t("Since")}</dt><dd>${time(session.beganAt)}</dd>
<dt>${t("Last used")}</dt><dd>${time(session.usedAt)}</dd>
${services === "" ? "" : html`<dt>${t("Signed in to")}</dt><dd>${services}</dd>`}</dl>
<form method="post" aria-labelledby="s${name}">${hidden("end", name)}<p class="actions"><button class="second">${t("End this sign-in")}</button></p></form>
</section>`;
}

function toldList(view: View, told: Told[], names: Names): Html | "" {
  if (told.length === 0) return "";
  const { t } = view;
  const time = moments(view);
  const said = ({ doneAt, givenUpAt }: Told) => {
    if (doneAt) return t("has ended your sign-in");
    return givenUpAt ? t("did not answer: please sign out there yourself") : t("has not answered yet; we go on trying");
  };
  return html`<h2>${t("Services that were told of an end")}</h2>
<ul>${told.map((each) => html`<li>${names.get(each.clientId) ?? each.clientId}, ${time(each.at)}: ${said(each)}</li>`)}</ul>`;
}
