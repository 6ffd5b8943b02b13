// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/donate` and `/support`: one form for a gift, once or again and again.
import { randomUUID } from "node:crypto";
import { showMe } from "@cdb/api/people.ts";
import { makeMyPledge, makePledge } from "@cdb/api/pledges.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import type { Interval } from "@cdb/api/shapes.ts";
import { readAmount } from "@cdb/theme/money.ts";
import { Hono } from "hono";
import type { z } from "zod";
import type { Back } from "../back.ts";
import { networkAddress } from "../network-address.ts";
import { fieldErrors, fieldSentence, problemSentence } from "../problem-words.ts";
import { type CheckedForm, checkBody, checkMailable, type Form, readForm, readReferrer } from "../read-form.ts";
import { SignedOut } from "../refused.ts";
import type { Sessions } from "../session.ts";
import { type Providers, startPayment } from "../start-payment.ts";
import type { Env, Visit } from "../visit.ts";
import { type Giver, showDonateForm } from "./donate-form.ts";

type Pledge = z.output<typeof makePledge.body>;

const intervalOfPeriod: Record<string, Interval> = { o: "once", m: "monthly", q: "quarterly", y: "yearly" };

export function donate(back: Back, providers: Providers, sessions: Sessions): Hono<Env> {
  const app = new Hono<Env>();
  for (const path of ["/donate", "/support"]) {
    app.get(path, async (c) => {
      const period = intervalOfPeriod[c.req.query("period") ?? ""];
      const interval = period ?? (path === "/support" ? "monthly" : "once");
      const referrer = readReferrer(c.req.query("referrer") ?? "");
      const giver = await findGiver(c, back, sessions);
      return showDonateForm(c, { values: { interval, referrer, key: randomUUID() }, errors: {} }, giver);
    });
    app.post(path, (c) => give(c, back, providers, sessions));
  }
  return app;
}

async function give(c: Visit, back: Back, providers: Providers, sessions: Sessions): Promise<Response> {
  const form = await readForm(c, ["purposes"]);
  const giver = await findGiver(c, back, sessions);
  const again = (errors: Record<string, string>, sentence?: string) =>
    showDonateForm(c, { values: { ...form.values, key: randomUUID() }, errors }, giver, sentence);
  const pledged = readPledge(c, form, giver);
  const checked = giver ? pledged : await checkMailable(c, pledged, form.text("email").trim(), "email");
  if ("errors" in checked) return again(checked.errors);
  try {
    const made = await pledge(c, back, checked.body, giver);
    if (made.method === "transfer") return c.redirect(`/transfer/${encodeURIComponent(made.reference)}`, 303);
    return await startPayment(c, back, providers, {
      ...made,
      method: made.method,
      email: checked.body.email,
      key: checked.body.key,
    });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const errors = fieldErrors(c, error.problem);
    if (!errors && error.problem.code !== "key-used") throw error;
    return again(errors ?? {}, errors ? undefined : problemSentence(c, "key-used"));
  }
}

function pledge(c: Visit, back: Back, pledge: Pledge, giver: Giver | undefined) {
  if (!giver) return back.asProgram.call(makePledge, { body: pledge });
  const { amount, interval, method, key, origin } = pledge;
  const { channel, referrer } = origin;
  const body = { amount, interval, method, key, origin: { channel, referrer } };
  return back.asVisitor(c).call(makeMyPledge, { body });
}

function readPledge(c: Visit, form: Form, giver: Giver | undefined): CheckedForm<Pledge> {
  const { currency } = c.var.site.organisation;
  const interval = form.text("interval") as Interval;
  const typed = form.text("amount").trim() || form.text(`amount_${interval}`);
  const read = readAmount(typed, currency);
  const checked = checkBody(c, makePledge.body, {
    amount: { amount: "amount" in read ? read.amount : 1, currency },
    interval,
    method: form.text("method") as Pledge["method"],
    key: form.text("key"),
    name: giver?.name ?? form.text("name"),
    email: giver?.email ?? form.text("email").trim(),
    kind: form.text("category") === "o" ? "organisation" : "individual",
    language: c.var.t.language,
    purposes: form.all("purposes"),
    origin: { channel: c.req.path, referrer: readReferrer(form.text("referrer")), ...networkAddress(c) },
  });
  if (!("mistake" in read)) return checked;
  const errors = "errors" in checked ? checked.errors : {};
  return { errors: { amount: fieldSentence(c, "amount", read.mistake), ...errors } };
}

/** Who is signed in; somebody whose session is over gives as a guest. */
async function findGiver(c: Visit, back: Back, sessions: Sessions): Promise<Giver | undefined> {
  if (!c.var.session) return undefined;
  try {
    return await back.asVisitor(c).call(showMe);
  } catch (error) {
    if (!(error instanceof SignedOut)) throw error;
    sessions.end(c);
    return undefined;
  }
}
