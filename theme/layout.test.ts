// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Pages escape what they show, and forms keep what was typed.
import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkbox, errorSummary, field, fieldset, radio } from "./form.ts";
import { html } from "./html.ts";
import { chooseLanguage, languageName } from "./language.ts";
import { page } from "./layout.ts";
import { openStylesheet } from "./serve-stylesheet.ts";
import { openTranslations } from "./translate.ts";

const t = openTranslations()("de");
const organisation = {
  name: "Ours & <Theirs>",
  website: "https://example.org",
  contact: { email: "contact@example.org", address: ["Street 1"] },
  languages: { interface: ["en", "de"] },
};

test("a page has one h1, its language, and a switch that keeps the rest of the address", async () => {
  const options = { t, organisation, stylesheet: "/s.css", title: "Hello", content: html`<p>${"<script>"}</p>` };
  const text = String(await page({ ...options, path: "/donate?period=m&lang=en&x=1" }));
  assert.equal(text.match(/<h1>/g)?.length, 1);
  assert.match(text, /<html lang="de">/);
  assert.match(
    text,
    /href="\/donate\?period=m&amp;lang=de&amp;x=1" lang="de" hreflang="de" aria-current="true">Deutsch/,
  );
  assert.match(text, /Ours &amp; &lt;Theirs&gt;/);
  assert.match(text, /<p>&lt;script&gt;<\/p>/);
});

test("a wrong field says so beside it and in the summary, and keeps what was typed", async () => {
  const form = { values: { email: `"><script>` }, errors: { email: "This is no address." } };
  const text = String(
    await html`${errorSummary(t, form)}${field(form, { name: "email", label: "Email", hint: "Yours", type: "email" })}`,
  );
  assert.match(text, /<a href="#email">This is no address\.<\/a>/);
  assert.match(text, /value="&quot;&gt;&lt;script&gt;"/);
  assert.match(text, /aria-describedby="email-hint email-error" aria-invalid="true"/);
});

test("a box is ticked only when the reader ticked it; a radio button may be preset", async () => {
  const one = { name: "purposes", value: "info", label: "Info" };
  const empty = { values: {}, errors: {} };
  assert.doesNotMatch(String(await checkbox(empty, one)), / checked/);
  assert.match(String(await checkbox({ values: { purposes: ["news", "info"] }, errors: {} }, one)), / checked/);
  assert.match(String(await radio(empty, { ...one, preset: true })), / checked/);
  assert.doesNotMatch(
    String(await radio({ values: { purposes: "x" }, errors: {} }, { ...one, preset: true })),
    / checked/,
  );
  const group = await fieldset(
    { values: {}, errors: { purposes: "Choose." } },
    { name: "purposes", legend: "L", content: html`` },
  );
  assert.match(String(group), /aria-describedby="purposes-error" class="wrong"/);
});

test("the language is the first wish that is offered, then the browser's, then English", () => {
  const offered = ["en", "de"];
  assert.equal(chooseLanguage(offered, [undefined, "de"], "en"), "de");
  assert.equal(chooseLanguage(offered, ["xx"], "fr;q=0.9, de-AT;q=0.8, en;q=0.2"), "de");
  assert.equal(chooseLanguage(offered, [], "garbage;;;q=,".repeat(9999)), "en");
  assert.equal(languageName("fr"), "Français");
});

test("the stylesheet's address changes with its content, and an organisation may add to it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "theme-"));
  writeFileSync(join(folder, "theme.css"), ":root { --accent: purple }");
  const [plain, own] = [openStylesheet(), openStylesheet(folder)];
  assert.notEqual(plain.address, own.address);
  assert.match(await own.respond().text(), /purple/);
  assert.match(own.respond().headers.get("cache-control") ?? "", /immutable/);
});
