// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the pages under `/settings` share: the way back, and the word that something was saved.
import { type Html, html } from "@cdb/theme/html.ts";
import { type Shown, show, type Visit } from "../../visit.ts";

/** A page under `/settings`; 409 when somebody else changed the data meanwhile. */
export function showSettings(
  c: Visit,
  { content, ...shown }: Shown,
  status: 200 | 409 | 422 = 200,
): Response | Promise<Response> {
  const { t } = c.var;
  const saved = c.req.method === "GET" && c.req.query("done") === "1" ? t("Saved.") : undefined;
  const back = html`<p class="back"><a href="/settings">${t("Back to my data")}</a></p>`;
  return show(c, { notice: saved, ...shown, content: html`${content}${back}`, wrong: status !== 200 }, status);
}

/** For what needs a sign-in of the last minutes; it leads back here. */
export function showSignInAgain(c: Visit, path: string): Response | Promise<Response> {
  const { t } = c.var;
  const content = html`<p class="lead">${t("For this we want to be sure that it is you.")}</p>
    <p class="actions"><a class="button" href="/sign-in?again=1&amp;return=${path}">${t("Sign in again")}</a></p>`;
  return show(c, { title: t("Please sign in again"), content }, 403);
}

/** A sentence about the form as a whole. */
export function complaint(sentence: string | undefined): Html | "" {
  return sentence ? html`<p class="notice wrong" role="alert">${sentence}</p>` : "";
}

/** The next page of a list, when there is one. */
export function older(c: Visit, last: number | string | undefined, more: boolean): Html | "" {
  return more && last !== undefined ? html`<p><a href="?before=${last}">${c.var.t("Older ones")}</a></p>` : "";
}

/** Below which id the list goes on; nonsense in the address shows the newest. */
export function readBefore(c: Visit): { before?: number } {
  const before = c.req.query("before") ?? "";
  return /^\d{1,15}$/.test(before) ? { before: Number(before) } : {};
}
