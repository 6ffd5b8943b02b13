// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/command/<name>`: what a prepared link does. Opening it shows, and only its button acts: programs that scan mails open links too.
import { followLink, runCommand, showCommand, showLink } from "@cdb/api/links.ts";
import type { Answer, Input } from "@cdb/api/operation.ts";
import { word } from "@cdb/api/shapes.ts";
import { inLanguage, type Organisation } from "@cdb/runtime/organisation.ts";
import { hidden } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { formatMoney } from "@cdb/theme/money.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { Hono } from "hono";
import type { Back } from "../back.ts";
import { networkAddress } from "../network-address.ts";
import { type Form, readFields, readForm } from "../read-form.ts";
import { Refused } from "../refused.ts";
import { type Env, show, type Visit } from "../visit.ts";
import { commandWords, type Shown, type Words } from "./command-words.ts";
import { howOften } from "./donate-form.ts";

export function command(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/command/:name", async (c) => showAsk(c, await load(back, readAddress(c))));
  app.post("/command/:name", async (c) => {
    const followed = await act(c, back, readAddress(c), await readForm(c));
    useLanguage(c, followed.language);
    const { t } = c.var;
    return show(c, {
      title: t("Done"),
      content: html`<p class="lead">${sentenceOf(t, followed)}</p>${followed.undoable ? undoForm(t) : ""}
        <p><a href="/">${t("To the home page")}</a></p>`,
    });
  });
  return app;
}

// The button of the page, or a mail program's one click (RFC 8058), which has no page, no cookie and no origin.
const actsOf: Record<string, Act> = { "1": "follow", refuse: "refuse", undo: "undo" };

function readAct(form: Form): Act {
  if (form.text("List-Unsubscribe") === "One-Click") return "follow";
  const wanted = actsOf[form.text("go")];
  if (!wanted) throw new Refused(400, "form-incomplete");
  return wanted;
}

function sentenceOf(t: Translate, { outcome, command }: Answer<typeof followLink>): string {
  const sentences = {
    done: commandWords[command]?.done(t) ?? t("Done"),
    "done-already": t("This was done already."),
    refused: t("Thank you for telling us. What was entered is dropped."),
    undone: t("It is as it was before."),
  };
  return sentences[outcome];
}

type Act = NonNullable<Input<typeof followLink>["body"]["act"]>;
type Address = { token: string } | { command: string; parameters: Record<string, string>; signature: string };

/** A link of ours has a token; a command of an outside caller has its parameters, all of which are signed. */
function readAddress(c: Visit): Address {
  const query = readFields(new URL(c.req.url).search.slice(1));
  const name = c.req.param("name") ?? "";
  if (!word.safeParse(name).success || !Object.hasOwn(commandWords, name)) throw new Refused(404, "link-unknown");
  if (query.text("link") !== "") return { token: query.text("link") };
  const parameters = query.names.filter((key) => key !== "go" && key !== "signature");
  return {
    command: name,
    parameters: Object.fromEntries(parameters.map((key) => [key, query.text(key)])),
    signature: query.text("signature"),
  };
}

async function load(back: Back, address: Address): Promise<Shown> {
  const operation = "token" in address ? showLink : showCommand;
  const checked = operation.body.safeParse(address);
  if (!checked.success) throw new Refused(404, "link-unknown");
  if ("token" in address) return back.asProgram.call(showLink, { body: address });
  return back.asProgram.call(showCommand, { body: address });
}

async function act(c: Visit, back: Back, address: Address, form: Form): Promise<Answer<typeof followLink>> {
  const from = networkAddress(c);
  const act = readAct(form);
  if (!("token" in address)) {
    if (act !== "follow") throw new Refused(400, "form-incomplete");
    const checked = runCommand.body.safeParse({ ...address, ...from });
    if (!checked.success) throw new Refused(404, "link-unknown");
    return back.asProgram.call(runCommand, { body: checked.data });
  }
  const seen = form.names.includes("List-Unsubscribe") ? "0" : form.text("shownUntil");
  const shownUntil = /^\d{1,15}$/.test(seen) ? Number(seen) : undefined;
  const checked = followLink.body.safeParse({ ...address, ...from, act, shownUntil });
  if (!checked.success) throw new Refused(400, "form-incomplete");
  return back.asProgram.call(followLink, { body: checked.data });
}

function showAsk(c: Visit, shown: Shown): Response | Promise<Response> {
  useLanguage(c, shown.language);
  const { t } = c.var;
  const words = commandWords[shown.command];
  if (!words) throw new Refused(404, "link-unknown");
  const fixed = c.req.query("signature") !== undefined;
  if (shown.state === "expired" && !shown.undoable) throw new Refused(410, "link-expired");
  const used = html`<p class="lead">${t("This was done already.")}</p>${shown.undoable ? undoForm(t) : ""}`;
  return show(c, { title: words.title(t), content: shown.state === "ready" ? ask(c, words, shown) : used, fixed });
}

function ask(c: Visit, words: Words, shown: Shown): Html {
  const { t } = c.var;
  if (shown.command === "unsubscribe" && shown.purposes.length === 0)
    return html`<p class="lead">${t("You do not get this any more.")}</p>${shown.undoable ? undoForm(t) : ""}`;
  const refuse = html`<form method="post">${hidden("go", "refuse")}${hidden("shownUntil", "0")}
    <p class="quiet">${t("If this was not you, say so, and what was entered is dropped:")}</p>
    <p class="actions"><button class="second">${t("This was not me")}</button></p></form>`;
  return html`<p class="lead">${words.explain(t, shown)}</p>${effects(c, shown)}
    <form method="post">${hidden("go", "1")}${hidden("shownUntil", String(shown.shownUntil))}
    <p class="actions"><button>${words.button(t)}</button></p></form>
    ${shown.refusable ? refuse : html`<p class="quiet">${t("If this was not you, simply close this page: nothing happens.")}</p>`}`;
}

function undoForm(t: Translate): Html {
  return html`<form method="post">${hidden("go", "undo")}${hidden("shownUntil", "0")}
    <p class="quiet">${t("Was that a mistake? For 14 days you can take it back here.")}</p>
    <p class="actions"><button class="second">${t("Take it back")}</button></p></form>`;
}

function effects({ var: { t, site } }: Visit, { command, purposes, signatures, teams, pledge }: Shown): Html | "" {
  const { organisation } = site;
  const stops = command === "unsubscribe";
  const wordings = organisation.purposes
    .filter(({ name }) => purposes.includes(name))
    .map(({ title, wording }) => inLanguage(stops ? title : wording, t.language));
  const campaigns = signatures.map((campaign) => t("Sign under the campaign “{campaign}”", { campaign }));
  const wishes = teams.map((team) => volunteerWish(t, organisation, team));
  const all = [...wordings, ...campaigns, ...wishes, ...(pledge ? [pledgeLine(t, pledge)] : [])];
  if (all.length === 0) return "";
  const heading = stops ? t("This stops:") : pledge ? t("Your pledge:") : t("With it you say:");
  return html`<div class="card"><h2>${heading}</h2><ul>${all.map((text) => html`<li>${text}</li>`)}</ul></div>`;
}

function volunteerWish(t: Translate, { volunteering }: Organisation, name: string): string {
  const team = volunteering.teams.find((known) => known.name === name);
  return team
    ? t("I want to volunteer: {team}", { team: inLanguage(team.title, t.language) })
    : t("I want to volunteer where help is needed");
}

function pledgeLine(t: Translate, { reference, interval, amount, newAmount }: NonNullable<Shown["pledge"]>): string {
  const values = { reference, interval: howOften(t, interval), amount: formatMoney(amount, t.language) };
  if (!newAmount) return t("{reference}: {amount}, {interval}", values);
  const becomes = formatMoney(newAmount, t.language);
  return t("{reference}: {becomes} instead of {amount}, {interval}", { ...values, becomes });
}

/** The person's own language, unless the reader chose one here. */
function useLanguage(c: Visit, language: string): void {
  const { site, languageChosen } = c.var;
  if (!languageChosen && site.organisation.languages.interface.includes(language))
    c.set("t", site.translator(language));
}
