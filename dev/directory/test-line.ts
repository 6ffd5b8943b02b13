// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A line between a client and a server, for tests: it can be listened to, slowed down, and cut.

import { connect, createServer, type Server, type Socket } from "node:net";

export interface Line {
  url: string;
  /** What the client has sent. */
  sent: string;
  /** While true nothing comes through, though connections are accepted. */
  isCut: boolean;
  /** How late the answers come. */
  delayMs: number;
  /** While true every connection is closed at the first word that is said on it. */
  isBroken: boolean;
  close(): Promise<void>;
}

export async function openLine(port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  const listener: Server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
      from.on("data", (chunk) => {
        if (from === near) line.sent += chunk.toString("latin1");
        if (line.isBroken) return near.destroy();
        const isLate = from === far && line.delayMs > 0;
        if (isLate) setTimeout(() => to.write(chunk), line.delayMs);
        else if (!line.isCut) to.write(chunk);
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  const line: Line = {
    url: `ldap://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    sent: "",
    isCut: false,
    delayMs: 0,
    isBroken: false,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return line;
}
