// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The archive: public mailings that were sent, for everybody to read. What is made non-public is not in it any more.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { NotFound } from "../errors.ts";
import { Mailing } from "./mailing.ts";
import { fallbackOf, type MailingText, textsOf } from "./mailing-text.ts";
import { readWebName } from "./web-address.ts";

export interface Issue {
  mailing: Mailing;
  /** In the language that was asked for, or the one that others fall back to. */
  text: MailingText;
  languages: string[];
}

const isArchived = sql<boolean>`public and state = 'sent'`;

/** The newest first. */
export async function listArchive(
  work: Work,
  language: string,
  { page, size }: { page: number; size: number },
): Promise<Issue[]> {
  const { rows } = await sql<Record<string, unknown>>`select * from mailing where ${isArchived}
    order by began_at desc, id desc limit ${size} offset ${(page - 1) * size}`.execute(work.query);
  const issues: Issue[] = [];
  for (const row of rows) issues.push(await issueOf(work, work.adopt(Mailing, row), language));
  return issues;
}

export async function countArchive(work: Work): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from mailing where ${isArchived}`.execute(
    work.query,
  );
  return rows[0]?.count ?? 0;
}

/** Throws NotFound, also for one that is not public or was not sent. */
export async function getArchived(work: Work, name: string, language: string): Promise<Issue> {
  const mailing = await work.find(Mailing, sql`name = ${name} and ${isArchived}`);
  if (!mailing) throw unknown();
  return issueOf(work, mailing, language);
}

/** By the name in the address of its web view, whatever its state. Throws NotFound for one that was made up. */
export async function getByWebName(work: Work, webName: string, language: string, secret: string): Promise<Issue> {
  const id = readWebName(webName, secret);
  const mailing = id === undefined ? undefined : await work.find(Mailing, sql`id = ${id}`);
  if (!mailing) throw unknown();
  return issueOf(work, mailing, language);
}

export function isInArchive({ public: isPublic, state }: Mailing): boolean {
  return isPublic && state === "sent";
}

async function issueOf(work: Work, mailing: Mailing, language: string): Promise<Issue> {
  const texts = await textsOf(work, mailing.id);
  const order = work.organisation.languages.mail;
  const languages = texts.map((text) => text.language).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const chosen = languages.includes(language) ? language : fallbackOf(work, languages);
  const text = texts.find((each) => each.language === chosen);
  if (!text) throw unknown();
  return { mailing, text, languages };
}

function unknown(): NotFound {
  return new NotFound("mailing-unknown", "There is no such mailing to be read here.");
}
