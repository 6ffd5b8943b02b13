// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The pages of the second factor: asking for it, and setting one up. They stand in a sign-in and in the account area.

import { qrSvg } from "@cdb/runtime/qr.ts";
import { errorSummary, type FormState, field, hidden } from "@cdb/theme/form.ts";
import { type Html, html, raw } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import type { Shown, View } from "../view.ts";
import { below } from "./addresses.ts";
import type { NewApp } from "./apps.ts";
import type { Demand } from "./demand.ts";
import type { Factor } from "./factors.ts";
import { passkeyForm } from "./passkey-form.ts";

export interface StepPage {
  action: string;
  other: string;
  service: string;
  factors: readonly Factor[];
  form: FormState;
}

export function stepPage({ t }: View, { action, other, service, factors, form }: StepPage): Shown {
  const [hasApp, hasPasskey] = (["app", "passkey"] as const).map((kind) => factors.some((it) => it.kind === kind));
  const content = html`
${errorSummary(t, form)}
<p class="lead">${t("To go on to {service}.", { service })}</p>
${hasPasskey ? passkeyForm(t, { action: below(action, "with-passkey"), button: t("Use a passkey") }) : ""}
<form method="post" action="${action}" novalidate>
${field(form, {
  name: "code",
  label: hasApp ? t("Code from your app, or a recovery code") : t("Recovery code"),
  autocomplete: "one-time-code",
  inputmode: "numeric",
  width: "short",
})}
<p class="actions"><button${hasPasskey ? html` class="second"` : ""}>${t("Sign in")}</button></p>
</form>
<p>${t("Lost both? Write to us; we make sure that it is you, and help.")}</p>
<p><a href="${other}">${t("Sign in as somebody else")}</a></p>`;
  return { title: t("The second factor"), content, wrong: Object.keys(form.errors).length > 0 };
}

export interface ChoicePage {
  base: string;
  other: string;
  service: string;
  demand: Demand;
}

/** For who has none, and needs one to go on. */
export function choicePage({ t }: View, { base, other, service, demand }: ChoicePage): Shown {
  const content = html`
<p class="lead">${why(t, demand, service)}</p>
<p>${t("It is something you have beside your password or mailbox, so that nobody gets in who has only got hold of those.")}</p>
${waysIn(t, base)}
${
  demand === "wished"
    ? html`<form method="post" action="${below(base, "decline")}">
<p class="actions"><button class="second">${t("Go on without")}</button></p></form>`
    : ""
}
<p><a href="${other}">${t("Sign in as somebody else")}</a></p>`;
  return { title: t("Set up a second factor"), content };
}

/** What can be added. */
export function waysIn(t: Translate, base: string): Html {
  return html`<ul>
<li><a href="${below(base, "app")}">${t("An authenticator app")}</a> – ${t("shows a code of six digits, on a phone or computer.")}</li>
<li><a href="${below(base, "passkey")}">${t("A passkey")}</a> – ${t("kept by this device, a phone or a security key; it opens with a finger, a face or a PIN.")}</li>
</ul>`;
}

function why(t: Translate, demand: Demand, service: string): string {
  if (demand === "staff") return t("You see other people's data here. For this you need a second factor.");
  if (demand === "essential") return t("{service} asks for a second factor.", { service });
  return t("{service} would like you to sign in with a second factor.", { service });
}

export interface AppPage {
  action: string;
  back: string;
  app: NewApp;
  form: FormState;
}

export function appPage({ t }: View, { action, back, app, form }: AppPage): Shown {
  const label = t("QR code for your authenticator app");
  const content = html`
${errorSummary(t, form)}
<ol>
<li>${t("Open an authenticator app, such as Aegis, FreeOTP or one that you have already.")}</li>
<li>${t("Let it scan this code, or type the key into it.")}
<div class="qr">${raw(qrSvg(app.address, { label }))}</div>
<p>${t("Key:")} <code>${app.text}</code></p>
<p><a href="${app.address}">${t("Or open it in an app on this device")}</a></p></li>
<li>${t("Type the code that it shows.")}</li>
</ol>
<form method="post" action="${action}" novalidate>${hidden("sealed", app.sealed)}
${field(form, { name: "code", label: t("Code from your app"), autocomplete: "one-time-code", inputmode: "numeric", width: "short" })}
${nameField(t, form, t("Authenticator app"))}
<p class="actions"><button>${t("Add")}</button></p>
</form>
<p><a href="${back}">${t("Back")}</a></p>`;
  return { title: t("Add an authenticator app"), content, wrong: Object.keys(form.errors).length > 0 };
}

export interface NewPasskeyPage {
  action: string;
  back: string;
  form: FormState;
}

export function newPasskeyPage({ t }: View, { action, back, form }: NewPasskeyPage): Shown {
  const content = html`
${errorSummary(t, form)}
<p>${t("Your browser asks which device is to keep the passkey. With it you can sign in without a password, too.")}</p>
${passkeyForm(t, { action, button: t("Add a passkey"), fields: nameField(t, form, t("Passkey")) })}
<p><a href="${back}">${t("Back")}</a></p>`;
  return { title: t("Add a passkey"), content, wrong: Object.keys(form.errors).length > 0 };
}

function nameField(t: Translate, form: FormState, example: string): Html {
  return field(form, {
    name: "name",
    label: t("Name"),
    hint: t("So that you know it again among others. Left empty: “{example}”.", { example }),
    maxlength: 60,
  });
}

export interface CodesPage {
  codes: readonly string[];
  next: string;
  button: string;
}

/** Shown once: nobody can show them again. */
export function codesPage({ t }: View, { codes, next, button }: CodesPage): Shown {
  const content = html`
<p>${t("Print this page or write these codes down, and keep them where you find them without your device. Each signs you in once in place of the second factor.")}</p>
<ul class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
<p>${t("We cannot show them again. You can have new ones made at any time; then these count no more.")}</p>
<p class="actions"><a class="button" href="${next}">${button}</a></p>`;
  return { title: t("Your recovery codes"), content };
}
