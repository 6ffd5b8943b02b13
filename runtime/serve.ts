// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How a program listens: its own port for everybody, a private one for health and metrics.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Running } from "./program.ts";

export interface Listening extends Running {
  port: number;
}

/** Serves a Fetch handler. Loopback is the default: a reverse proxy stands in front. Port 0 lets the system choose. */
export function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  port: number,
  hostname = "127.0.0.1",
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname }, (info: AddressInfo) =>
      resolve({ port: info.port, stop: () => close(server) }),
    ) as Server;
    server.once("error", reject);
  });
}

export type HealthCheck = () => Promise<void>;

const metrics = new Registry();
collectDefaultMetrics({ register: metrics });

/** Serves `/health` (each dependency apart) and `/metrics` (Prometheus) on a port that is not for the public. */
export function listenPrivately(checks: Record<string, HealthCheck>, port: number): Promise<Listening> {
  const app = new Hono();
  app.get("/health", async (c) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await outcome(check)] as const),
    );
    return c.json(Object.fromEntries(results), results.every(([, result]) => result === "ok") ? 200 : 503);
  });
  app.get("/metrics", async (c) => c.text(await metrics.metrics(), 200, { "Content-Type": metrics.contentType }));
  return listen(app.fetch, port);
}

async function outcome(check: HealthCheck): Promise<string> {
  const late = new Promise<string>((resolve) => setTimeout(() => resolve("no answer within 3 s"), 3_000).unref());
  return Promise.race([
    check().then(
      () => "ok",
      () => "fails",
    ),
    late,
  ]);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 1_000).unref();
  });
}
