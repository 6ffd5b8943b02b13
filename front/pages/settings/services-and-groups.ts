// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/services`: what is open to the person, what they may ask for, and what waits for a decision.
import { leaveGroup, requestGroup, showMyAccount } from "@cdb/api/accounts.ts";
import type { Answer } from "@cdb/api/operation.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import { type Group, inLanguage, type Service } from "@cdb/runtime/organisation.ts";
import { emptyForm, errorSummary, type FormState, field } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import { problemSentence } from "../../problem-words.ts";
import { checkBody, readForm } from "../../read-form.ts";
import { Refused } from "../../refused.ts";
import type { Env, Visit } from "../../visit.ts";
import { complaint, showSettings } from "./frame.ts";

type Account = Answer<typeof showMyAccount>;
type State = Account["groups"][number]["state"];

export function services(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/", async (c) => view(c, await back.asVisitor(c).call(showMyAccount)));
  app.get("/:group", (c) => viewRequest(c, getGroup(c), emptyForm));
  app.post("/:group", async (c) => {
    const [group, form] = [getGroup(c), await readForm(c)];
    const checked = checkBody(c, requestGroup.body, { message: form.text("message").replace(/\r\n?/g, "\n") });
    if ("errors" in checked) return viewRequest(c, group, { values: form.values, errors: checked.errors });
    try {
      await back.asVisitor(c).call(requestGroup, { params: { group: group.name }, body: checked.body });
    } catch (error) {
      const sentence = error instanceof ProblemError ? problemSentence(c, error.problem.code) : undefined;
      if (!sentence) throw error;
      return viewRequest(c, group, { values: form.values, errors: {} }, sentence);
    }
    return c.redirect("/settings/services?done=1", 303);
  });
  app.post("/:group/leave", async (c) => {
    const group = getGroup(c);
    await readForm(c);
    await back.asVisitor(c).call(leaveGroup, { params: { group: group.name } });
    return c.redirect("/settings/services?done=1", 303);
  });
  return app;
}

/** Throws Refused for a group that nobody can ask for. */
function getGroup(c: Visit): Group {
  const name = c.req.param("group");
  const group = c.var.site.organisation.groups.find((known) => known.name === name && known.given === "on request");
  if (!group) throw new Refused(404, "page-unknown");
  return group;
}

function view(c: Visit, { username, state, groups }: Account): Response | Promise<Response> {
  const { t, site } = c.var;
  const stateOf = (name: string): State => groups.find((group) => group.name === name)?.state ?? "not-for-them";
  const others = site.organisation.groups.filter(
    ({ name }) =>
      stateOf(name) !== "not-for-them" && !site.organisation.services.some((service) => service.groups.includes(name)),
  );
  const without = html`<p class="notice">${t("You need a username for our services.")} <a href="/settings/username">${t("Username")}</a></p>`;
  const cards = site.organisation.services.map((service) => cardOf(c, service, stateOf));
  const ofGroups = others.map(
    (group) =>
      html`<li class="card"><h2>${inLanguage(group.title, t.language)}</h2>${doorOf(c, group, stateOf(group.name))}</li>`,
  );
  return showSettings(c, {
    title: t("Services and groups"),
    content: html`<p class="lead">${t("What is open to you, and what you may ask for.")}</p>
      ${username === null || state !== "open" ? without : ""}
      <ul class="tiles">${cards}${ofGroups}</ul>`,
  });
}

function cardOf(c: Visit, service: Service, stateOf: (group: string) => State): Html {
  const { t, site } = c.var;
  const groups = site.organisation.groups.filter(({ name }) => service.groups.includes(name));
  const open = groups.some(({ name }) => stateOf(name) === "member");
  const doors = groups.filter(({ name, given }) => given === "on request" && stateOf(name) !== "not-for-them");
  const closed = doors.length === 0 ? html`<p class="quiet">${t("This is not open to you.")}</p>` : "";
  return html`<li class="card"><h2>${inLanguage(service.title, t.language)}</h2>
    <p>${inLanguage(service.description, t.language)}</p>
    ${open ? html`<p><a class="button" href="${service.address}">${t("Open")}<span class="unseen"> – ${inLanguage(service.title, t.language)}</span></a></p>` : closed}
    ${doors.map((group) => doorOf(c, group, stateOf(group.name)))}</li>`;
}

/** What can be done about one group: ask, wait, leave. */
function doorOf({ var: { t } }: Visit, { name, title, given }: Group, state: State): Html {
  const group = inLanguage(title, t.language);
  const leave = (text: string) => html`<form method="post" action="/settings/services/${name}/leave">
    <button class="second">${text}<span class="unseen"> – ${group}</span></button></form>`;
  if (state === "member")
    return html`<p class="quiet">${t("You are in the group {group}.", { group })}</p>
      ${given === "on request" ? leave(t("Leave the group")) : ""}`;
  if (state === "waits")
    return html`<p class="quiet">${t("You asked for the group {group}. Somebody decides about it soon.", { group })}</p>
      ${leave(t("Take it back"))}`;
  if (state === "refused")
    return html`<p class="quiet">${t("Your wish to be in the group {group} was refused. You can ask again later.", { group })}</p>`;
  return html`<p class="quiet">${t("Open to the group {group}.", { group })}</p>
    <p><a class="button second" href="/settings/services/${name}">${t("Ask for it")}<span class="unseen"> – ${group}</span></a></p>`;
}

function viewRequest(c: Visit, { title }: Group, form: FormState, sentence?: string): Response | Promise<Response> {
  const { t } = c.var;
  const content = html`${errorSummary(t, form)}${complaint(sentence)}
    <p class="lead">${t("Those who decide read what you write here. You get a mail when they have.")}</p>
    <form method="post" novalidate>
    ${field(form, { name: "message", label: t("Why do you need it?"), hint: t("You may leave it empty."), rows: 4 })}
    <p class="actions"><button>${t("Ask for it")}</button></p></form>`;
  const status = c.req.method === "POST" ? (sentence ? 409 : 422) : 200;
  return showSettings(
    c,
    { title: t("Ask to join the group {group}", { group: inLanguage(title, t.language) }), content },
    status,
  );
}
