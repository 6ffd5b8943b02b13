// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb resources list|set|remove`: programs of others that take access tokens of auth.
import { listResources, removeResource, writeResource } from "@cdb/api/resources.ts";
import { type Command, InvalidArgumentError } from "commander";
import { type Answer, answering, examples, table } from "./answer.ts";
import type { Desk } from "./desk.ts";

interface Wish {
  name: string;
  scope: Record<string, string>;
}

export function offerResources(program: Command, desk: Desk): void {
  const resources = program
    .command("resources")
    .description("Manage the resource servers of others that take auth's tokens");
  resources
    .command("list")
    .description("List them with their scopes")
    .addHelpText("after", examples("resources list"))
    .action(answering(() => list(desk)));
  resources
    .command("set")
    .description("Add one, or change the one that is there; clients then name its scopes")
    .argument("<resource>", "its URI, which is the audience of its tokens")
    .requiredOption("--name <text>", "as people read it")
    .requiredOption(
      "--scope <scope=words>",
      "a scope, and what it allows, for the page of consent; once each",
      readScope,
    )
    .addHelpText(
      "after",
      examples("resources set https://calendar.example.org --name Calendar --scope 'calendar:read=see your calendar'"),
    )
    .action(answering((resource: string, wish: Wish) => set(desk, resource, wish)));
  resources
    .command("remove")
    .description("Remove one that no client names any more")
    .argument("<resource>", "its URI")
    .addHelpText("after", examples("resources remove https://calendar.example.org"))
    .action(answering((resource: string) => remove(desk, resource)));
}

function readScope(text: string, known: Record<string, string> = {}): Record<string, string> {
  const [, scope, words] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (scope === undefined || words === undefined)
    throw new InvalidArgumentError("It is written like 'calendar:read=see your calendar'.");
  return { ...known, [scope]: words };
}

async function list(desk: Desk): Promise<Answer> {
  const { resources } = await (await desk.auth()).auth.call(listResources);
  const rows = resources.map(({ resource, name, scopes }) => [resource, name, Object.keys(scopes).join(" ")]);
  const text = rows.length === 0 ? "There are none." : table(["resource", "name", "scopes"], rows);
  return { json: { resources }, text };
}

async function set(desk: Desk, resource: string, { name, scope }: Wish): Promise<Answer> {
  const { auth, by } = await desk.auth();
  const written = await auth.call(writeResource, { query: { by }, body: { resource, name, scopes: scope } });
  return { json: written, text: `${written.name} takes tokens for ${resource}: ${Object.keys(scope).join(", ")}.` };
}

async function remove(desk: Desk, resource: string): Promise<Answer> {
  const { auth, by } = await desk.auth();
  await auth.call(removeResource, { query: { by, resource } });
  return { json: { removed: resource }, text: `${resource} is removed.` };
}
