// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb mailings …`: newsletters and the like, from the first word to the last reader.
import type { Command } from "commander";
import type { Work } from "../data/database.ts";
import { getMailing, listMailings, type Mailing } from "../data/mailings/mailing.ts";
import { type Standing, showMailing } from "../data/mailings/show-mailing.ts";
import { type Answer, answering, examples, moment, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { audienceLines, offerMailingAudience } from "./mailings-audience.ts";
import { offerMailingPreview } from "./mailings-preview.ts";
import { offerMailingRecipients } from "./mailings-recipients.ts";
import { offerMailingRelease } from "./mailings-release.ts";
import { offerMailingStatistics } from "./mailings-statistics.ts";
import { offerMailingText } from "./mailings-text.ts";
import { readCount } from "./people.ts";

/** How an administrator names one mailing. */
export const mailingMeans = "the mailing's name or number";

export function offerMailings(program: Command, desk: Desk): void {
  const mailings = program
    .command("mailings")
    .description("Write to everybody who agreed; docs/mailings.md leads from the idea to the sent mailing");
  offerCsv(mailings.command("list"))
    .description("List mailings, newest first")
    .option("--limit <number>", "how many at most", readCount, 50)
    .addHelpText("after", examples("mailings list", "mailings list --csv"))
    .action(answering(({ limit }: { limit: number }) => desk.read((work) => list(work, limit))));
  mailings
    .command("show")
    .description("Show one mailing: state, texts, who made and approved it, who would get it or how far it is")
    .argument("<mailing>", mailingMeans)
    .addHelpText("after", examples("mailings show news-2026-12", "mailings show 7 --json"))
    .action(answering((named: string) => desk.read((work) => show(work, named))));
  offerMailingText(mailings, desk);
  offerMailingAudience(mailings, desk);
  offerMailingPreview(mailings, desk);
  offerMailingRelease(mailings, desk);
  offerMailingRecipients(mailings, desk);
  offerMailingStatistics(mailings, desk);
}

async function list(work: Work, limit: number): Promise<Answer> {
  const { timeZone } = work.organisation;
  const found = (await listMailings(work, limit)).map((it) => ({
    ...{ id: it.id, name: it.name, purpose: it.purpose, state: it.state, reason: it.reason, madeBy: it.madeBy },
    scheduledFor: it.scheduledFor?.toString() ?? null,
    endedAt: it.endedAt?.toString() ?? null,
  }));
  const rows = found.map((it) => [
    ...[it.id, it.name, it.purpose, it.reason ? `${it.state} (${it.reason})` : it.state],
    ...[it.scheduledFor && moment(it.scheduledFor, timeZone), it.endedAt && moment(it.endedAt, timeZone)],
  ]);
  return {
    json: { mailings: found },
    text:
      rows.length === 0 ? "There is none." : table(["id", "name", "purpose", "state", "for", "ended"], rows, ["id"]),
    csv: sheet(found, ["id", "name", "purpose", "state", "reason", "madeBy", "scheduledFor", "endedAt"]),
  };
}

async function show(work: Work, named: string): Promise<Answer> {
  return presentMailing(work, await getMailing(work, named));
}

/** A mailing and where it stands, after whatever was done to it. */
export async function presentMailing(work: Work, mailing: Mailing): Promise<Answer> {
  await work.write();
  const standing = await showMailing(work, mailing);
  const { texts, digest, audience, progress, pace } = standing;
  const { id, name, purpose, selector, replyTo, state, reason, madeBy, changedBy, approvedBy, approvedCount } = mailing;
  const moments = Object.fromEntries(
    (["madeAt", "scheduledFor", "beganAt", "endedAt"] as const).map((key) => [key, mailing[key]?.toString() ?? null]),
  );
  const written = texts.map(({ language, subject, body }) => ({ language, subject, signs: body.length }));
  return {
    json: {
      ...{ id, name, purpose, selector, replyTo, public: mailing.public, state, reason, madeBy, changedBy },
      ...{ approvedBy, approvedCount, ...moments, digest, texts: written, audience, progress, pace },
    },
    text: linesOf(mailing, standing, work.organisation.timeZone)
      .map(([word, value]) => `${word.padEnd(10)} ${value}`)
      .join("\n"),
  };
}

function linesOf(mailing: Mailing, { texts, audience, progress, pace }: Standing, zone: string): [string, string][] {
  const { name, id, state, reason, purpose, selector, replyTo, scheduledFor, beganAt, endedAt } = mailing;
  const at = (word: string, when: Mailing["madeAt"] | null): [string, string][] =>
    when ? [[word, `${moment(when, zone)} ${zone}`]] : [];
  const by = mailing.changedBy === mailing.madeBy ? "" : `, changed by ${mailing.changedBy}`;
  return [
    ["mailing", `${name} (${id})`],
    ["state", reason ? `${state}: ${reasons[reason] ?? reason}` : state],
    ["purpose", `${purpose}${mailing.public ? "; public once it is sent" : ""}`],
    ["picks", selector || "everybody who agreed to the purpose"],
    ...(replyTo ? [["replies to", replyTo] satisfies [string, string]] : []),
    ["made", `${moment(mailing.madeAt, zone)} by ${mailing.madeBy}${by}`],
    ["approved", mailing.approvedBy ? `by ${mailing.approvedBy}, for ${mailing.approvedCount}` : "not yet"],
    ...at("for", state === "scheduled" ? scheduledFor : null),
    ...at("began", beganAt),
    ...at("ended", endedAt),
    ...texts.map((it): [string, string] => [`text ${it.language}`, `${it.subject} (${it.body.length} signs)`]),
    ...(texts.length === 0 ? [["text", "none yet"] satisfies [string, string]] : []),
    ...(audience ? audienceLines(audience) : []),
    ...Object.entries(progress ?? {}).map(([word, count]): [string, string] => [word, String(count)]),
    ...(pace ? [["pace", `${pace.perSecond} a second, ${timeLeft(pace.secondsLeft)}`] satisfies [string, string]] : []),
  ];
}

const reasons: Record<string, string> = {
  overdue: "its moment passed more than an hour ago. `resume` sends it now",
  "audience-grown": "many more would get it than when it was approved. Have it approved again, or change it",
  "audience-empty": "there is nobody who would get it",
  "selector-unreadable": "the profile does not know any more what its selector asks for. Change it",
  "approval-outdated": "it is not what was approved. Have it approved again",
};

function timeLeft(seconds: number | null): string {
  if (seconds === null) return "it does not move at the moment";
  if (seconds < 120) return `${seconds} s left`;
  return seconds < 7_200 ? `${Math.ceil(seconds / 60)} min left` : `${Math.ceil(seconds / 3_600)} h left`;
}
