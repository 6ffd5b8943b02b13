// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/donations`: everything the person gave, and their pledges.
import type { Answer } from "@cdb/api/operation.ts";
import { listMyDonations } from "@cdb/api/people.ts";
import { listMyPledges } from "@cdb/api/pledges.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { formatDay, formatMoney } from "@cdb/theme/money.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import type { Env, Visit } from "../../visit.ts";
import { howOften } from "../donate-form.ts";
import { older, readBefore, showSettings } from "./frame.ts";

type Donations = Answer<typeof listMyDonations>["donations"];
type Pledges = Answer<typeof listMyPledges>["pledges"];

export function donations(back: Back): Hono<Env> {
  return new Hono<Env>().get("/", async (c) => {
    const me = back.asVisitor(c);
    const [{ donations, more }, { pledges }] = await Promise.all([
      me.call(listMyDonations, { query: readBefore(c) }),
      me.call(listMyPledges),
    ]);
    const { t } = c.var;
    return showSettings(c, {
      title: t("Your donations"),
      content: html`<h2>${t("Received")}</h2>
        ${donations.length > 0 ? donationTable(c, donations) : html`<p>${t("Nothing has reached us yet.")}</p>`}
        ${older(c, donations.at(-1)?.id, more)}
        ${donations.length > 0 ? files(t) : ""}
        <h2>${t("Pledges")}</h2>
        ${pledges.length > 0 ? pledgeTable(c, pledges) : html`<p>${t("You have made no pledge yet.")}</p>`}
        <p class="actions"><a class="button" href="/donate">${t("Donate")}</a></p>`,
    });
  });
}

function files(t: Visit["var"]["t"]): Html {
  return html`<p class="quiet">${t("Download:")} <a href="/settings/donations.csv">CSV</a> · <a href="/settings/donations.json">JSON</a></p>`;
}

function donationTable(c: Visit, donations: Donations): Html {
  const { t } = c.var;
  const rows = donations.map((donation) => {
    const { receivedOn, amount, reference, state, provider } = donation;
    const became = donationState(t, state);
    return html`<tr><td>${formatDay(receivedOn, t.language)} <span class="quiet">${wayPaid(t, provider)} · <span class="code">${reference}</span></span>
      ${became ? html`<strong>${became}</strong>` : ""}${trail(c, donation)}</td><td class="amount">${formatMoney(amount, t.language)}</td></tr>`;
  });
  return html`<table class="entries"><thead><tr><th scope="col">${t("Day")}</th><th scope="col" class="amount">${t("Amount")}</th></tr></thead>
    <tbody>${rows}</tbody></table>`;
}

/** What became of it, as steps in their order. */
function trail({ var: { t, site } }: Visit, { bookedAt, thankedAt, changes, receivedOn }: Donations[number]): Html {
  const day = (moment: string) => formatDay(moment, t.language, site.organisation.timeZone);
  const steps = changes.map(({ kind, amount, on }) => {
    const told = { day: formatDay(on, t.language), amount: formatMoney(amount, t.language) };
    const words = {
      refunded: t("{day}: {amount} given back", told),
      disputed: t("{day}: {amount} taken back by the bank", told),
      reinstated: t("{day}: {amount} came to us again", told),
    };
    return words[kind];
  });
  const thanked = thankedAt === null ? [] : [t("{day}: our thanks were sent", { day: day(thankedAt) })];
  const all = [t("{day}: booked", { day: day(bookedAt) }), ...thanked, ...steps];
  return html`<details><summary>${t("What became of it")}<span class="unseen"> ${formatDay(receivedOn, t.language)}</span></summary>
    <ul>${all.map((step) => html`<li>${step}</li>`)}</ul></details>`;
}

function wayPaid(t: Visit["var"]["t"], provider: string): string {
  return { stripe: t("card"), paypal: "PayPal", bank: t("transfer") }[provider] ?? t("transfer");
}

function donationState(t: Visit["var"]["t"], state: Donations[number]["state"]): string {
  return { received: "", refunded: t("given back"), disputed: t("taken back by the bank") }[state];
}

function pledgeTable({ var: { t } }: Visit, pledges: Pledges): Html {
  const rows = pledges.map((pledge) => {
    const path = pledge.method === "transfer" ? "/transfer/" : "/payonline/";
    const reference = encodeURIComponent(pledge.reference);
    const unseen = html`<span class="unseen"> ${pledge.reference}</span>`;
    const pay = html`<a href="${path}${reference}">${t("Pay")}${unseen}</a>`;
    const change = html`<a href="/settings/donations/${reference}">${t("Change or end")}${unseen}</a>`;
    const links = [
      ...(pledge.state === "open" && !pledge.renews ? [pay] : []),
      ...(pledge.state === "fulfilled" ? [] : [change]),
    ];
    return html`<tr><td>${pledgeState(t, pledge.state)} <span class="quiet"><span class="code">${pledge.reference}</span></span>
      ${links.map((link, place) => html`${place > 0 ? " · " : ""}${link}`)}</td>
      <td class="amount">${formatMoney(pledge.amount, t.language)} <span class="quiet">${howOften(t, pledge.interval)}</span></td></tr>`;
  });
  return html`<table class="entries"><thead><tr><th scope="col">${t("State")}</th><th scope="col" class="amount">${t("Amount")}</th></tr></thead>
    <tbody>${rows}</tbody></table>`;
}

export function pledgeState(t: Visit["var"]["t"], state: Pledges[number]["state"]): string {
  const names = { open: t("open"), paused: t("paused"), fulfilled: t("done"), ended: t("ended"), lapsed: t("lapsed") };
  return names[state];
}
