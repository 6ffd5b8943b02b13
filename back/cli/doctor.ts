// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb doctor`: looks at every connection and setting of all programs and says in plain words what is wrong.
import path from "node:path";
import { readConfig } from "@cdb/runtime/config.ts";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import type { Command } from "commander";
import { type Answer, answering, examples, table } from "./answer.ts";
import type { Desk } from "./desk.ts";
import { carryOut } from "./doctor/check.ts";
import { databaseChecks } from "./doctor/database.ts";
import { directoryChecks } from "./doctor/directory.ts";
import { mailChecks } from "./doctor/mail.ts";
import { managementChecks } from "./doctor/management.ts";
import { outsideChecks } from "./doctor/outside.ts";
import { programChecks } from "./doctor/programs.ts";
import { type BackSettings, settingChecks } from "./doctor/settings.ts";
import { root } from "./environment.ts";

export function offerDoctor(program: Command, desk: Desk, ofBack: BackSettings): void {
  program
    .command("doctor")
    .description("Check every connection and setting and say what is wrong; exit code 1 when anything is")
    .addHelpText("after", examples("doctor", "doctor --json"))
    .action(answering(() => examine(desk, ofBack)))
    .command("mail")
    .description("Check what others find out of our mails before they take them: SPF, DKIM, DMARC, names, ways back")
    .option("--selector <name>", "under which the relay shows its DKIM key: s= in the DKIM-Signature of a mail")
    .addHelpText("after", examples("doctor mail", "doctor mail --selector relay2026"))
    .action(answering(({ selector }: { selector?: string }) => examineMail(desk, ofBack, selector)));
}

async function examine(desk: Desk, ofBack: BackSettings): Promise<Answer> {
  const environment = desk.environment();
  const visits = [databaseChecks, programChecks, directoryChecks, outsideChecks].flatMap((make) => make(environment));
  const checks = [...settingChecks(environment, ofBack), ...visits, ...managementChecks(desk)];
  return report(await Promise.all(checks.map(carryOut)));
}

async function examineMail(desk: Desk, ofBack: BackSettings, selector: string | undefined): Promise<Answer> {
  const environment = desk.environment();
  const { ORGANISATION } = readConfig({ ORGANISATION: ofBack.ORGANISATION }, { ...environment });
  const checks = mailChecks(environment, readOrganisation(path.resolve(root, ORGANISATION)), selector);
  return report(await Promise.all(checks.map(carryOut)));
}

function report(seen: Awaited<ReturnType<typeof carryOut>>[]): Answer {
  const troubles = seen.filter(({ state }) => state === "wrong").length;
  const end =
    troubles === 0 ? "Nothing is wrong." : `${troubles} of ${seen.length} ${troubles === 1 ? "is" : "are"} wrong.`;
  const rows = seen.map(({ state, about, says }) => [state, about, says.replace(/\s*\n\s*/g, " ")]);
  return {
    json: { wrong: troubles, checks: seen },
    text: `${table(["", "", ""], rows).trimStart()}\n\n${end}`,
    wrong: troubles > 0,
  };
}
