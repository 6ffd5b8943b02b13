// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Several processes of auth on one database, behind a plain proxy that gives each request to the next of them.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import { startDirectory } from "@cdb/dev/directory/server.ts";
import { leanArguments, leanEnvironment } from "@cdb/dev/node-options.ts";
import pg from "pg";
import { startBack, type TestBack, type TestPerson } from "./back.ts";
import { freshDatabase, frontSecret, frontUrl, secret } from "./start.ts";

export interface AuthProcesses {
  /** The proxy's address. */
  issuer: string;
  /** The processes' own addresses. */
  ports: number[];
  back: TestBack;
  pool: pg.Pool;
  addPerson(name: string, password: string): Promise<TestPerson>;
  /** SIGKILL: it has no time to finish anything. */
  kill(index: number): Promise<void>;
  /** As an administrator does for an upgrade. */
  restart(index: number): Promise<void>;
  start(index: number): Promise<void>;
}

const root = new URL("../../", import.meta.url).pathname;

/** `wrap`: what stands between them and the directory. */
export async function startProcesses(
  count: number,
  wrap: (url: string) => Promise<string> = async (url) => url,
): Promise<AuthProcesses> {
  const stops: (() => Promise<unknown>)[] = [];
  // Said before the database is made: what runs first is what was said first, and nobody may use it when it goes.
  after(async () => {
    for (const stop of stops) await stop();
  });
  const databaseUrl = await freshDatabase();
  const pool = new pg.Pool({ connectionString: databaseUrl });
  const directory = await startDirectory({ port: 0 });
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const proxy = await startProxy(ports);
  const back = await startBack(() => proxy.url);
  const settings = {
    AUTH_URL: proxy.url,
    AUTH_PROXIES: "1",
    AUTH_SECRET: secret,
    AUTH_DATABASE_URL: databaseUrl,
    BACK_URL: back.url,
    FRONT_URL: frontUrl,
    FRONT_CLIENT_SECRET: frontSecret,
    LDAP_URL: await wrap(directory.url),
    LDAP_BASE_DN: directory.baseDn,
    LDAP_BIND_DN: directory.bindDn,
    LDAP_BIND_PASSWORD: directory.bindPassword,
  };
  const children: (ChildProcess | undefined)[] = [];
  const start = async (index: number) => {
    children[index] = await startChild({ ...settings, AUTH_PORT: String(ports[index]) });
  };
  const end = async (index: number, signal: NodeJS.Signals) => {
    const child = children[index];
    children[index] = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  stops.push(
    () => Promise.all(children.map((_, index) => end(index, "SIGTERM"))),
    () => Promise.all([proxy.stop(), back.stop(), directory.stop(), pool.end()]),
  );
  // All at once: each finds the database empty.
  await Promise.all(ports.map((_, index) => start(index)));
  return {
    ...{ issuer: proxy.url, ports, back, pool, start },
    addPerson: async (name, password) => {
      const person = back.addPerson(name, name.toLowerCase());
      await directory.addPerson({ username: name.toLowerCase(), password, name, mail: person.email });
      return person;
    },
    kill: (index) => end(index, "SIGKILL"),
    restart: async (index) => {
      await end(index, "SIGTERM");
      await start(index);
    },
  };
}

async function startChild(settings: Record<string, string>): Promise<ChildProcess> {
  const { PATH = "", TEST_DATABASE_URL = "" } = process.env;
  const child = fork(`${root}auth/main.ts`, [], {
    cwd: root,
    env: { PATH, TEST_DATABASE_URL, ...leanEnvironment, LOG_LEVEL: "error", AUTH_HEALTH_PORT: "0", ...settings },
    execArgv: [...leanArguments],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  await new Promise<void>((resolve, reject) => {
    child.once("message", () => resolve());
    child.once("exit", (code) => reject(new Error(`auth ended with ${code} before it was ready`)));
  });
  return child;
}

async function startProxy(ports: number[]): Promise<{ url: string; stop(): Promise<void> }> {
  let turn = 0;
  const server = http.createServer((request, response) => {
    turn += 1;
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => passOn(request, response, Buffer.concat(chunks), order(ports, turn)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const order = (ports: number[], turn: number) => ports.map((_, at) => ports[(at + turn) % ports.length] ?? 0);

/** To the first that takes the connection. What breaks later may have been done: the visitor is told (502). */
function passOn(request: http.IncomingMessage, response: http.ServerResponse, body: Buffer, ports: number[]): void {
  const [port, ...others] = ports;
  if (port === undefined) return void response.writeHead(503).end();
  const heard = [request.headers["x-forwarded-for"], request.socket.remoteAddress].filter(Boolean).join(", ");
  const headers = { ...request.headers, "x-forwarded-for": heard, connection: "close" };
  const onward = http.request({ host: "127.0.0.1", port, method: request.method, path: request.url, headers });
  onward.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on("error", () => response.destroy());
    answer.pipe(response);
  });
  onward.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNREFUSED") passOn(request, response, body, others);
    else if (!response.headersSent) response.writeHead(502).end();
    else response.destroy();
  });
  onward.end(body);
}

function freePort(): Promise<number> {
  const probe = http.createServer();
  return new Promise((resolve) =>
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    }),
  );
}
