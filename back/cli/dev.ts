// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb dev …`: what only development and measuring need.
import { SingleBar } from "cli-progress";
import { type Command, InvalidArgumentError } from "commander";
import { type Amounts, generate } from "../data/generate.ts";
import { type Answer, answering, examples } from "./answer.ts";
import type { Desk } from "./desk.ts";
import { requireSetting } from "./environment.ts";

export function offerDev(program: Command, desk: Desk): void {
  const dev = program.command("dev").description("Make up data for development and measuring");
  dev
    .command("generate")
    .description("Fill an empty database with made-up people and donations; the same seed makes the same people")
    .option("--people <number>", "how many people", readAmount, 10_000)
    .option("--donations <number>", "how many donations", readAmount, 100_000)
    .option("--seed <number>", "what the made-up people follow from", readAmount, 1)
    .addHelpText("after", examples("dev generate", "dev generate --people 1000000 --donations 10000000 --seed 1"))
    .action(answering((amounts: Amounts) => fill(requireSetting(desk.environment(), "MIGRATE_DATABASE_URL"), amounts)));
}

async function fill(ownerUrl: string, amounts: Amounts): Promise<Answer> {
  const began = performance.now();
  // Quiet where nobody watches: cli-progress draws on terminals only.
  const bar = new SingleBar({
    format: "{bar} {step}",
    stream: process.stderr,
    clearOnComplete: true,
    noTTYOutput: false,
  });
  let steps = 0;
  bar.start(36, 0, { step: "people" });
  await generate(ownerUrl, amounts, (step) => {
    steps += 1;
    bar.update(Math.min(steps, 36), { step });
  }).finally(() => bar.stop());
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  return {
    json: { ...amounts, seconds },
    text: `${amounts.people} people and ${amounts.donations} donations in ${seconds} s.`,
  };
}

function readAmount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number.");
}
