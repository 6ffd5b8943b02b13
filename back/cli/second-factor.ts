// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb people reset-second-factor`: for who has lost the second factor and the recovery codes.
import { resetSecondFactor } from "@cdb/api/second-factor.ts";
import type { Command } from "commander";
import { getPerson } from "../data/people/find-people.ts";
import { type Answer, answering, examples } from "./answer.ts";
import { type Desk, whoMeans } from "./desk.ts";

export function offerSecondFactor(people: Command, desk: Desk): void {
  people
    .command("reset-second-factor")
    .description("Take away all second factors and recovery codes of somebody who lost them; a mail tells them")
    .argument("<who>", whoMeans)
    .addHelpText(
      "after",
      `\nMake sure first that it is them who ask: by phone, or face to face.${examples("people reset-second-factor ada", "people reset-second-factor 1001")}`,
    )
    .action(answering((who: string) => reset(desk, who)));
}

async function reset(desk: Desk, who: string): Promise<Answer> {
  const uuid = await desk.change(async (work) => (await getPerson(work, who)).uuid);
  const { auth, by } = await desk.auth();
  const { removed } = await auth.call(resetSecondFactor, { params: { uuid }, query: { by } });
  const text = removed === 0 ? "There was no second factor." : `Taken away: ${removed}, and the recovery codes.`;
  return { json: { removed }, text };
}
