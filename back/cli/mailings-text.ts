// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb mailings create|change|write|remove-text|fields|export`: what a mailing says, and to whom.
import { type Command, InvalidArgumentError } from "commander";
import type { Work } from "../data/database.ts";
import { changeMailing, getMailing, makeMailing, type NewMailing } from "../data/mailings/mailing.ts";
import { mailingFields } from "../data/mailings/mailing-fields.ts";
import { removeText, saveText, textsOf } from "../data/mailings/mailing-text.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { UsedWrongly } from "./complaint.ts";
import type { Desk } from "./desk.ts";
import { mailingMeans, presentMailing } from "./mailings.ts";
import { readText } from "./read-text.ts";

interface Text {
  language: string;
  subject?: string;
  file?: string;
}

const selectorMeans = "whom it picks of those who agreed (docs/selectors.md); empty: all of them";

export function offerMailingText(mailings: Command, desk: Desk): void {
  mailings
    .command("create")
    .description("Begin a mailing; its texts follow with `write`")
    .argument("<name>", "small letters, digits and dashes: for you, and for its address in the archive")
    .requiredOption("--purpose <name>", "of the profile: who has not agreed to it gets nothing")
    .option("--selector <selector>", selectorMeans, "")
    .option("--reply-to <address>", "where answers go, if not to the organisation's address", "")
    .option("--public", "readable by everybody once it is sent")
    .addHelpText(
      "after",
      examples(
        "mailings create news-2026-12 --purpose newsletter --public",
        'mailings create fair-berlin --purpose info --selector \'country == "DE" and city == "Berlin"\'',
      ),
    )
    .action(answering((name: string, wish: Omit<NewMailing, "name">) => desk.change((work) => make(work, name, wish))));
  mailings
    .command("change")
    .description("Change what it is for; an approval is taken back by that")
    .argument("<mailing>", mailingMeans)
    .option("--name <name>", "another name")
    .option("--purpose <name>", "of the profile")
    .option("--selector <selector>", selectorMeans)
    .option("--reply-to <address>", "where answers go; empty: to the organisation's address")
    .option("--public <answer>", "yes or no: readable by everybody once it is sent", readAnswer)
    .addHelpText("after", examples("mailings change news-2026-12 --selector '' --public no"))
    .action(answering((named: string, wish: Partial<NewMailing>) => desk.change((work) => change(work, named, wish))));
  offerTexts(mailings, desk);
  mailings
    .command("export")
    .description("Print all of it as JSON, with its texts, for the file or another system")
    .argument("<mailing>", mailingMeans)
    .addHelpText("after", examples("mailings export news-2026-12 > news-2026-12.json"))
    .action(answering((named: string) => desk.read((work) => exportOne(work, named))));
}

function offerTexts(mailings: Command, desk: Desk): void {
  mailings
    .command("write")
    .description("Save its text in one language, in Markdown with fields; an approval is taken back by that")
    .argument("<mailing>", mailingMeans)
    .requiredOption("--language <language>", "two letters, such as en")
    .option("--subject <subject>", "one line, with fields if you like; without it the one that is there stays")
    .option("--file <file>", "the text; without it what is piped in")
    .addHelpText(
      "after",
      examples(
        "mailings write news-2026-12 --language de --subject 'Neues im Dezember' --file news.de.md",
        "mailings write news-2026-12 --language en --subject 'News of December' < news.en.md",
      ),
    )
    .action(
      answering(async (named: string, text: Text) => {
        if (text.file === undefined && process.stdin.isTTY)
          throw new UsedWrongly("Name the text with --file, or pipe it in.");
        const body = await readText(text.file);
        return desk.change((work) => write(work, named, text, body));
      }),
    );
  mailings
    .command("remove-text")
    .description("Take the text of a language out: its readers get the fallback language")
    .argument("<mailing>", mailingMeans)
    .requiredOption("--language <language>", "two letters, such as en")
    .addHelpText("after", examples("mailings remove-text news-2026-12 --language de"))
    .action(
      answering((named: string, { language }: { language: string }) =>
        desk.change((work) => remove(work, named, language)),
      ),
    );
  mailings
    .command("fields")
    .description("List what a text may say of its reader")
    .addHelpText("after", examples("mailings fields"))
    .action(answering(listFields));
}

async function make(work: Work, name: string, { public: isPublic, ...wish }: Omit<NewMailing, "name">) {
  return presentMailing(work, await makeMailing(work, { name, ...wish, public: isPublic === true }));
}

async function change(work: Work, named: string, wish: Partial<NewMailing>): Promise<Answer> {
  if (Object.keys(wish).length === 0) throw new UsedWrongly("Say what to change.");
  const mailing = await getMailing(work, named, "lock");
  await changeMailing(work, mailing, wish);
  return presentMailing(work, mailing);
}

async function write(work: Work, named: string, { language, subject }: Text, body: string): Promise<Answer> {
  const mailing = await getMailing(work, named, "lock");
  const known = (await textsOf(work, mailing.id)).find((text) => text.language === language);
  const title = subject ?? known?.subject;
  if (title === undefined) throw new UsedWrongly("A new text needs its --subject.");
  await saveText(work, mailing, { language, subject: title, body });
  return presentMailing(work, mailing);
}

async function remove(work: Work, named: string, language: string): Promise<Answer> {
  const mailing = await getMailing(work, named, "lock");
  await removeText(work, mailing, language);
  return presentMailing(work, mailing);
}

function listFields(): Answer {
  const fields = Object.entries(mailingFields).map(([name, { meaning }]) => ({ name, meaning }));
  const rows = fields.map(({ name, meaning }) => [`{${name}}`, meaning]);
  return { json: { fields }, text: table(["field", "says"], rows) };
}

async function exportOne(work: Work, named: string): Promise<Answer> {
  const mailing = await getMailing(work, named);
  const { json } = await presentMailing(work, mailing);
  const texts = (await textsOf(work, mailing.id)).map(({ language, subject, body }) => ({ language, subject, body }));
  const whole = { ...(json as object), texts };
  return { json: whole, text: JSON.stringify(whole, null, 2) };
}

function readAnswer(text: string): boolean {
  if (text === "yes" || text === "no") return text === "yes";
  throw new InvalidArgumentError("It must be yes or no.");
}
