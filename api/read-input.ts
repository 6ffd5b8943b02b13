// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads what a caller passes to an operation: the parts that it has, in its shapes, and nothing else.
import type { Checked, Operation } from "./operation.ts";
import { Refused } from "./problems.ts";

/** A request, as far as operations look at it. */
export interface Asked {
  url: string;
  param(): Record<string, string>;
  queries(): Record<string, string[]>;
  header(name: string): string | undefined;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Throws Refused or ZodError. */
export async function readInput<O extends Operation>(operation: O, asked: Asked): Promise<Checked<O>> {
  const query = asked.url.includes("?") ? Object.entries(asked.queries()) : [];
  if (query.some(([, values]) => values.length > 1))
    throw new Refused(400, "parameter-repeated", "A parameter was given more than once.");
  return {
    params: operation.params.parse(orNothing(asked.param())),
    query: operation.query.parse(
      orNothing(Object.fromEntries(query.map(([key, [value]]) => [key, value])), operation.query),
    ),
    body: operation.body.parse(await readBody(operation, asked)),
  } as Checked<O>;
}

function orNothing(values: Record<string, unknown>, shape?: Operation["query"]): Record<string, unknown> | undefined {
  return Object.keys(values).length === 0 && !shape?.safeParse({}).success ? undefined : values;
}

// What is not UTF-8 is refused: a word with U+FFFD in it is not the one that was sent.
const utf8 = new TextDecoder("utf-8", { fatal: true });

async function readBody(operation: Operation, asked: Asked): Promise<unknown> {
  if (operation.method === "GET") return undefined;
  const bytes = await asked.arrayBuffer();
  if (bytes.byteLength === 0) return undefined;
  if (!/^application\/json\b/i.test(asked.header("Content-Type") ?? ""))
    throw new Refused(415, "media-type-wrong", "The body must be application/json.");
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw new Refused(400, "body-unreadable", "The body is not JSON in UTF-8.");
  }
}
