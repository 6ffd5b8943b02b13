// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb completion <shell>`: the script that makes a shell complete this command.
import { fileURLToPath } from "node:url";
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

/** Comes last: it completes the commands that are there. */
export function offerCompletion(program: Command): void {
  const completed = tab(program, { completionCommandName: "completion" });
  for (const command of completed.commands.values()) command.option("json", "answer in JSON, for other programs");
  const completion = program.commands.find((command) => command.name() === "completion");
  // The library's own action writes a script that calls `cdb`, which is not on the path where npx starts it.
  completion
    ?.description("Print a script that makes the shell complete cdb")
    .addHelpText(
      "after",
      '\nExamples:\n  $ cdb completion bash >> ~/.bashrc\n  $ cdb completion fish > ~/.config/fish/completions/cdb.fish\n\nWith npx, add `alias cdb="npx cdb"`.',
    )
    .action((shell: string) => completed.setup("cdb", executable(), shell));
}

function executable(): string {
  return [process.execPath, fileURLToPath(new URL("../cli.ts", import.meta.url))].map((file) => `'${file}'`).join(" ");
}
