// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings`: what we know about the person who is signed in, and where to change it.
import { showMyAccount } from "@cdb/api/accounts.ts";
import type { Answer } from "@cdb/api/operation.ts";
import { showMe } from "@cdb/api/people.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { languageName } from "@cdb/theme/language.ts";
import { formatDay } from "@cdb/theme/money.ts";
import { addressLines } from "@cdb/theme/postal-address.ts";
import { Hono } from "hono";
import type { Back } from "../back.ts";
import { countriesIn } from "../countries.ts";
import { SignedOut } from "../refused.ts";
import type { Sessions } from "../session.ts";
import { type Env, show, type Visit } from "../visit.ts";
import { address } from "./settings/address.ts";
import { consentProof } from "./settings/consent-proof.ts";
import { consents } from "./settings/consents.ts";
import { donations } from "./settings/donations.ts";
import { donationsFile } from "./settings/donations-file.ts";
import { emailAddress } from "./settings/email-address.ts";
import { exportPage } from "./settings/export.ts";
import { history } from "./settings/history.ts";
import { leave } from "./settings/leave.ts";
import { mails } from "./settings/mails.ts";
import { pledge } from "./settings/pledge.ts";
import { profile } from "./settings/profile.ts";
import { services } from "./settings/services-and-groups.ts";
import { silentAddress, tellOfSilence } from "./settings/silent-address.ts";
import { username } from "./settings/username.ts";

export function settings(back: Back, sessions: Sessions): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    if (c.var.session) return next();
    if (c.req.method !== "GET") throw new SignedOut();
    return c.redirect(`/sign-in?return=${encodeURIComponent(c.req.path)}`, 303);
  });
  app.get("/", async (c) => {
    const client = back.asVisitor(c);
    const [me, account] = await Promise.all([client.call(showMe), client.call(showMyAccount)]);
    return showOverview(c, me, account);
  });
  app.route("/profile", profile(back, sessions));
  app.route("/address", address(back));
  app.route("/email-address/check", silentAddress(back));
  app.route("/email-address", emailAddress(back));
  app.route("/consents", consents(back));
  app.route("/consents/proof", consentProof(back));
  app.route("/donations", donations(back));
  app.route("/donations", pledge(back));
  app.route("/", donationsFile(back));
  app.route("/mails", mails(back));
  app.route("/export", exportPage(back));
  app.route("/history", history(back));
  app.route("/leave", leave(back));
  app.route("/username", username(back));
  app.route("/services", services(back));
  return app;
}

function showOverview(
  c: Visit,
  me: Answer<typeof showMe>,
  account: Answer<typeof showMyAccount>,
): Response | Promise<Response> {
  const { t } = c.var;
  const mails = c.var.site.organisation.purposes.filter(({ permits }) => permits === "mails").map(({ name }) => name);
  const granted = me.consents.filter((consent) => consent.granted && mails.includes(consent.purpose)).length;
  const agreed =
    granted === 0
      ? t("Choose what you want to hear about, and stop it with one click.")
      : t.plural("You have agreed to {count} kind of mail.", "You have agreed to {count} kinds of mail.", granted);
  const country = countriesIn(t.language).find(([code]) => code === me.postalAddress.country)?.[1] ?? "";
  const lines = [...addressLines(me.postalAddress), country].filter((line) => line !== "");
  const row = (name: string, value: string | Html, href?: string, way = t("Change")) => {
    const link = href && html`<a class="change" href="${href}">${way}<span class="unseen"> – ${name}</span></a>`;
    return html`<dt>${name}</dt><dd>${link}${value}</dd>`;
  };
  return show(c, {
    title: t("My data"),
    content: html`${tellOfSilence(t, me)}<div class="card"><dl class="facts">
      ${row(t("Name"), me.name, "/settings/profile")}
      ${row(t("Email address"), me.email, "/settings/email-address")}
      ${row(t("Second email address"), me.secondaryEmail ?? t("We do not know one."), "/settings/email-address")}
      ${row(t("Language"), languageName(me.language), "/settings/profile")}
      ${row(t("Birthday"), me.birthday ? formatDay(me.birthday, t.language) : t("We do not know it."), "/settings/profile")}
      ${row(t("Postal address"), lines.length > 0 ? html`${lines.map((line) => html`${line}<br>`)}` : t("We do not know it."), "/settings/address")}
      ${row(t("Username"), account.username ?? t("You have none."), "/settings/username", account.mayChoose ? t("Choose") : t("Details"))}
      ${row(t("Your reference"), html`<span class="code">${me.donref}</span>`)}
      </dl></div>
      <ul class="tiles">
      ${tile("/settings/consents", t("What you get from us"), agreed)}
      ${tile("/settings/donations", t("Your donations"), t("Everything you gave, and your pledges."))}
      ${tile(c.var.site.accountUrl, t("Your sign-in"), t("Where you are signed in, password, second factor."))}
      ${tile("/settings/services", t("Services and groups"), t("What is open to you, and what you may ask for."))}
      ${account.staff ? tile("/staff", t("What waits for you"), t("People who ask to be in a team or a group.")) : ""}
      ${tile("/settings/mails", t("Our mails to you"), t("Every mail that we sent you, with its text."))}
      ${tile("/settings/export", t("Everything we keep about you"), t("To read and to download."))}
      ${tile("/settings/history", t("What was done to your data"), t("Every change, and who looked at them."))}
      ${tile("/settings/leave", t("Delete my data"), t("See what is deleted and what the law makes us keep."))}
      <li class="card"><h2>${t("Sign out everywhere")}</h2><p>${t("This ends your session here and on every other device.")}</p>
      <form method="post" action="/sign-out"><input type="hidden" name="everywhere" value="1">
      <button class="second">${t("End all sessions")}</button></form></li></ul>`,
  });
}

function tile(href: string, title: string, text: string): Html {
  return html`<li class="card"><h2><a href="${href}">${title}</a></h2><p>${text}</p></li>`;
}
