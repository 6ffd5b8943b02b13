// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb privacy …` and `cdb history …`: what is kept for what, what goes by itself, and whether the history is whole.
import type { Command } from "commander";
import { historyOfAuth, verifyHistory } from "../data/history.ts";
import { personalTables, recipients } from "../data/privacy/personal-data.ts";
import { previewRetention } from "../data/privacy/retention.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { readCount } from "./people.ts";

export function offerPrivacy(program: Command, desk: Desk): void {
  const privacy = program.command("privacy").description("See what is kept of people, for what, and how long");
  offerCsv(privacy.command("record"))
    .description("Print the record of processing (GDPR article 30), made from the tables themselves")
    .addHelpText("after", examples("privacy record", "privacy record --json"))
    .action(answering(() => record()));
  privacy
    .command("due")
    .description("Count who would be erased tonight because their time is over")
    .addHelpText("after", examples("privacy due"))
    .action(
      answering(() =>
        desk.read(async (work) => {
          const due = await previewRetention(work);
          return { json: due, text: table(["rule", "people"], Object.entries(due), ["people"]) };
        }),
      ),
    );
  const history = program.command("history").description("Check the history of all records, and read that of auth");
  history
    .command("verify")
    .description("Walk the chain of entries and name each that was changed or follows one that is gone")
    .addHelpText("after", examples("history verify", "history verify --json"))
    .action(answering(() => desk.read(async (work) => presentVerified(await verifyHistory(work.query)))));
  offerCsv(history.command("auth"))
    .description("List who changed services, resource servers and signing keys of auth, newest first")
    .option("--limit <number>", "how many at most", readCount, 50)
    .addHelpText("after", examples("history auth", "history auth --limit 500 --csv"))
    .action(
      answering(({ limit }: { limit: number }) =>
        desk.read(async (work) => presentChanges(await historyOfAuth(work, limit))),
      ),
    );
}

function record(): Answer {
  const tables = Object.entries(personalTables).map(([name, { purpose, ground, kept, personal }]) => ({
    table: name,
    purpose,
    ground,
    kept,
    personal: [...personal],
  }));
  const rows = tables.map((it) => [it.table, it.purpose, it.ground, it.kept, it.personal.join(", ")]);
  const text = `${table(["table", "for", "ground (article 6)", "kept", "personal columns"], rows)}\n\nGiven to: ${recipients.join("; ")}.`;
  return { json: { tables, recipients }, text, csv: sheet(tables, ["table", "purpose", "ground", "kept", "personal"]) };
}

function presentChanges(entries: Awaited<ReturnType<typeof historyOfAuth>>): Answer {
  const changes = entries.map(({ at, recordId, verb, reason }) => ({ at: at.toString(), of: recordId, verb, reason }));
  const rows = changes.map(({ at, of, verb, reason }) => [at, of, verb, reason]);
  return {
    json: { changes },
    text: rows.length === 0 ? "Nothing has been changed." : table(["when", "of", "what", "how"], rows),
    csv: sheet(changes, ["at", "of", "verb", "reason"]),
  };
}

function presentVerified({ entries, head, broken }: Awaited<ReturnType<typeof verifyHistory>>): Answer {
  const good = `All ${entries} entries follow each other unchanged. The newest is ${head || "none"}.`;
  const bad = table(
    ["entry", "why"],
    broken.map(({ id, why }) => [id, why]),
    ["entry"],
  );
  return { json: { entries, head, broken }, text: broken.length === 0 ? good : bad, wrong: broken.length > 0 };
}
