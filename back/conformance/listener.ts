// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Where the provider tells our clients that somebody signed out (Back-Channel Logout 1.0), and where browsers end.
import { listen } from "@cdb/runtime/serve.ts";

export interface Listener {
  /** The addresses of the clients begin with it. */
  base: string;
  /** The next logout token that comes to this address, from now on; undefined when none comes in time. */
  nextToken(address: string, withinMs: number): Promise<string | undefined>;
  stop(): Promise<void>;
}

const longestBody = 100_000;

/** `base`: how the provider reaches us, when that is not the port of this machine. */
export async function startListener(port: number, hostname = "127.0.0.1", base?: string): Promise<Listener> {
  const waiting = new Map<string, (token: string) => void>();
  const listening = await listen(
    async (request) => {
      const { pathname } = new URL(request.url);
      if (request.method !== "POST") return new Response("The conformance checks end here.\n");
      const body = (await request.text()).slice(0, longestBody);
      for (const [address, take] of waiting)
        if (new URL(address).pathname === pathname) take(new URLSearchParams(body).get("logout_token") ?? "");
      return new Response(null, { status: 204, headers: { "Cache-Control": "no-store" } });
    },
    port,
    hostname,
  );
  return {
    base: base ?? `http://localhost:${listening.port}`,
    nextToken: (address, withinMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => finish(undefined), withinMs);
        const finish = (token: string | undefined) => {
          clearTimeout(timer);
          waiting.delete(address);
          resolve(token);
        };
        waiting.set(address, finish);
      }),
    stop: listening.stop,
  };
}
