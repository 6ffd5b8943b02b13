// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb consents …`: what somebody agreed to at present, the proof of it, and withdrawing on their word.
import type { Command } from "commander";
import type { Work } from "../data/database.ts";
import { unsubscribeLink } from "../data/links/unsubscribe-link.ts";
import { consentFacts, consentStates, getPurpose, setConsent } from "../data/people/consent.ts";
import { getPerson } from "../data/people/find-people.ts";
import { linkAddress } from "../mail/send-message.ts";
import { type Answer, answering, examples, moment, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import { type Desk, whoMeans } from "./desk.ts";
import { requireSetting } from "./environment.ts";

export function offerConsents(program: Command, desk: Desk): void {
  const consents = program.command("consents").description("See what somebody agreed to, prove it, withdraw it");
  offerCsv(consents.command("show"))
    .description("Show the present state of every purpose")
    .argument("<who>", whoMeans)
    .addHelpText("after", examples("consents show ada@example.org"))
    .action(answering((who: string) => desk.change((work) => show(work, who))));
  offerCsv(consents.command("proof"))
    .description("Print every request, grant and withdrawal with its wording, moment, page, network and mail")
    .argument("<who>", whoMeans)
    .addHelpText("after", examples("consents proof ada", "consents proof ada --json"))
    .action(answering((who: string) => desk.change((work) => prove(work, who))));
  consents
    .command("link")
    .description("Print the person's link that withdraws a purpose, or all of them; it works for years")
    .argument("<who>", whoMeans)
    .argument("[purpose]", "a purpose of the organisation profile")
    .addHelpText("after", examples("consents link ada newsletter"))
    .action(answering((who: string, purpose?: string) => desk.change((work) => makeLink(work, desk, who, purpose))));
  consents
    .command("withdraw")
    .description("Withdraw a consent because the person said so, by letter or on the phone")
    .argument("<who>", whoMeans)
    .argument("<purpose>", "a purpose of the organisation profile")
    .addHelpText("after", examples("consents withdraw ada newsletter"))
    .action(answering((who: string, purpose: string) => desk.change((work) => withdraw(work, who, purpose))));
}

async function makeLink(work: Work, desk: Desk, who: string, purpose: string | undefined): Promise<Answer> {
  const person = await getPerson(work, who, "lock");
  if (purpose !== undefined) getPurpose(work, purpose);
  const [frontUrl, secret] = ["FRONT_URL", "LINK_SECRET"].map((name) => requireSetting(desk.environment(), name));
  const link = linkAddress(await unsubscribeLink(work, person, purpose), frontUrl ?? "", secret ?? "");
  return { json: { person: person.id, purpose: purpose ?? null, link }, text: link };
}

async function show(work: Work, who: string): Promise<Answer> {
  const person = await getPerson(work, who);
  person.noteLook(work);
  const states = await consentStates(work, person.id);
  const rows = states.map(({ purpose, granted, since }) => [
    ...[purpose, granted ? "yes" : "no", since && moment(since, work.organisation.timeZone)],
  ]);
  const json = { consents: states.map((state) => ({ ...state, since: state.since?.toString() ?? null })) };
  const csv = sheet(json.consents, ["purpose", "granted", "since", "channel", "wording"]);
  return { json, text: table(["purpose", "granted", "since"], rows), csv };
}

async function prove(work: Work, who: string): Promise<Answer> {
  const person = await getPerson(work, who);
  person.noteLook(work);
  const facts = (await consentFacts(work, person.id)).map((fact) => ({ ...fact, at: fact.at.toString() }));
  const rows = facts.map((fact) => [
    ...[fact.at, fact.purpose, fact.fact, fact.channel, fact.network, fact.actor, fact.requestId, fact.messageId],
    `${fact.wordingLanguage} ${fact.wordingVersion} ${fact.wordingHash.slice(0, 12)}`,
  ]);
  const headings = ["when", "purpose", "fact", "page", "network", "actor", "confirms", "mail", "wording"];
  const wordings = new Map(facts.map((fact) => [fact.wordingHash.slice(0, 12), fact.wording]));
  const texts = [...wordings].map(([hash, wording]) => `${hash}  ${wording}`);
  const words = ["wordingLanguage", "wordingVersion", "wordingHash", "wording"];
  const csv = sheet(facts, [
    ...["at", "purpose", "fact", "channel", "network", "actor", "requestId", "messageId"],
    ...words,
  ]);
  return { json: { person: person.id, facts }, text: [table(headings, rows), ...texts].join("\n"), csv };
}

async function withdraw(work: Work, who: string, purpose: string): Promise<Answer> {
  const person = await getPerson(work, who, "lock");
  getPurpose(work, purpose);
  await setConsent(work, person, purpose, false, { channel: "administrator" });
  return {
    json: { person: person.id, purpose, granted: false },
    text: `${person.name} does not get ${purpose} any more.`,
  };
}
