// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `POST /pay/<reference>`: the outside contract of paying; shops and campaign pages send their visitors here.
import { randomUUID } from "node:crypto";
import { emailAddress } from "@cdb/api/shapes.ts";
import { html } from "@cdb/theme/html.ts";
import { Hono } from "hono";
import type { Back } from "../back.ts";
import { fieldSentence } from "../problem-words.ts";
import { type Form, readForm } from "../read-form.ts";
import { type Providers, readGift, startPayment } from "../start-payment.ts";
import { type Env, show, type Visit } from "../visit.ts";
import { loadPayable } from "./transfer.ts";

export function pay(back: Back, providers: Providers): Hono<Env> {
  return new Hono<Env>().post("/pay/:reference", async (c) => {
    const form = await readForm(c);
    const payable = await loadPayable(back, c.req.param("reference"));
    const { organisation } = c.var.site;
    const read = readGift(
      form.text("amount"),
      organisation,
      payable.kind === "merchandise" ? "merchandise" : "donation",
    );
    const errors = findErrors(c, form, read);
    if ("mistake" in read || errors.length > 0) return showErrors(c, errors);
    return startPayment(c, back, providers, {
      reference: payable.reference,
      amount: { amount: read.amount, currency: organisation.currency },
      interval: "once",
      method: "card",
      email: form.text("email").trim(),
      key: randomUUID(),
      successUrl: returnAddress(c, form.text("success_url")),
      cancelUrl: returnAddress(c, form.text("cancel_url")),
    });
  });
}

function findErrors(c: Visit, form: Form, read: ReturnType<typeof readGift>): string[] {
  const email = form.text("email").trim();
  const mistakes: [string, string][] = [];
  if ("mistake" in read) mistakes.push(["amount", read.mistake]);
  if (!emailAddress.safeParse(email).success) mistakes.push(["email", email === "" ? "missing" : "malformed"]);
  for (const name of ["success_url", "cancel_url"])
    if (form.text(name) !== "" && !returnAddress(c, form.text(name))) mistakes.push([name, "address-refused"]);
  return mistakes.map(([field, code]) => fieldSentence(c, field, code));
}

/** Only hosts that the organisation names: else our address would lend its good name to any other. */
function returnAddress({ var: { site } }: Visit, text: string): string | undefined {
  const address = URL.canParse(text) && text.length <= 2_000 ? new URL(text) : undefined;
  if (address?.username !== "" || address.password !== "") return undefined;
  const secure = address.protocol === "https:" || (address.protocol === "http:" && site.url.startsWith("http:"));
  const allowed = [...site.organisation.donations.returnHosts, new URL(site.url).host].includes(address.host);
  // As we understood it: another reader of odd spellings could see another host.
  return secure && allowed ? address.href : undefined;
}

// The form stands on somebody else's page: the way back to it is the browser's.
function showErrors(c: Visit, errors: string[]): Response | Promise<Response> {
  const { t } = c.var;
  const content = html`<p class="lead">${t("Please go back one page and correct this:")}</p>
    <ul>${errors.map((error) => html`<li>${error}</li>`)}</ul>`;
  return show(c, { title: t("This did not work"), content }, 422);
}
