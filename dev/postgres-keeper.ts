// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A small process between us and PostgreSQL, which would outlive a parent that was killed. It stops PostgreSQL when it
// is told to, when the process that asked for it is gone or, for a server that tests share, when nobody uses it.

import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import pg from "pg";
import type { ServerUser } from "./postgres-binaries.ts";

export interface KeeperOrder {
  program: string;
  args: string[];
  user: ServerUser | undefined;
  /** Instead of when its parent is gone, the server stops when the file is old and nobody is connected. */
  idle: { adminUrl: string; usedFile: string; minutes: number } | undefined;
}

const fastShutdown = "SIGINT";
const immediateShutdown = "SIGQUIT";

keep(JSON.parse(process.argv[2] ?? "") as KeeperOrder);

function keep({ program, args, user, idle }: KeeperOrder): void {
  const server = spawn(program, args, { ...user, cwd: "/", stdio: ["ignore", "inherit", "inherit"] });
  const stop = (): void => {
    server.kill(fastShutdown);
    setTimeout(() => server.kill(immediateShutdown), 3000).unref();
  };
  server.on("error", () => process.exit(1));
  server.on("exit", (code) => process.exit(code ?? 1));
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, stop);
  if (idle) stopWhenIdle(idle, stop);
  else process.on("disconnect", stop);
}

function stopWhenIdle(idle: NonNullable<KeeperOrder["idle"]>, stop: () => void): void {
  setInterval(async () => {
    const unusedMs = Date.now() - (statSync(idle.usedFile, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (unusedMs > idle.minutes * 60_000 && !(await isConnected(idle.adminUrl))) stop();
  }, 20_000);
}

async function isConnected(adminUrl: string): Promise<boolean> {
  const client = new pg.Client(adminUrl);
  try {
    await client.connect();
    const others = await client.query(
      "SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    );
    return others.rows.length > 0;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
