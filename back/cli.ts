// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The `cdb` command: one transaction per command, opened here in the name of whoever types it.
import os from "node:os";
import path from "node:path";
import { readConfig } from "@cdb/runtime/config.ts";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import { Command, CommanderError } from "commander";
import { asJson, harmless } from "./cli/answer.ts";
import { complaintAbout } from "./cli/complaint.ts";
import type { Desk } from "./cli/desk.ts";
import { type Environment, readEnvironment, requireSetting, root } from "./cli/environment.ts";
import { shared, worker } from "./config.ts";
import type { Actor } from "./data/actor.ts";
import { Database } from "./data/database.ts";
import { offersFor } from "./nouns.ts";

const exitCodes = `
Exit codes:
  0  done
  1  refused, not found, or something is wrong
  2  used wrongly, or a setting is missing
  3  something it depends on does not answer

Settings come from the environment (DATABASE_URL, MIGRATE_DATABASE_URL, ORGANISATION …). Without DATABASE_URL
those of the development system of this checkout are used, as long as it was started with \`npm start\`.`;

let environment: Environment | undefined;
let database: Database | undefined;

const desk: Desk = {
  environment: () => (environment ??= readEnvironment()),
  change: (verb) => openDatabase().transaction(actor(), verb),
  read: (verb) => openDatabase().read(actor(), verb),
  readDirectly: (query) => query(openDatabase().pool),
  // Most commands need no provider's library.
  listers: async () => {
    const { openProviders } = await import("./outside.ts");
    return openProviders(desk.environment(), openDatabase().organisation.name).listers;
  },
  reconcileAccounts: async (directory, dryRun) => {
    const { reconcileAccounts } = await import("./worker/reconcile-accounts.ts");
    return reconcileAccounts(openDatabase(), directory, { dryRun });
  },
  auth: async () => {
    const { AUTH_URL, BACK_CLIENT_SECRET } = readConfig(
      { AUTH_URL: worker.AUTH_URL, BACK_CLIENT_SECRET: worker.BACK_CLIENT_SECRET },
      { ...desk.environment() },
    );
    const { openAuth } = await import("./auth.ts");
    return { auth: openAuth({ AUTH_URL, BACK_CLIENT_SECRET }), by: administratorName() };
  },
};

const program = new Command("cdb")
  .description("Administrate the Community Database")
  .option("--json", "answer in JSON, for other programs")
  .option("--debug", "show where an error comes from")
  .configureHelp({ showGlobalOptions: true })
  .configureOutput({ writeErr: (text) => process.stderr.write(harmless(text)) })
  .exitOverride()
  .addHelpText("after", exitCodes);
for (const offer of await offersFor(process.argv.slice(2))) offer(program, desk);

// The reader of a pipe may leave early (`| head`): nothing to complain about.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = complain(error);
} finally {
  await database?.close();
}

function openDatabase(): Database {
  if (database) return database;
  const url = requireSetting(desk.environment(), "DATABASE_URL");
  const { ORGANISATION } = readConfig({ ORGANISATION: shared.ORGANISATION }, { ...desk.environment() });
  const organisation = readOrganisation(path.resolve(root, ORGANISATION));
  database = new Database(url, organisation, { program: "cli", poolSize: 1 });
  return database;
}

function actor(): Actor {
  return { kind: "administrator", name: administratorName() };
}

function administratorName(): string {
  try {
    return os.userInfo().username;
  } catch {
    // A container's user may have a number and no name.
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}

function complain(error: unknown): number {
  const { json, debug } = program.opts<{ json?: true; debug?: true }>();
  if (debug && error instanceof Error) process.stderr.write(`${harmless(error.stack ?? "")}\n`);
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { code, sentence, exitCode } = complaintAbout(error);
  process.stderr.write(json ? asJson({ error: { code, sentence } }) : `${harmless(sentence)}\n`);
  return exitCode;
}
