// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/address`: the postal address, for receipts, with the fields and in the order of its country.
import { showMe } from "@cdb/api/people.ts";
import { errorSummary, type FormState, field, hidden, select } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { type AddressPart, addressParts } from "@cdb/theme/postal-address.ts";
import type { Translate } from "@cdb/theme/translate.ts";
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
  "postalAddress.region": "region",
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
    if (form.text("show") !== "") return view(c, { values: form.values, errors: {} });
    const [postcode, city, country] = [form.text("postcode"), form.text("city"), form.text("country")];
    const postalAddress = { lines, postcode, city, region: form.text("region"), country };
    const again = await change(c, back, form, { postalAddress }, fieldNames);
    return again ? view(c, again.form, again) : c.redirect("/settings/address?done=1", 303);
  });
  return app;
}

const fields: Record<AddressPart, (t: Translate, form: FormState) => Html> = {
  lines: (t, form) =>
    field(form, {
      name: "address",
      label: t("Street and number"),
      hint: t("Up to four lines."),
      autocomplete: "street-address",
      rows: 3,
    }),
  postcode: (t, form) =>
    field(form, { name: "postcode", label: t("Postcode"), autocomplete: "postal-code", width: "short" }),
  city: (t, form) => field(form, { name: "city", label: t("Town"), autocomplete: "address-level2" }),
  region: (t, form) => field(form, { name: "region", label: t("State or province"), autocomplete: "address-level1" }),
};

function view(c: Visit, form: FormState, again?: Again): Response | Promise<Response> {
  const { t } = c.var;
  const countries = [["", t("Not given")] as const, ...countriesIn(t.language)];
  const country = String(form.values.country ?? "");
  const parts = addressParts(country);
  // What was told is shown even where the country does not know such a part.
  const strange = (["postcode", "city", "region"] as const).filter(
    (part) => !parts.includes(part) && form.values[part],
  );
  const content = html`${complaint(again?.sentence)}${errorSummary(t, form)}
    <p class="lead">${t("We need it only for your receipts. You may leave it empty.")}</p>
    <form method="post" novalidate>${hidden("version", String(form.values.version ?? ""))}
    ${[...parts, ...strange].map((part) => fields[part](t, form))}
    ${select(form, { name: "country", label: t("Country"), autocomplete: "country", options: countries })}
    <p class="actions"><button>${t("Save")}</button>
    <button class="second" name="show" value="1">${t("Show the fields of this country")}</button></p></form>`;
  return showSettings(c, { title: t("Postal address"), content }, again?.status);
}
