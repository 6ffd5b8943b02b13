// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb mailings preview` and `test`: a mailing as somebody would get it, on the screen or in a mailbox. Neither counts.
import { emailAddress } from "@cdb/api/shapes.ts";
import { type Command, InvalidArgumentError } from "commander";
import type { Work } from "../data/database.ts";
import { getMailing } from "../data/mailings/mailing.ts";
import { getPerson } from "../data/people/find-people.ts";
import { readDkim } from "../mail/dkim.ts";
import type { MailingDesk } from "../mail/mailing-mail.ts";
import { type Preview, previewMailing, testMail } from "../mail/mailing-preview.ts";
import { type Answer, answering, examples } from "./answer.ts";
import { DoesNotAnswer } from "./complaint.ts";
import { type Desk, whoMeans } from "./desk.ts";
import { requireSetting } from "./environment.ts";
import { mailingMeans } from "./mailings.ts";
import { offerHtmlFile, showMail } from "./show-mail.ts";

interface Wish {
  as?: string;
  language?: string;
}

export function offerMailingPreview(mailings: Command, desk: Desk): void {
  offerHtmlFile(offerReader(mailings.command("preview")))
    .description("Show it as it would arrive: headers, text and HTML; nothing is sent")
    .addHelpText(
      "after",
      examples("mailings preview news-2026-12 --as ada@example.org", "mailings preview news-2026-12 --html news.html"),
    )
    .action(
      answering(async (named: string, { html, ...wish }: Wish & { html?: string }) => {
        const { language, mail } = await preview(desk, named, wish);
        return showMail(mail, language, html);
      }),
    );
  offerReader(mailings.command("test"))
    .description("Send it to one address at once, marked as a test; it counts nowhere, and no link in it acts")
    .requiredOption("--to <address>", "whose mailbox", readAddress)
    .addHelpText(
      "after",
      examples("mailings test news-2026-12 --to you@example.org --language de", "mailings test 7 --to a@b.example"),
    )
    .action(answering((named: string, { to, ...wish }: Wish & { to: string }) => sendTest(desk, named, to, wish)));
}

function offerReader(command: Command): Command {
  return command
    .argument("<mailing>", mailingMeans)
    .option("--as <who>", `as this reader: ${whoMeans}; without it somebody of whom nothing is known`)
    .option("--language <language>", "the text of this language; without it that of the reader");
}

async function preview(desk: Desk, named: string, wish: Wish): Promise<Preview> {
  const setting = (name: string) => requireSetting(desk.environment(), name);
  const [frontUrl, linkSecret] = [setting("FRONT_URL"), setting("LINK_SECRET")];
  return desk.change((work) => previewAs(work, { organisation: work.organisation, frontUrl, linkSecret }, named, wish));
}

async function previewAs(work: Work, desk: MailingDesk, named: string, { as, language }: Wish): Promise<Preview> {
  const mailing = await getMailing(work, named);
  const person = as === undefined ? undefined : await getPerson(work, as);
  person?.noteLook(work);
  return previewMailing(work, desk, mailing, { person, language });
}

async function sendTest(desk: Desk, named: string, to: string, wish: Wish): Promise<Answer> {
  const mail = testMail(await preview(desk, named, wish), to);
  // Only this command needs the library.
  const { openSmtp } = await import("../mail/smtp.ts");
  const environment = desk.environment();
  const smtp = openSmtp(requireSetting(environment, "SMTP_URL"), 1, readDkim(environment));
  try {
    const delivery = await smtp.send(mail);
    if (delivery.outcome !== "accepted")
      throw new DoesNotAnswer(`The mail server did not take it: ${delivery.reason}.`);
  } finally {
    smtp.close();
  }
  return { json: { to, subject: mail.subject }, text: `Sent to ${to}: ${mail.subject}` };
}

function readAddress(text: string): string {
  if (emailAddress.safeParse(text).success) return text;
  throw new InvalidArgumentError("It must be an email address.");
}
