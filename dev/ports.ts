// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The ports of the development system: thirteen in a row, from CDB_PORT on.

import { createServer } from "node:net";

const order = [
  "front",
  "auth",
  "back",
  "inbox",
  "directory",
  "postgres",
  "stripe",
  "smtp",
  "frontHealth",
  "authHealth",
  "backHealth",
  "workerHealth",
  "paypal",
] as const;

export type Ports = Record<(typeof order)[number], number>;

export function portsFrom(first: number): Ports {
  return Object.fromEntries(order.map((name, offset) => [name, first + offset])) as Ports;
}

/** Throws, naming them all, when some of the ports are in use. */
export async function refuseTaken(ports: Partial<Ports>): Promise<void> {
  const names = Object.keys(ports) as (keyof Ports)[];
  const free = await Promise.all(names.map((name) => isFree(ports[name] as number)));
  const taken = names.filter((_, index) => !free[index]).map((name) => `${ports[name]} (${name})`);
  if (taken.length === 0) return;
  const what = taken.length === 1 ? `Port ${taken[0]} is` : `Ports ${taken.join(", ")} are`;
  throw new Error(`${what} in use by another program. Stop it, or choose other ports: CDB_PORT=9089 npm start`);
}

async function isFree(port: number): Promise<boolean> {
  // Without a host it listens on every address, so whoever listens on any of them is in the way.
  for (const host of ["127.0.0.1", undefined]) {
    const server = createServer();
    const listening = new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen({ port, host, exclusive: true }, () => resolve(true));
    });
    if (!(await listening)) return false;
    await new Promise((resolve) => server.close(resolve));
  }
  return true;
}
