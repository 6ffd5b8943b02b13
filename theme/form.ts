// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The parts of a form: label, hint and error beside each field, and a summary of errors above. What was typed is kept.
import { type Html, html } from "./html.ts";
import type { Translate } from "./translate.ts";

/** What a form shows: what was typed, and what is wrong with it. */
export interface FormState {
  /** Field name → what was typed. Several ticked boxes of one name are an array. */
  values: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Field name → a sentence in the reader's language. */
  errors: Readonly<Record<string, string>>;
}

export const emptyForm: FormState = { values: {}, errors: {} };

export interface Field {
  name: string;
  label: string;
  hint?: string;
  type?: "text" | "email" | "password" | "search" | "date";
  required?: boolean;
  autocomplete?: string;
  inputmode?: "decimal" | "numeric";
  maxlength?: number;
  /** How wide the field looks, for what is short by nature. */
  width?: "short";
  spellcheck?: boolean;
  /** Several lines to type, this many at first sight. */
  rows?: number;
}

/** A place to type. */
export function field(form: FormState, options: Field): Html {
  const { name, label, hint, type = "text", rows } = options;
  const given = attributes({
    required: options.required,
    autocomplete: options.autocomplete,
    inputmode: options.inputmode,
    maxlength: options.maxlength,
    class: options.width,
    spellcheck: options.spellcheck === false ? "false" : undefined,
    ...describe(form, name, hint),
  });
  const value = type === "password" ? "" : typed(form, name);
  // A browser drops the first line break of a textarea.
  const input = rows
    ? html`<textarea id="${name}" name="${name}" rows="${rows}"${given}>\n${value}</textarea>`
    : html`<input id="${name}" name="${name}" type="${type}" value="${value}"${given}>`;
  return html`<div class="field${form.errors[name] ? " wrong" : ""}">
  <label for="${name}">${label}</label>${hintOf(name, hint)}${errorOf(form, name)}
  ${input}</div>`;
}

export interface Choice {
  name: string;
  value: string;
  label: string | Html;
  hint?: string;
  /** Chosen while nobody has chosen otherwise; not for boxes of consent. */
  preset?: boolean;
}

/** One round button of a group. */
export function radio(form: FormState, choice: Choice): Html {
  return pick("radio", form, choice);
}

/** One box to tick; never ticked before the reader does it. */
export function checkbox(form: FormState, choice: Omit<Choice, "preset">): Html {
  return pick("checkbox", form, choice);
}

/** A list to choose one from: `options` are [value, label]. */
export function select(
  form: FormState,
  options: Omit<Field, "type"> & { options: readonly (readonly [string, string])[] },
): Html {
  const { name, label, hint } = options;
  const chosen = typed(form, name);
  return html`<div class="field${form.errors[name] ? " wrong" : ""}">
  <label for="${name}">${label}</label>${hintOf(name, hint)}${errorOf(form, name)}
  <select id="${name}" name="${name}"${attributes({ autocomplete: options.autocomplete, ...describe(form, name, hint) })}>${options.options.map(
    ([value, text]) => html`<option value="${value}"${value === chosen ? html` selected` : ""}>${text}</option>`,
  )}</select></div>`;
}

/** Fields that belong together; `name` is that of the group's radio buttons or boxes. */
export function fieldset(
  form: FormState,
  options: { name: string; legend: string; hint?: string; content: Html },
): Html {
  const { name, legend, hint, content } = options;
  const described = describe(form, name, hint)["aria-describedby"];
  return html`<fieldset id="${name}" tabindex="-1"${attributes({ "aria-describedby": described, class: form.errors[name] ? "wrong" : undefined })}>
  <legend>${legend}</legend>${hintOf(name, hint)}${errorOf(form, name)}${content}</fieldset>`;
}

/** What is wrong, with a link to each field; nothing where nothing is. Takes the focus when the page opens. */
export function errorSummary(t: Translate, form: FormState): Html {
  const errors = Object.entries(form.errors);
  if (errors.length === 0) return html``;
  return html`<div class="notice wrong" role="alert" tabindex="-1" autofocus>
  <h2>${t("Please look at this again")}</h2>
  <ul>${errors.map(([name, text]) => html`<li><a href="#${name}">${text}</a></li>`)}</ul></div>`;
}

/** A value the reader does not see. */
export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}

function pick(type: "radio" | "checkbox", form: FormState, { name, value, label, hint, preset }: Choice): Html {
  const given = form.values[name];
  const chosen = given === undefined ? preset : [given].flat().includes(value);
  const id = `${name}-${value}`;
  return html`<div class="choice"><input type="${type}" id="${id}" name="${name}" value="${value}"${chosen ? html` checked` : ""}${attributes(
    { "aria-describedby": hint ? `${id}-hint` : undefined },
  )}><label for="${id}">${label}</label>${hintOf(id, hint)}</div>`;
}

function typed(form: FormState, name: string): string {
  return [form.values[name] ?? ""].flat()[0] ?? "";
}

function hintOf(id: string, hint: string | undefined): Html | "" {
  return hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : "";
}

function errorOf(form: FormState, name: string): Html | "" {
  const error = form.errors[name];
  return error ? html`<p class="error" id="${name}-error">${error}</p>` : "";
}

function describe(form: FormState, name: string, hint: string | undefined): Record<string, string | undefined> {
  const wrong = form.errors[name] !== undefined;
  const ids = [hint ? `${name}-hint` : "", wrong ? `${name}-error` : ""].filter((id) => id !== "");
  return { "aria-describedby": ids.join(" ") || undefined, "aria-invalid": wrong ? "true" : undefined };
}

function attributes(given: Record<string, string | number | boolean | undefined>): Html[] {
  return Object.entries(given)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => (value === true ? html` ${name}` : html` ${name}="${value}"`));
}
