// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/address`: the postal address, for receipts.
import { showMe } from "@cdb/api/people.ts";
import { errorSummary, type FormState, field, hidden, select } from "@cdb/theme/form.ts";
import { html } from "@cdb/theme/html.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import { countriesIn } from "../../countries.ts";
import { readForm } from "../../read-form.ts";
import type { Env, Visit } from "../../visit.ts";
import { type Again, change } from "./change-me.ts";
import { complaint, showSettings } from "./frame.ts";

const fieldNames = {
  "postalAddress.lines": "address",
  "postalAddress.postcode": "postcode",
  "postalAddress.city": "city",
  "postalAddress.country": "country",
};

export function address(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/", async (c) => {
    const { postalAddress, version } = await back.asVisitor(c).call(showMe);
    const { lines, ...rest } = postalAddress;
    return view(c, { values: { ...rest, address: lines.join("\n"), version: String(version) }, errors: {} });
  });
  app.post("/", async (c) => {
    const form = await readForm(c);
    const lines = form
      .text("address")
      .split(/\r\n|\r|\n/)
      .filter((line) => line.trim() !== "");
    const [postcode, city, country] = [form.text("postcode"), form.text("city"), form.text("country")];
    const again = await change(c, back, form, { postalAddress: { lines, postcode, city, country } }, fieldNames);
    return again ? view(c, again.form, again) : c.redirect("/settings/address?done=1", 303);
  });
  return app;
}

function view(c: Visit, form: FormState, again?: Again): Response | Promise<Response> {
  const { t } = c.var;
  const countries = [["", t("Not told")] as const, ...countriesIn(t.language)];
  const content = html`${complaint(again?.sentence)}${errorSummary(t, form)}
    <p class="lead">${t("We need it only for your receipts. You may leave it empty.")}</p>
    <form method="post" novalidate>${hidden("version", String(form.values.version ?? ""))}
    ${field(form, { name: "address", label: t("Street and number"), hint: t("Up to four lines."), autocomplete: "street-address", rows: 3 })}
    ${field(form, { name: "postcode", label: t("Postcode"), autocomplete: "postal-code", width: "short" })}
    ${field(form, { name: "city", label: t("Town"), autocomplete: "address-level2" })}
    ${select(form, { name: "country", label: t("Country"), autocomplete: "country", options: countries })}
    <p class="actions"><button>${t("Save")}</button></p></form>`;
  return showSettings(c, { title: t("Postal address"), content }, again?.status);
}
