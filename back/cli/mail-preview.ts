// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb mail list` and `preview`: every mail that the system writes by itself, why, and how it looks.
import path from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { Work } from "../data/database.ts";
import { type MailName, mails } from "../data/mailings/mails.ts";
import { exampleOf } from "../mail/mail-examples.ts";
import { openTemplates } from "../mail/templates.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { requireSetting, root } from "./environment.ts";
import { offerHtmlFile, showMail } from "./show-mail.ts";

export function offerMailPreview(mail: Command, desk: Desk): void {
  offerCsv(mail.command("list"))
    .description("List every mail that the system writes to one person, and what it is for")
    .addHelpText("after", examples("mail list", "mail list --csv"))
    .action(answering(listMails));
  offerHtmlFile(mail.command("preview"))
    .description("Show one of them as it would arrive, with made-up words in its fields; nothing is sent")
    .argument("<mail>", "as `cdb mail list` names it", readName)
    .option("--language <language>", "two letters; where there is no text in it, English", readLanguage, "en")
    .addHelpText("after", examples("mail preview thank-you --language de", "mail preview how-to-pay --html mail.html"))
    .action(
      answering(async (name: MailName, { language, html }: { language: string; html?: string }) => {
        const { mail } = await desk.read(async (work) => example(desk, work, name, language));
        return showMail(mail, language, html);
      }),
    );
}

function listMails(): Answer {
  const found = Object.entries(mails).map(([name, { purpose, fields, link }]) => ({ name, purpose, fields, link }));
  return {
    json: { mails: found },
    text: table(
      ["mail", "to"],
      found.map(({ name, purpose }) => [name, purpose]),
    ),
    csv: sheet(found, ["name", "purpose", "fields", "link"]),
  };
}

function example(desk: Desk, { organisation }: Work, name: MailName, language: string) {
  const environment = desk.environment();
  const folder = path.resolve(root, environment.ORGANISATION ?? "organisations/example", "mail");
  return exampleOf(
    {
      organisation,
      templates: openTemplates([folder, environment.MAIL_TEMPLATES]),
      frontUrl: requireSetting(environment, "FRONT_URL"),
      linkSecret: requireSetting(environment, "LINK_SECRET"),
    },
    name,
    language,
  );
}

function readName(text: string): MailName {
  if (Object.hasOwn(mails, text)) return text as MailName;
  throw new InvalidArgumentError("There is no such mail; see which there are with `cdb mail list`.");
}

function readLanguage(text: string): string {
  if (/^[a-z]{2}$/.test(text)) return text;
  throw new InvalidArgumentError("It must be two letters, such as de.");
}
