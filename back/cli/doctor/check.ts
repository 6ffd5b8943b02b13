// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// One look at one part of the system, and what it says in plain words.
import { databaseTrouble } from "../complaint.ts";

export interface Outcome {
  state: "ok" | "wrong" | "skipped" | "unknown";
  says: string;
}

export interface Check {
  about: string;
  look(): Outcome | Promise<Outcome>;
}

export const ok = (says: string): Outcome => ({ state: "ok", says });
export const wrong = (says: string): Outcome => ({ state: "wrong", says });
export const skipped = (says: string): Outcome => ({ state: "skipped", says });

export const unknown = (says: string): Outcome => ({ state: "unknown", says });

const answerWithinMs = 8_000;

/** Never throws, and never takes for ever: what breaks or is silent is wrong. */
export async function carryOut({ about, look }: Check): Promise<Outcome & { about: string }> {
  const late = Promise.withResolvers<Outcome>();
  const timer = setTimeout(() => late.resolve(wrong("It gives no answer.")), answerWithinMs);
  const seen = (async () => look())().catch((error: unknown) =>
    wrong(databaseTrouble(error)?.sentence ?? (error instanceof Error ? error.message : "It fails.")),
  );
  const outcome = await Promise.race([seen, late.promise]);
  clearTimeout(timer);
  return { about, ...outcome };
}
