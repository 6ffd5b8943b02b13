// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/staff`: what waits for the decision of who coordinates a team or decides about a group.
import { decideRequest, listRequests } from "@cdb/api/accounts.ts";
import type { Answer } from "@cdb/api/operation.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import { inLanguage } from "@cdb/runtime/organisation.ts";
import { emptyForm, errorSummary, type FormState, field } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { formatDay } from "@cdb/theme/money.ts";
import type { Hono } from "hono";
import type { Back } from "../../back.ts";
import { problemSentence } from "../../problem-words.ts";
import { checkBody, readForm } from "../../read-form.ts";
import { Refused } from "../../refused.ts";
import { type Env, show, type Visit } from "../../visit.ts";
import { openToStaff } from "./frame.ts";

type Request = Answer<typeof listRequests>["requests"][number];

export function staffRequests(back: Back): Hono<Env> {
  const app = openToStaff("/staff");
  app.get("/", async (c) => viewAll(c, (await back.asVisitor(c).call(listRequests)).requests));
  app.get("/:request", async (c) => {
    const request = await find(c, back);
    if (!request) throw new Refused(404, "page-unknown");
    return viewOne(c, request, emptyForm);
  });
  app.post("/:request", async (c) => {
    const form = await readForm(c);
    const decision = form.text("decision");
    if (!/^[1-9]\d{0,8}$/.test(c.req.param("request"))) throw new Refused(404, "page-unknown");
    if (!["approve", "refuse"].includes(decision)) throw new Refused(422, "form-incomplete");
    const checked = checkBody(c, decideRequest.body, { approve: decision === "approve", reason: form.text("reason") });
    if ("errors" in checked) {
      const request = await find(c, back);
      if (!request) throw new Refused(404, "page-unknown");
      return viewOne(c, request, { values: form.values, errors: checked.errors });
    }
    return decide(c, back, checked.body);
  });
  return app;
}

async function decide(c: Visit, back: Back, body: { approve: boolean; reason: string }): Promise<Response> {
  try {
    await back.asVisitor(c).call(decideRequest, { params: { id: Number(c.req.param("request")) }, body });
  } catch (error) {
    // Somebody was quicker, or the person left: the list shows what is left to do.
    const sentence = error instanceof ProblemError ? problemSentence(c, error.problem.code) : undefined;
    if (!sentence || !(error instanceof ProblemError) || error.problem.status !== 409) throw error;
    return viewAll(c, (await back.asVisitor(c).call(listRequests)).requests, sentence);
  }
  return c.redirect("/staff?done=1", 303);
}

async function find(c: Visit, back: Back): Promise<Request | undefined> {
  const { requests } = await back.asVisitor(c).call(listRequests);
  return requests.find(({ id }) => String(id) === c.req.param("request"));
}

function viewAll(c: Visit, requests: Request[], sentence?: string): Response | Promise<Response> {
  const { t } = c.var;
  const cards = requests.map(
    (request) => html`<li class="card"><h2><a href="/staff/${request.id}">${request.person.name}</a></h2>
      <p>${wishOf(c, request)}</p><p class="quiet">${askedOn(c, request)}</p></li>`,
  );
  const done = c.req.method === "GET" && c.req.query("done") === "1" ? t("Done. The person gets a mail.") : undefined;
  const list = html`<ul class="tiles">${cards}</ul>`;
  return show(
    c,
    {
      title: t("What waits for you"),
      notice: done,
      wrong: sentence !== undefined,
      content: html`${sentence ? html`<p class="notice wrong" role="alert">${sentence}</p>` : ""}
        ${requests.length === 0 ? html`<p class="lead">${t("Nobody waits for your decision.")}</p>` : list}`,
    },
    sentence === undefined ? 200 : 409,
  );
}

function viewOne(c: Visit, request: Request, form: FormState): Response | Promise<Response> {
  const { t } = c.var;
  const { person, message } = request;
  const content = html`${errorSummary(t, form)}
    <dl class="facts"><dt>${t("Name")}</dt><dd>${person.name}</dd>
    <dt>${t("Email address")}</dt><dd>${person.email}</dd>
    <dt>${t("Number")}</dt><dd>${person.id}</dd>
    <dt>${t("Asked on")}</dt><dd>${askedOn(c, request)}</dd>
    <dt>${t("Message")}</dt><dd>${message === "" ? "–" : message}</dd></dl>
    <form method="post" novalidate>
    ${field(form, { name: "reason", label: t("Why, for our records"), hint: t("It is not sent to the person. You may leave it empty."), maxlength: 500 })}
    <p class="actions"><button name="decision" value="approve">${t("Approve")}</button>
    <button class="second" name="decision" value="refuse">${t("Refuse")}</button></p></form>
    <p class="back"><a href="/staff">${t("Back to what waits")}</a></p>`;
  const wrong = c.req.method === "POST";
  return show(c, { title: wishOf(c, request), content, wrong }, wrong ? 422 : 200);
}

function wishOf({ var: { t, site } }: Visit, { kind, name }: Request): string {
  const { groups, volunteering } = site.organisation;
  const known = (kind === "member" ? groups : volunteering.teams).find((each) => each.name === name);
  const title = known ? inLanguage(known.title, t.language) : name;
  if (kind === "member") return t("Wants to be in the group {group}", { group: title });
  return title === ""
    ? t("Wants to volunteer wherever help is needed")
    : t("Wants to volunteer in the team {team}", { team: title });
}

function askedOn({ var: { t, site } }: Visit, { requestedAt }: Request): string | Html {
  return formatDay(requestedAt, t.language, site.organisation.timeZone);
}
