// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The pages of signing in and out. They work without scripts and never say whether somebody is known here.
import { errorSummary, type FormState, field, hidden } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { below } from "../factors/addresses.ts";
import { passkeyForm } from "../factors/passkey-form.ts";
import type { View } from "../view.ts";

export interface SignInForm {
  action: string;
  service: string;
  form: FormState;
}

export function signInPage({ t, show }: View, { action, service, form }: SignInForm): Html {
  const content = html`
${errorSummary(t, form)}
<p class="lead">${t("To go on to {service}.", { service })}</p>
<form method="post" action="${action}" novalidate>
${field(form, { name: "identifier", label: t("Username or email address"), autocomplete: "username webauthn", spellcheck: false })}
${field(form, {
  name: "password",
  type: "password",
  label: t("Password"),
  hint: t("No password, or forgotten? Leave this empty: we send you a link by email."),
  autocomplete: "current-password",
})}
<p class="actions"><button>${t("Sign in")}</button>
<button name="send" value="link" class="second">${t("Send me a link instead")}</button></p>
</form>
${passkeyForm(t, { action: below(action, "passkey"), button: t("Sign in with a passkey"), offer: true, second: true })}`;
  return show({ title: t("Sign in"), content, wrong: Object.keys(form.errors).length > 0 });
}

export interface CodeForm {
  action: string;
  again: string;
  form: FormState;
}

export function linkSentPage({ t, show }: View, { action, again, form }: CodeForm): Html {
  const content = html`
${errorSummary(t, form)}
<p class="lead">${t("If we know you by what you typed, a mail is on its way. Its link works once, for 10 minutes.")}</p>
<p>${t("Do you read your mail in another browser or on another device? Then type the code from the mail here.")}</p>
<form method="post" action="${action}" novalidate>
${field(form, { name: "code", label: t("Code from the mail"), autocomplete: "one-time-code", width: "short", spellcheck: false })}
<p class="actions"><button>${t("Sign in")}</button></p>
</form>
<p><a href="${again}">${t("Start again")}</a></p>`;
  return show({ title: t("Please check your mailbox"), content, wrong: Object.keys(form.errors).length > 0 });
}

export interface FollowedLink {
  action: string;
  token: string;
  service: string;
  /** Masked: whose link it is. */
  account: string;
  /** The browser that asked, in words. */
  browser: string;
  code: string;
}

export function followedLinkPage({ t, show }: View, { action, token, service, account }: FollowedLink): Html {
  const content = html`
<p class="lead">${t("You sign in as {account}, to go on to {service}.", { account, service })}</p>
<form method="post" action="${action}">${hidden("token", token)}
<p class="actions"><button>${t("Sign in")}</button>
<button name="goal" value="password" class="second">${t("Set a new password")}</button></p>
</form>`;
  return show({ title: t("Sign in"), content });
}

export function linkElsewherePage({ t, show }: View, link: FollowedLink): Html {
  const content = html`
<p class="lead">${t("This link was asked for in another browser ({browser}), for {account}.", { browser: link.browser, account: link.account })}</p>
<h2>${t("To go on there")}</h2>
<p>${t("Type this code into the window in which you asked for the link:")}</p>
<p class="code"><strong>${link.code}</strong></p>
<p>${t("Tell it to nobody. Whoever asks you for it wants to sign in as you.")}</p>
<h2>${t("To sign in here instead")}</h2>
<p>${t("Do this only on a device of your own, and only if it was you who asked for the link.")}</p>
<form method="post" action="${link.action}">${hidden("token", link.token)}${hidden("here", "yes")}
<p class="actions"><button class="second">${t("Sign in in this browser")}</button></p>
</form>`;
  return show({ title: t("You asked for this link elsewhere"), content });
}

export function linkOverPage({ t, show, home }: View): Html {
  const content = html`
<p class="lead">${t("It was used before, or it is older than 10 minutes.")}</p>
<p><a class="button" href="${home}">${t("Go on to our site")}</a></p>`;
  return show({ title: t("This link does not work any more"), content });
}

export interface ConsentForm {
  action: string;
  service: string;
  isOurs: boolean;
  /** The host at which the person comes out, whatever the client says of itself. */
  returnsTo: string | undefined;
  uri: string | undefined;
  policyUri: string | undefined;
  tosUri: string | undefined;
  /** In words. */
  asks: string[];
}

export function consentPage({ t, show }: View, consent: ConsentForm): Html {
  const { action, service, isOurs, returnsTo, uri, policyUri, tosUri, asks } = consent;
  const link = (address: string, words: string) => html`<li><a href="${address}" rel="noreferrer">${words}</a></li>`;
  const links = [
    uri && link(uri, t("About {service}: {address}", { service, address: new URL(uri).host })),
    policyUri && link(policyUri, t("What {service} does with your data", { service })),
    tosUri && link(tosUri, t("The terms of {service}", { service })),
  ].filter(Boolean);
  const content = html`
<p class="lead">${isOurs ? t("{service} asks to:", { service }) : t("{service} is not a service of ours. It asks to:", { service })}</p>
<ul>${asks.map((words) => html`<li>${words}</li>`)}</ul>
${returnsTo && !isOurs ? html`<p>${t("From here you go on to {address}.", { address: returnsTo })}</p>` : ""}
${links.length > 0 ? html`<ul class="links">${links}</ul>` : ""}
${isOurs ? "" : html`<p class="hint">${t("We remember this. You can take it back at any time, under “Your sign-in”.")}</p>`}
<form method="post" action="${action}">
<p class="actions"><button name="allow" value="yes">${t("Allow")}</button>
<button class="second">${t("Do not allow")}</button></p>
</form>`;
  return show({ title: t("Allow {service}?", { service }), content });
}

export function signOutPage({ t, show }: View, action: string, xsrf: string): Html {
  const content = html`
<p class="lead">${t("This signs you out of all services in this browser.")}</p>
<form method="post" action="${action}">${hidden("xsrf", xsrf)}
<p class="actions"><button name="logout" value="yes">${t("Sign out")}</button>
<button class="second">${t("Stay signed in")}</button></p>
</form>`;
  return show({ title: t("Sign out?"), content });
}

export function signedOutPage({ t, show, home }: View): Html {
  const content = html`<p><a class="button" href="${home}">${t("Go on to our site")}</a></p>`;
  return show({ title: t("You are signed out"), content });
}

export function overPage({ t, show, home }: View): Html {
  const content = html`
<p class="lead">${t("It was finished in another window, or it waited for too long. Nothing is lost: start again.")}</p>
<p><a class="button" href="${home}">${t("Go on to our site")}</a></p>`;
  return show({ title: t("This sign-in is over"), content });
}

/** Something else went wrong; `detail` is for whoever runs the service that sent the visitor here. */
export function troublePage({ t, show, home, organisation }: View, title: string, detail?: string): Html {
  const { email } = organisation.contact;
  const content = html`
<p class="lead">${t("Please go back and try again. If it happens again, write to us:")} <a href="mailto:${email}">${email}</a></p>
<p><a class="button" href="${home}">${t("Go on to our site")}</a></p>
${detail ? html`<p class="hint">${detail}</p>` : ""}`;
  return show({ title, content });
}
