// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/command/<name>`: what a prepared link does. Opening it shows, and only its button acts: programs that scan mails open links too.
import { followLink, runCommand, showCommand, showLink } from "@cdb/api/links.ts";
import type { Answer } from "@cdb/api/operation.ts";
import { word } from "@cdb/api/shapes.ts";
import { inLanguage } from "@cdb/runtime/organisation.ts";
import { hidden } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { Hono } from "hono";
import type { Back } from "../back.ts";
import { networkAddress } from "../network-address.ts";
import { type Form, readFields, readForm } from "../read-form.ts";
import { Refused } from "../refused.ts";
import { type Env, show, type Visit } from "../visit.ts";

type Shown = Answer<typeof showLink>;

interface Words {
  title(t: Translate): string;
  explain(t: Translate, shown: Shown): string;
  button(t: Translate): string;
  done(t: Translate): string;
}

const commandWords: Record<string, Words> = {
  confirm: {
    title: (t) => t("Please confirm"),
    explain: (t, { email }) => t("The email address {email} was entered on our page. Was that you?", { email }),
    button: (t) => t("Yes, confirm"),
    done: (t) => t("Thank you, it is confirmed."),
  },
  "change-email": {
    title: (t) => t("Change the email address"),
    explain: (t, { email, newEmail }) =>
      t("From now on we write to {newEmail} instead of {email}.", { email, newEmail: newEmail ?? "" }),
    button: (t) => t("Change it"),
    done: (t) => t("Your email address is changed."),
  },
  "keep-me": {
    title: (t) => t("Keep my data"),
    explain: (t, { email }) => t("The data of {email} are kept after all.", { email }),
    button: (t) => t("Keep my data"),
    done: (t) => t("Your data stay."),
  },
  "restore-email": {
    title: (t) => t("Take the change back"),
    explain: (t, { email, newEmail }) =>
      t("We write to {newEmail} again instead of {email}, and every device is signed out.", {
        email,
        newEmail: newEmail ?? "",
      }),
    button: (t) => t("Take it back"),
    done: (t) => t("Your former email address is back."),
  },
};

export function command(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/command/:name", async (c) => showAsk(c, await load(back, readAddress(c))));
  app.post("/command/:name", async (c) => {
    const form = await readForm(c);
    if (form.text("go") !== "1") throw new Refused(400, "form-incomplete");
    const { outcome, command, language } = await act(c, back, readAddress(c), form);
    useLanguage(c, language);
    const { t } = c.var;
    const sentence = outcome === "done" ? commandWords[command]?.done(t) : t("This was done already.");
    return show(c, {
      title: t("Done"),
      content: html`<p class="lead">${sentence ?? t("Done")}</p><p><a href="/">${t("To the first page")}</a></p>`,
    });
  });
  return app;
}

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
  if (!("token" in address)) {
    const checked = runCommand.body.safeParse({ ...address, ...from });
    if (!checked.success) throw new Refused(404, "link-unknown");
    return back.asProgram.call(runCommand, { body: checked.data });
  }
  const shownUntil = /^\d{1,15}$/.test(form.text("shownUntil")) ? Number(form.text("shownUntil")) : undefined;
  const checked = followLink.body.safeParse({ ...address, ...from, shownUntil });
  if (!checked.success) throw new Refused(400, "form-incomplete");
  return back.asProgram.call(followLink, { body: checked.data });
}

function showAsk(c: Visit, shown: Shown): Response | Promise<Response> {
  useLanguage(c, shown.language);
  const { t } = c.var;
  const words = commandWords[shown.command];
  if (!words) throw new Refused(404, "link-unknown");
  const fixed = c.req.query("signature") !== undefined;
  if (shown.state === "expired") throw new Refused(410, "link-expired");
  const used = html`<p class="lead">${t("This was done already.")}</p>`;
  const ask = html`<p class="lead">${words.explain(t, shown)}</p>${effects(c, shown)}
    <form method="post">${hidden("go", "1")}${hidden("shownUntil", String(shown.shownUntil))}
    <p class="actions"><button>${words.button(t)}</button></p></form>
    <p class="quiet">${t("If this was not you, simply close this page: nothing happens.")}</p>`;
  return show(c, { title: words.title(t), content: shown.state === "used" ? used : ask, fixed });
}

function effects({ var: { t, site } }: Visit, { purposes, signatures }: Shown): Html | "" {
  const wordings = site.organisation.purposes
    .filter(({ name }) => purposes.includes(name))
    .map(({ wording }) => inLanguage(wording, t.language));
  const campaigns = signatures.map((campaign) => t("Sign under the campaign “{campaign}”", { campaign }));
  const all = [...wordings, ...campaigns];
  if (all.length === 0) return "";
  return html`<div class="card"><h2>${t("With it you say:")}</h2><ul>${all.map((text) => html`<li>${text}</li>`)}</ul></div>`;
}

/** The person's own language, unless the reader chose one here. */
function useLanguage(c: Visit, language: string): void {
  const { site, languageChosen } = c.var;
  if (!languageChosen && site.organisation.languages.interface.includes(language))
    c.set("t", site.translator(language));
}
