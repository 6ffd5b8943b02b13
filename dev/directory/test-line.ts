// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A line between a client and a server, for tests: it can be listened to, slowed down, cut, and led elsewhere.

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface Line {
  url: string;
  /** Where it begins, and where it leads to. */
  port: number;
  target: number;
  /** What the client has sent. */
  sent: string;
  /** While true nothing comes through, though connections are accepted. */
  isCut: boolean;
  /** While true the server does what it is asked, and no answer comes back. */
  isDeaf: boolean;
  /** While true whoever comes is sent away. */
  isRefusing: boolean;
  /** After so many bytes of answers a connection breaks. */
  breaksAfter: number;
  /** How late the answers come. */
  delayMs: number;
  /** Ends all connections that there are. */
  drop(): void;
  close(): Promise<void>;
}

export async function openLine(port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  const listener: Server = createServer((near) => {
    if (line.isRefusing) return void near.resetAndDestroy();
    const far = connect(line.target, "127.0.0.1");
    for (const socket of [near, far]) sockets.add(socket.on("close", () => sockets.delete(socket)));
    join(line, near, far);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const own = (listener.address() as AddressInfo).port;
  const line: Line = {
    url: `ldap://127.0.0.1:${own}`,
    port: own,
    target: port,
    sent: "",
    isCut: false,
    isDeaf: false,
    isRefusing: false,
    breaksAfter: Number.POSITIVE_INFINITY,
    delayMs: 0,
    drop() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      line.drop();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return line;
}

function join(line: Line, near: Socket, far: Socket): void {
  let answered = 0;
  let passed = Promise.resolve();
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
  }
  near.on("data", (chunk) => {
    line.sent += chunk.toString("latin1");
    if (!line.isCut) far.write(chunk);
  });
  far.on("data", (chunk) => {
    if (line.isCut || line.isDeaf) return;
    answered += chunk.length;
    const [isOver, rest] = [answered > line.breaksAfter, line.breaksAfter - answered + chunk.length];
    const dueAt = performance.now() + line.delayMs;
    // One after the other, also when the delay changes.
    passed = passed.then(async () => {
      if (dueAt > performance.now()) await pause(dueAt - performance.now());
      near.write(isOver ? chunk.subarray(0, Math.max(0, rest)) : chunk);
      if (isOver) near.end();
    });
  });
}
