// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/username`: the username that the person has, or one to choose, once.
import { chooseMyUsername, showMyAccount } from "@cdb/api/accounts.ts";
import type { Answer } from "@cdb/api/operation.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import { errorSummary, type FormState, field } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import { fieldErrors, fieldSentence } from "../../problem-words.ts";
import { checkBody, readForm } from "../../read-form.ts";
import type { Env, Visit } from "../../visit.ts";
import { showSettings } from "./frame.ts";

type Account = Answer<typeof showMyAccount>;

export function username(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/", async (c) => {
    const account = await back.asVisitor(c).call(showMyAccount);
    const [suggested = ""] = account.suggestions;
    const picked = account.suggestions.find((name) => name === c.req.query("pick"));
    return view(c, account, { values: { username: picked ?? suggested }, errors: {} });
  });
  app.post("/", async (c) => {
    const form = await readForm(c);
    const again = async (errors: Record<string, string>) =>
      view(c, await back.asVisitor(c).call(showMyAccount), { values: form.values, errors }, 422);
    // Whoever begins it with a capital letter means the small one.
    const checked = checkBody(c, chooseMyUsername.body, { username: form.text("username").trim().toLowerCase() });
    if ("errors" in checked) return again(checked.errors);
    try {
      await back.asVisitor(c).call(chooseMyUsername, { body: checked.body });
    } catch (error) {
      const errors = error instanceof ProblemError ? refusalOf(c, error) : undefined;
      if (!errors) throw error;
      return again(errors);
    }
    return c.redirect("/settings/username?done=1", 303);
  });
  return app;
}

function refusalOf(c: Visit, { problem }: ProblemError): Record<string, string> | undefined {
  const taken = ["username-taken", "username-looks-taken", "username-chosen", "username-not-entitled"];
  if (taken.includes(problem.code)) return { username: fieldSentence(c, "username", problem.code) };
  return fieldErrors(c, problem);
}

function view(c: Visit, account: Account, form: FormState, status: 200 | 422 = 200): Response | Promise<Response> {
  const { t } = c.var;
  const title = account.username === null && account.mayChoose ? t("Choose your username") : t("Username");
  return showSettings(c, { title, content: html`${errorSummary(t, form)}${contentOf(c, account, form)}` }, status);
}

function contentOf(c: Visit, account: Account, form: FormState): Html {
  const { t } = c.var;
  if (account.username !== null) return describe(c, account, account.username);
  if (!account.mayChoose) return sayWhoMay(c);
  const { domain } = c.var.site.organisation.usernames;
  return html`<p class="lead">${t("It opens the services, and mail to your username at {domain} reaches you. You choose it once; later only we can change it.", { domain })}</p>
    <form method="post" novalidate>
    ${field(form, {
      name: "username",
      label: t("Username"),
      hint: t(
        "3 to 32 characters: lowercase letters from a to z and digits, a letter first; single dots, dashes and underscores between them.",
      ),
      autocomplete: "username",
      required: true,
      spellcheck: false,
      maxlength: 64,
    })}
    ${suggestionsOf(t, account.suggestions)}
    <p class="actions"><button>${t("Take this username")}</button></p></form>`;
}

function suggestionsOf(t: Translate, suggestions: string[]): Html | "" {
  if (suggestions.length === 0) return "";
  const links = suggestions.map((name) => html`<li><a href="/settings/username?pick=${name}">${name}</a></li>`);
  return html`<p id="free">${t("These are free. Choose one to put it into the field:")}</p><ul aria-labelledby="free">${links}</ul>`;
}

function describe({ var: { t, site } }: Visit, { state, address }: Account, name: string): Html {
  const sentences = {
    open: t("With it and a password you sign in to the services. Without a password a link by mail is all you need."),
    paused: t(
      "Your account is paused: it opens no services and forwards no mail. The username stays yours. As soon as you support us again or work with us, it opens by itself.",
    ),
    closed: t(
      "Your account is closed: it opens no services and forwards no mail. Please write to us if that is a mistake.",
    ),
  };
  return html`<dl class="facts"><dt>${t("Username")}</dt><dd>${name}</dd>
    ${address ? html`<dt>${t("Forwarded to your email address")}</dt><dd>${address}</dd>` : ""}</dl>
    <p>${sentences[state ?? "closed"]}</p>
    <p>${t("Only we can change a username. Please write to us if you have to.")}</p>
    ${state === "open" ? actionsOf(t, site.accountUrl) : ""}`;
}

function actionsOf(t: Translate, accountUrl: string): Html {
  return html`<p class="actions"><a class="button" href="/settings/services">${t("Services and groups")}</a>
    <a class="button second" href="${accountUrl}/password">${t("Set or change the password")}</a></p>`;
}

/** What the profile asks of who wants one. */
function sayWhoMay({ var: { t, site } }: Visit): Html {
  const ways: [rule: RegExp, way: Html][] = [
    [/^supporter$/, html`<a href="/support">${t("Support us regularly.")}</a>`],
    [/^volunteer/, html`<a href="/volunteer">${t("Work with us as a volunteer.")}</a>`],
  ];
  const open = ways.filter(([rule]) => site.organisation.accounts.entitled.some((each) => rule.test(each)));
  return html`<p class="lead">${t("A username opens our services. These are the ways to one:")}</p>
    <ul>${open.map(([, way]) => html`<li>${way}</li>`)}</ul>
    <p>${t("As soon as your first payment is here, or a coordinator has taken you in, you can choose it on this page.")}</p>`;
}
