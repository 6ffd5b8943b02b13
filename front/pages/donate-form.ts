// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The form of `/donate` and `/support`.
import type { Interval } from "@cdb/api/shapes.ts";
import { inLanguage, mailPurposes } from "@cdb/runtime/organisation.ts";
import { checkbox, errorSummary, type FormState, field, fieldset, hidden, radio } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { formatMoney, plainAmount } from "@cdb/theme/money.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { show, type Visit } from "../visit.ts";

/** Who is signed in and gives: not asked for what we know. */
export interface Giver {
  name: string;
  email: string;
}

const intervals: Interval[] = ["once", "monthly", "quarterly", "yearly"];

export function showDonateForm(
  c: Visit,
  form: FormState,
  giver: Giver | undefined,
  sentence?: string,
): Response | Promise<Response> {
  const { t, site } = c.var;
  const { organisation } = site;
  const support = c.req.path === "/support";
  const again = c.req.method === "POST";
  const lead = support ? supporterLead(c) : t("Thank you for helping {name}.", { name: organisation.name });
  const content = html`${sentence ? html`<p class="notice wrong" role="alert">${sentence}</p>` : ""}${errorSummary(t, form)}
    <p class="lead">${lead}</p>
    <form method="post" action="${c.req.path}" novalidate>
    ${hidden("key", String(form.values.key ?? ""))}${hidden("referrer", String(form.values.referrer ?? ""))}
    ${intervalFields(t, form)}${amountFields(c, form)}
    ${giver ? html`<p>${t("You give as {name} ({email}).", { name: giver.name, email: giver.email })}</p>` : personFields(t, form)}
    ${methodFields(c, form)}${giver ? "" : purposeFields(c, form)}
    <p class="actions"><button>${t("Continue")}</button></p></form>
    <p class="quiet">${t("You see everything once more before any money moves.")}</p>`;
  const title = support ? t("Become a supporter") : t("Donate");
  return show(c, { title, content, wrong: again }, again ? 422 : 200);
}

export function intervalName(t: Translate, interval: Interval): string {
  const names = {
    once: t("Once"),
    monthly: t("Monthly"),
    quarterly: t("Quarterly"),
    yearly: t("Yearly"),
  };
  return names[interval];
}

/** The same behind an amount. */
export function howOften(t: Translate, interval: Interval): string {
  const words = {
    once: t("once"),
    monthly: t("every month"),
    quarterly: t("every three months"),
    yearly: t("every year"),
  };
  return words[interval];
}

function supporterLead({ var: { t, site } }: Visit): string {
  const { currency, donations } = site.organisation;
  return t("Supporters give {monthly} a month or more, or {yearly} a year or more.", {
    monthly: formatMoney({ amount: donations.supporterMonthly, currency }, t.language),
    yearly: formatMoney({ amount: donations.supporterYearly, currency }, t.language),
  });
}

function intervalFields(t: Translate, form: FormState): Html {
  const choices = intervals.map((value) => radio(form, { name: "interval", value, label: intervalName(t, value) }));
  const content = html`<div class="choices">${choices}</div>`;
  return fieldset(form, { name: "interval", legend: t("How often?"), content });
}

// Each interval has suggestions of its own; the stylesheet shows those of the interval that is chosen.
function amountFields({ var: { t, site } }: Visit, form: FormState): Html {
  const { currency, donations } = site.organisation;
  const { once, monthly, yearly } = donations.suggestions;
  const suggestions = { once, monthly, quarterly: monthly.map((amount) => 3 * amount), yearly };
  const groups = intervals.map((interval) => {
    const choices = suggestions[interval].map((amount, place) =>
      radio(form, {
        name: `amount_${interval}`,
        value: plainAmount({ amount, currency }),
        label: formatMoney({ amount, currency }, t.language),
        preset: place === Math.floor((suggestions[interval].length - 1) / 2),
      }),
    );
    return html`<div class="choices for-${interval}" role="group" aria-label="${intervalName(t, interval)}">${choices}</div>`;
  });
  const other = field(form, {
    name: "amount",
    label: t("Another amount"),
    hint: t("Used instead of the choice above. In {currency}.", { currency }),
    inputmode: "decimal",
    autocomplete: "off",
    width: "short",
  });
  return html`${fieldset(form, { name: "amounts", legend: t("How much?"), content: html`${groups}` })}${other}`;
}

function personFields(t: Translate, form: FormState): Html {
  const email = { name: "email", label: t("Email address"), hint: t("We send our thanks and the reference there.") };
  return html`${field(form, { name: "name", label: t("Name"), autocomplete: "name", required: true })}
    ${field(form, { ...email, type: "email", autocomplete: "email", required: true, spellcheck: false })}
    ${checkbox(form, { name: "category", value: "o", label: t("I am giving for an organisation; the name above is its name.") })}`;
}

function methodFields({ var: { t, site } }: Visit, form: FormState): Html {
  const { methods } = site.organisation.donations;
  const [only] = methods;
  if (methods.length === 1 && only) return hidden("method", only);
  const words = {
    card: [t("By card"), t("On the page of our payment provider Stripe.")],
    paypal: [t("By PayPal"), t("On PayPal's page, with your account there or without one.")],
    transfer: [t("By bank transfer"), t("You get our bank account, a reference and a code to scan.")],
  } as const;
  const choices = methods.map((value, place) =>
    radio(form, { name: "method", value, label: words[value][0], hint: words[value][1], preset: place === 0 }),
  );
  return fieldset(form, { name: "method", legend: t("How do you want to pay?"), content: html`${choices}` });
}

function purposeFields({ var: { t, site } }: Visit, form: FormState): Html {
  const choices = mailPurposes(site.organisation).map(({ name, wording }) =>
    checkbox(form, { name: "purposes", value: name, label: inLanguage(wording, t.language) }),
  );
  return fieldset(form, {
    name: "purposes",
    legend: t("Do you want to hear from us?"),
    hint: t("It is up to you: your gift does not depend on it."),
    content: html`${choices}`,
  });
}
