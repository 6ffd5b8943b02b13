// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb mailings audience` and `explain`: who gets a mailing, who is left out, and why.
import type { Command } from "commander";
import type { Work } from "../data/database.ts";
import { type Audience, countAudience, explainRecipient } from "../data/mailings/audience.ts";
import { findRecipient } from "../data/mailings/list-recipients.ts";
import { getMailing, type Mailing } from "../data/mailings/mailing.ts";
import { textFor } from "../data/mailings/preview-addressee.ts";
import { getPerson } from "../data/people/find-people.ts";
import type { Person } from "../data/people/person.ts";
import { explain } from "../data/selectors/explain-person.ts";
import { compileSelector } from "../data/selectors/selector.ts";
import { type Answer, answering, examples, moment } from "./answer.ts";
import { type Desk, whoMeans } from "./desk.ts";
import { mailingMeans } from "./mailings.ts";
import { withMoments } from "./mailings-recipients.ts";

export function offerMailingAudience(mailings: Command, desk: Desk): void {
  mailings
    .command("audience")
    .description("Count who would get it, by language, and who is left out and why")
    .argument("<mailing>", mailingMeans)
    .addHelpText("after", examples("mailings audience news-2026-12"))
    .action(answering((named: string) => desk.read((work) => audience(work, named))));
  mailings
    .command("explain")
    .description("Say why one person gets it or does not; once it has begun, what became of it")
    .argument("<mailing>", mailingMeans)
    .argument("<who>", whoMeans)
    .addHelpText("after", examples("mailings explain news-2026-12 ada@example.org"))
    .action(answering((named: string, who: string) => desk.change((work) => explainOne(work, named, who))));
}

/** Each with its word in front. */
export function audienceLines({ picked, gets, languages, leftOut }: Audience): [string, string][] {
  const counted = Object.entries(languages).map(([language, count]) => `${language} ${count}`);
  return [
    ["gets it", `${gets} of ${picked} who are picked${counted.length > 0 ? `: ${counted.join(", ")}` : ""}`],
    ...Object.entries(leftOut).map(([why, count]): [string, string] => ["left out", `${count}: ${words[why] ?? why}`]),
  ];
}

const words: Record<string, string> = {
  unconfirmed: "they have not confirmed their registration",
  blocked: "they are blocked",
  "not-agreed": "they have not agreed to the purpose, or have withdrawn",
  "no-address": "they have no email address",
  "no-text": "there is no text yet",
};

async function audience(work: Work, named: string): Promise<Answer> {
  const counted = await countAudience(work, await getMailing(work, named));
  const text = audienceLines(counted)
    .map(([word, value]) => `${word.padEnd(10)} ${value}`)
    .join("\n");
  return { json: counted, text };
}

async function explainOne(work: Work, named: string, who: string): Promise<Answer> {
  const [mailing, person] = [await getMailing(work, named), await getPerson(work, who)];
  person.noteLook(work);
  return mailing.beganAt === null ? explainBefore(work, mailing, person) : explainAfter(work, mailing, person);
}

async function explainBefore(work: Work, mailing: Mailing, person: Person): Promise<Answer> {
  const why = await explainRecipient(work, mailing, person.id);
  const picks = mailing.selector === "" ? null : compileSelector(work.organisation, mailing.selector, work.now);
  const conditions = picks ? (await explain(work, picks, person)).conditions : [];
  const language = why === null ? (await textFor(work, mailing, { person })).language : null;
  const verdict = why === null ? `gets it, in ${language}` : `does not get it: ${sentenceOf(why)}`;
  const lines = conditions.map(({ holds, sentence }) => `${holds ? "yes" : "no "}  ${sentence}`);
  return {
    json: { person: person.id, gets: why === null, why: why === undefined ? "not-picked" : why, language, conditions },
    text: [`${person.name} ${verdict}.`, ...lines].join("\n"),
  };
}

// From its beginning on it is written down; what somebody agrees to later counts for the next one.
async function explainAfter(work: Work, mailing: Mailing, person: Person): Promise<Answer> {
  const found = await findRecipient(work, mailing.id, person.id);
  const at = found?.settledAt ? `, ${moment(found.settledAt, work.organisation.timeZone)}` : "";
  const reason = found?.reason ? ` (${found.reason})` : "";
  return {
    json: { person: person.id, recipient: found ? withMoments(found) : null },
    text: found
      ? `${person.name}: ${found.state}${reason}, in ${found.language}${at}, by the consent ${found.consent}.`
      : `${person.name} was not among those who get it when it began.`,
  };
}

function sentenceOf(why: string | undefined): string {
  return why === undefined ? "the selector does not pick them" : (words[why] ?? why);
}
