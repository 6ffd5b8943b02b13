// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The development system, as `npm start` runs it: every part of the Community Database from one command.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { directoryPart, type Embedded, inboxPart, paypalPart, postgresPart, stripePart } from "./embedded.ts";
import {
  buildEnvironments,
  type Environments,
  findRealParts,
  type PartEnvironments,
  type ReplaceablePart,
} from "./environment.ts";
import { examples, makeExamplePeople } from "./example-people.ts";
import { type Home, openHome, writePrivate } from "./home.ts";
import { type Ports, portsFrom, refuseTaken } from "./ports.ts";
import { programPart } from "./program.ts";
import { Supervisor } from "./supervisor.ts";

const root = path.dirname(import.meta.dirname);
const beganAt = performance.now();
const supervisor = new Supervisor((line) => say(`  ${line}`));
let home: Home | undefined;
let stopping: Promise<void> | undefined;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopAll(0));
process.on("disconnect", () => stopAll(0));
// A closed terminal or pipe is no reason to die before everything is stopped.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

await run().catch(async (error: Error) => {
  if (!stopping) process.stderr.write(`\n${error.message}\n`);
  await stopAll(1);
});

async function run(): Promise<void> {
  const real = findRealParts(process.env);
  const folder = path.resolve(process.env.CDB_HOME || path.join(root, ".data"));
  home = openHome(folder);
  const ports = portsFrom(readFirstPort(process.env.CDB_PORT || "8089"));
  await refuseTaken(neededPorts(ports, real));
  say(`Community Database, data in ${path.relative(process.cwd(), folder) || "."}; Ctrl-C stops it.`);
  const parts = await startParts(home, ports, real);
  const environments = buildEnvironments(ports, home.secrets, parts, process.env);
  writePrivate(path.join(folder, "environment.json"), environments.cdb);
  await step("tables", () => migrate(environments.cdb));
  await step("programs", () => startPrograms(folder, environments));
  const withExamples = !real.postgres && !real.directory;
  if (withExamples) await enterExamplePeople(folder, environments);
  showAddresses(ports, real, withExamples);
  say(`ready after ${seconds(beganAt)}: open ${environments.front.FRONT_URL}`);
}

function readFirstPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_520) return port;
  throw new Error(`CDB_PORT is ${JSON.stringify(text)}; it must be a number from 1 to 65519.`);
}

function neededPorts(ports: Ports, real: Partial<PartEnvironments>): Partial<Ports> {
  const { inbox, smtp, directory, postgres, stripe, paypal, ...always } = ports;
  return {
    ...always,
    ...(real.mail ? {} : { inbox, smtp }),
    ...(real.directory ? {} : { directory }),
    ...(real.postgres ? {} : { postgres }),
    ...(real.stripe ? {} : { stripe }),
    ...(real.paypal ? {} : { paypal }),
  };
}

async function startParts(at: Home, ports: Ports, real: Partial<PartEnvironments>): Promise<PartEnvironments> {
  const embedded: Embedded = {
    postgres: postgresPart(at, ports),
    directory: directoryPart(at, ports),
    mail: inboxPart(at, ports),
    stripe: stripePart(at, ports),
    paypal: paypalPart(at, ports),
  };
  const settings: [string, Record<string, string>][] = [];
  for (const [name, { part, settings: own }] of Object.entries(embedded)) {
    const given = real[name as ReplaceablePart];
    if (given) say(`  ${name} … yours`);
    else await step(part.name, () => supervisor.keep(part));
    settings.push([name, given ?? own()]);
  }
  return Object.fromEntries(settings) as PartEnvironments;
}

async function migrate(environment: Record<string, string>): Promise<void> {
  const args = [path.join(root, "back", "cli.ts"), "database", "migrate"];
  try {
    await promisify(execFile)(process.execPath, args, { cwd: root, env: environment });
  } catch (error) {
    const { stderr = "", stdout = "" } = error as { stderr?: string; stdout?: string };
    throw new Error(`The tables could not be brought up to date:\n${(stderr || stdout).trimEnd()}`);
  }
}

async function startPrograms(folder: string, environments: Environments): Promise<void> {
  const files = { back: "back/main.ts", worker: "back/worker.ts", auth: "auth/main.ts", front: "front/main.ts" };
  const names = Object.keys(files) as (keyof typeof files)[];
  const logFolder = path.join(folder, "logs");
  const parts = names.map((name) =>
    programPart({ name, file: path.join(root, files[name]), environment: environments[name], logFolder }),
  );
  await supervisor.keep(...parts);
}

async function enterExamplePeople(folder: string, { worker }: Environments): Promise<void> {
  const note = path.join(folder, "state", "example-people.json");
  if (existsSync(note)) return;
  const { DATABASE_URL = "", ORGANISATION = "", LDAP_URL = "", LDAP_BASE_DN = "" } = worker;
  const { LDAP_BIND_DN = "", LDAP_BIND_PASSWORD = "" } = worker;
  await step("example people", () =>
    makeExamplePeople(DATABASE_URL, path.resolve(root, ORGANISATION), {
      url: LDAP_URL,
      baseDn: LDAP_BASE_DN,
      bindDn: LDAP_BIND_DN,
      bindPassword: LDAP_BIND_PASSWORD,
    }),
  );
  writePrivate(
    note,
    examples.map(({ email }) => email),
  );
}

function showAddresses(ports: Ports, real: Partial<PartEnvironments>, withExamples: boolean): void {
  const local = (port: number, rest = "") => `http://localhost:${port}${rest}`;
  const lines = [
    ["the site", local(ports.front)],
    ["signing in", local(ports.auth, "/.well-known/openid-configuration")],
    ["the API", local(ports.back, "/openapi.json")],
    ["mail inbox", real.mail ? "yours" : local(ports.inbox)],
    ["directory", real.directory ? "yours" : `ldap://localhost:${ports.directory}`],
    ["PostgreSQL", real.postgres ? "yours" : `localhost:${ports.postgres}, roles and passwords in environment.json`],
    ["payments", real.stripe ? "yours" : `${local(ports.stripe)} (a fake of Stripe; card 4242 4242 4242 4242)`],
    ["PayPal", real.paypal ? "yours" : `${local(ports.paypal)} (a fake)`],
  ];
  say("");
  for (const [what, where] of lines) say(`  ${what?.padEnd(12)} ${where}`);
  if (!withExamples) return;
  say("");
  for (const { name, email, account } of examples)
    say(
      `  ${name} signs in with ${account ? `${account.username} / ${account.password}` : `a link mailed to ${email}`}`,
    );
  say("");
}

async function step(name: string, work: () => Promise<unknown>): Promise<void> {
  if (stopping) throw new Error("stopped while starting");
  const began = performance.now();
  process.stdout.write(`  ${name} … `);
  await work();
  say(seconds(began));
}

function seconds(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function stopAll(code: number): Promise<void> {
  stopping ??= supervisor.stop().then(() => {
    home?.lock.release();
    process.exit(code);
  });
  return stopping;
}
