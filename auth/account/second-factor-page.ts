// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the page of the second factor shows: each with its name, and the recovery codes.
import { localeOf } from "@cdb/runtime/locale.ts";
import { errorSummary, type FormState, field, hidden } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import type { Factor } from "../factors/factors.ts";
import { waysIn } from "../factors/pages.ts";
import type { Shown, View } from "../view.ts";

export interface Overview {
  address: string;
  factors: readonly Factor[];
  codesLeft: number;
  isNeeded: boolean;
  timeZone: string;
  /** What was done a moment ago. */
  done: string | undefined;
  form: FormState;
}

const deeds = ["added", "renamed", "removed"] as const;

export function isDone(said: string | undefined): boolean {
  return (deeds as readonly (string | undefined)[]).includes(said);
}

export function overviewPage({ t }: View, shown: Overview): Shown {
  const { address, factors, isNeeded, done, form } = shown;
  const content = html`
${done ? html`<p class="notice done" role="status">${said(t, done)}</p>` : ""}
${errorSummary(t, form)}
${factors.length === 0 ? html`<p class="lead">${t("You have none. With one, nobody gets in who has only got hold of your password or your mailbox.")}</p>` : ""}
${factors.map((factor) => factorPart(t, factor, shown))}
${isNeeded ? html`<p>${t("You see other people's data here, so you need one.")}</p>` : ""}
<h2>${factors.length === 0 ? t("Add one") : t("Add another")}</h2>
${waysIn(t, address)}
${factors.length > 0 ? codesPart(t, shown) : ""}`;
  return { title: t("Second factor"), content, wrong: Object.keys(form.errors).length > 0 };
}

function said(t: Translate, done: string): string {
  if (done === "added") return t("It is added. We told you by email, too.");
  return done === "removed" ? t("It is removed. We told you by email, too.") : t("It has its new name.");
}

function factorPart(t: Translate, factor: Factor, { address, form, timeZone }: Overview): Html {
  const { id, kind, name, createdAt, lastUsedAt } = factor;
  const day = (moment: Date) =>
    new Intl.DateTimeFormat(localeOf(t.language), { dateStyle: "medium", timeZone }).format(moment);
  const refusal = form.errors[`remove-${id}`];
  const isWrong = refusal !== undefined || form.errors[`name-${id}`] !== undefined;
  const values = { [`name-${id}`]: name, ...form.values };
  return html`<section>
<h2>${name}</h2>
<p>${kind === "app" ? t("Authenticator app") : t("Passkey")} · ${t("added on {day}", { day: day(createdAt) })} ·
${lastUsedAt ? t("last used on {day}", { day: day(lastUsedAt) }) : t("not used yet")}</p>
<details${isWrong ? html` open` : ""}><summary>${t("Rename or remove “{name}”", { name })}</summary>
<form method="post" action="${address}">${hidden("do", "rename")}${hidden("factor", id)}
${field({ ...form, values }, { name: `name-${id}`, label: t("Name"), maxlength: 60 })}
<p class="actions"><button class="second">${t("Rename")}</button></p></form>
<form method="post" action="${address}" id="remove-${id}" tabindex="-1">${hidden("do", "remove")}${hidden("factor", id)}
${refusal ? html`<p class="error">${refusal}</p>` : ""}
<p class="actions"><button class="second">${t("Remove")}</button></p></form>
</details></section>`;
}

function codesPart(t: Translate, { address, codesLeft }: Overview): Html {
  return html`<h2>${t("Recovery codes")}</h2>
<p>${t.plural("{count} of 10 is left.", "{count} of 10 are left.", codesLeft)}</p>
<form method="post" action="${address}">${hidden("do", "codes")}
<p class="actions"><button class="second">${t("Make ten new ones")}</button></p></form>`;
}
