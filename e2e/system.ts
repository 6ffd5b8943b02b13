// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The whole system as `npm start` runs it, in a folder and on ports of its own; one for all journeys of a run.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { waitUntil } from "./wait.ts";

export interface Mail {
  id: string;
  from: string;
  to: string[] | string;
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
  receivedAt: string;
  links: string[];
}

export interface System {
  front: string;
  auth: string;
  back: string;
  inbox: string;
  ldap: string;
  stripe: string;
  paypal: string;
  home: string;
  /** Everything that `npm start` printed. */
  printed(): string;
  /** Waits for the newest mail to this address whose subject matches. */
  mail(to: string, subject?: RegExp): Promise<Mail>;
  mails(to: string): Promise<Mail[]>;
  /** Runs `cdb` beside the system. */
  cdb(...args: string[]): Promise<{ code: number; out: string; err: string }>;
  process: ChildProcess;
  stop(): Promise<void>;
}

const root = path.dirname(import.meta.dirname);
let shared: Promise<System> | undefined;

/** The system of this run, started by whoever asks first and stopped after the last test. */
export function theSystem(): Promise<System> {
  shared ??= startSystem();
  return shared;
}

after(async () => {
  await (await shared)?.stop();
});

/** Starts a system; `settings` go into its environment. */
export async function startSystem(
  settings: Record<string, string> = {},
  home = mkdtempSync(path.join(tmpdir(), "cdb-e2e-")),
): Promise<System> {
  const port = await findPorts();
  const environment = { ...process.env, CDB_HOME: home, CDB_PORT: String(port), ...settings };
  let printed = "";
  const child = spawn(process.execPath, [path.join(root, "dev", "main.ts")], {
    cwd: root,
    env: environment,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (data) => {
      printed += data;
    });
  await waitUntil(
    "the system is ready",
    () => {
      if (child.exitCode !== null) throw new Error(`the system did not start:\n${printed}`);
      return /^ready/m.test(printed);
    },
    90_000,
  );
  const at = (offset: number) => `http://localhost:${port + offset}`;
  const inbox = at(3);
  const mails = async (to: string) =>
    (await (await fetch(`${inbox}/api/messages?to=${encodeURIComponent(to)}`)).json()) as Mail[];
  return {
    front: at(0),
    auth: at(1),
    back: at(2),
    inbox,
    ldap: `ldap://localhost:${port + 4}`,
    stripe: at(6),
    paypal: at(12),
    home,
    process: child,
    printed: () => printed,
    mails,
    mail: (to, subject = /./) =>
      waitUntil(`a mail to ${to} about ${subject}`, async () =>
        (await mails(to)).find((mail) => subject.test(mail.subject)),
      ),
    cdb: (...args) => run(args, environment),
    stop: async () => {
      if (child.exitCode === null) child.kill("SIGTERM");
      await exited;
      assertDiscreet(path.join(home, "logs"));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function run(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [path.join(root, "back", "cli.ts"), ...args], { cwd: root, env });
  let [out, err] = ["", ""];
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    err += data;
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code: code ?? 1, out, err })));
}

// What passes through the journeys and belongs in no log: addresses, what links carry, account numbers, passwords.
const confidential = [
  /[\w.+-]+@[\w-]+\.[a-z]{2,}/i,
  /[?&](?:link|token|code|signature)=[\w.-]{8,}/,
  /\bDE\d{2} ?\d{4}/,
  /analytical engine|bunte V/,
  /Bearer \S+/,
];

function assertDiscreet(folder: string): void {
  for (const file of readdirSync(folder))
    for (const line of readFileSync(path.join(folder, file), "utf8").split("\n"))
      for (const pattern of confidential) assert.doesNotMatch(line, pattern, `${file} tells too much`);
}

// A block of thirteen free ports: the first is asked for and the others are taken on trust, below those that the system gives to outgoing connections.
function findPorts(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 700) * 16;
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(findPorts()));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(port)));
  });
}
