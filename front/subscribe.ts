// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The outside contract of signing up: other people's pages and programs post here, so fields and answers must stay as they are.

import { ProblemError } from "@cdb/api/problems.ts";
import { register } from "@cdb/api/registrations.ts";
import { day } from "@cdb/api/shapes.ts";
import { mailPurposes } from "@cdb/runtime/organisation.ts";
import { Hono } from "hono";
import type { z } from "zod";
import type { Back } from "./back.ts";
import { networkAddress } from "./network-address.ts";
import { fieldOfPurpose, showSubscribed, showSubscribeForm } from "./pages/subscribe.ts";
import { fieldErrors, fieldSentence } from "./problem-words.ts";
import { type CheckedForm, checkBody, checkMailable, type Form, readForm, readReferrer } from "./read-form.ts";
import type { Env, Visit } from "./visit.ts";

const truths = ["yes", "on", "true", "1"];
const fieldNames = {
  email: "email1",
  "postalAddress.lines": "address",
  "postalAddress.postcode": "zip",
  "postalAddress.city": "city",
  "postalAddress.country": "country",
  "origin.referrer": "referrer",
};

type Registration = z.output<typeof register.body>;

/** `POST /subscribe` for forms, `POST /subscribe-api` for programs. */
export function subscribe(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.post("/subscribe", (c) =>
    answer(c, "mail", async (body) => {
      // A person does not see the field; a program that fills it in learns nothing.
      if (body) await back.asProgram.call(register, { body });
      return showSubscribed(c);
    }),
  );
  app.post("/subscribe-api", (c) =>
    answer(c, "caller", async (body, form) => {
      if (!body) return showSubscribeForm(c, { values: form.values, errors: {} });
      const { id, donref } = await back.asProgram.call(register, { body });
      return c.json({ id, donref });
    }),
  );
  return app;
}

/** `body` is undefined for who filled in the honeypot. */
type Act = (body: Registration | undefined, form: Form) => Promise<Response>;

async function answer(c: Visit, confirmation: "mail" | "caller", act: Act): Promise<Response> {
  const form = await readForm(c);
  c.set("t", c.var.site.translator(pageLanguage(c, form)));
  const registration = readRegistration(c, form, confirmation);
  const checked = await checkMailable(c, registration, form.text("email1").trim(), "email1");
  if ("errors" in checked) return showSubscribeForm(c, { values: form.values, errors: checked.errors });
  try {
    return await act(form.text("password") === "" ? checked.body : undefined, form);
  } catch (error) {
    const errors = error instanceof ProblemError ? fieldErrors(c, error.problem, fieldNames) : undefined;
    if (!errors) throw error;
    return showSubscribeForm(c, { values: form.values, errors });
  }
}

function readRegistration(c: Visit, form: Form, confirmation: "mail" | "caller"): CheckedForm<Registration> {
  const { organisation } = c.var.site;
  const { signatures, errors } = readSignatures(c, form);
  if (Object.keys(errors).length > 0) return { errors };
  return checkBody(
    c,
    register.body,
    {
      name: form.text("name"),
      email: form.text("email1").trim(),
      kind: form.text("category") === "o" ? "organisation" : "individual",
      language: mailLanguage(c, form),
      ...readPostalAddress(form),
      purposes: mailPurposes(organisation)
        .map(({ name }) => name)
        .filter((name) => wants(form, name)),
      signatures,
      confirmation,
      origin: {
        channel: c.req.path,
        referrer: readReferrer(form.text("referrer")),
        ...networkAddress(c),
      },
    },
    fieldNames,
  );
}

function wants(form: Form, purpose: string): boolean {
  return truths.includes(form.text(fieldOfPurpose(purpose)).toLowerCase());
}

function readSignatures(c: Visit, form: Form): { signatures: Record<string, string>; errors: Record<string, string> } {
  const signatures: Record<string, string> = {};
  const errors: Record<string, string> = {};
  for (const campaign of c.var.site.organisation.campaigns) {
    const field = `signed_${campaign}_on`;
    const signedOn = form.text(field);
    if (signedOn === "") continue;
    if (day.safeParse(signedOn).success) signatures[campaign] = signedOn;
    else errors[field] = fieldSentence(c, field, "day-unreadable");
  }
  return { signatures, errors };
}

function readPostalAddress(form: Form): Pick<z.input<typeof register.body>, "postalAddress"> {
  const lines = form
    .text("address")
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== "");
  const [postcode, city, country] = [form.text("zip"), form.text("city"), form.text("country").trim().toUpperCase()];
  if ([...lines, postcode, city, country].every((part) => part.trim() === "")) return {};
  return { postalAddress: { lines, postcode, city, country } };
}

/** Callers send what their page is in: a language that the organisation does not write in becomes English. */
function mailLanguage(c: Visit, form: Form): string {
  const { mail, interface: pages } = c.var.site.organisation.languages;
  const asked = askedLanguage(form);
  if (asked === "") return c.var.t.language;
  return [...mail, ...pages].includes(asked) ? asked : "en";
}

function pageLanguage(c: Visit, form: Form): string {
  const asked = askedLanguage(form);
  return c.var.site.organisation.languages.interface.includes(asked) ? asked : c.var.t.language;
}

/** `de`, `DE`, `de-AT` and `de_AT` are German. */
function askedLanguage(form: Form): string {
  return form.text("language").trim().slice(0, 2).toLowerCase();
}
