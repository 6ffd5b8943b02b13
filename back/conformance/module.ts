// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A module of a certification plan: one thing that a provider must do, with the name it has at the OpenID Foundation.
import type { Stage } from "./stage.ts";

export interface Module {
  name: string;
  /** Throws Unmet where the provider does otherwise, NotClaimed where it does not offer what the module is about. */
  check(stage: Stage): Promise<void>;
}

export interface Plan {
  title: string;
  modules: Module[];
}

export interface Outcome {
  plan: string;
  module: string;
  result: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped; empty when it passed. */
  says: string;
}

export class Unmet extends Error {}
export class NotClaimed extends Error {}

export function expect(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Unmet(sentence);
}

const atOnce = 4;

/** All modules, a few at a time, for some wait; outcomes in the order of the plans. */
export async function runModules(
  plans: Plan[],
  stage: Stage,
  onDone: (outcome: Outcome) => void = () => {},
): Promise<Outcome[]> {
  const all = plans.flatMap(({ title, modules }) => modules.map((module) => ({ title, module })));
  const outcomes: Outcome[] = [];
  const left = [...all.entries()];
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [at, { title, module }] = next;
      const outcome = { plan: title, module: module.name, ...(await run(module, stage)) };
      outcomes[at] = outcome;
      onDone(outcome);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return outcomes;
}

async function run(module: Module, stage: Stage): Promise<Pick<Outcome, "result" | "says">> {
  try {
    await module.check(stage);
    return { result: "passed", says: "" };
  } catch (error) {
    if (error instanceof NotClaimed) return { result: "skipped", says: error.message };
    return { result: "failed", says: explain(error) };
  }
}

// The libraries say the whole story in a chain of causes. Tokens and codes stand in none of these messages.
function explain(error: unknown): string {
  const said: string[] = [];
  for (let each = error; each instanceof Error && said.length < 4; each = each.cause) {
    const { error: code, error_description: description } = each as { error?: unknown; error_description?: unknown };
    const more = typeof code === "string" ? ` (${[code, description].filter(Boolean).join(": ")})` : "";
    said.push(`${each.message}${more}`);
  }
  return said.join(" – ") || "something unknown was thrown";
}
