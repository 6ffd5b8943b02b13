// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How each program lives: start, say ready, run until told to stop, stop within a few seconds.
import { type Config, ConfigError, readConfig, type Setting, type Settings } from "./config.ts";
import { type Log, openLog } from "./log.ts";

export interface Running {
  /** Closes what the program opened; resolves when nothing is left open. */
  stop(): Promise<void>;
}

const stopWithinMs = 4_000;

/**
 * Runs one of our programs: reads its settings (all mistakes at once), opens its log, starts it, and sends `{ ready: true }`
 * to the process that forked it. Stops on SIGTERM, SIGINT, and when that process goes away.
 */
export async function runProgram<S extends Settings & { LOG_LEVEL: Setting<string> }>(
  name: string,
  settings: S,
  start: (config: Config<S>, log: Log) => Promise<Running>,
): Promise<void> {
  try {
    const major = Number(process.versions.node.split(".")[0]);
    if (major < 24)
      throw new ConfigError([`This program needs Node 24 or newer; this is ${process.version}. Start it with npm.`]);
    const config = readConfig(settings);
    const log = openLog(name, config.LOG_LEVEL as string);
    const running = await start(config, log);
    stopWhenTold(log, running);
    process.send?.({ ready: true });
    log.info("ready");
  } catch (error) {
    fail(openLog(name, "info"), error);
  }
}

function stopWhenTold(log: Log, running: Running): void {
  let stopping = false;
  const stop = (why: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ why }, "stopping");
    setTimeout(() => process.exit(1), stopWithinMs).unref();
    running.stop().then(
      () => process.exit(0),
      (error) => fail(log, error),
    );
  };
  process.once("SIGTERM", () => stop("SIGTERM"));
  process.once("SIGINT", () => stop("SIGINT"));
  process.once("disconnect", () => stop("the starting process went away"));
  if (process.send && !process.connected) stop("the starting process went away");
  process.on("unhandledRejection", (error) => {
    log.fatal({ err: error }, "unhandled rejection");
    process.exitCode = 1;
    stop("unhandled rejection");
  });
}

function fail(log: Log, error: unknown): void {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else log.fatal({ err: error }, "could not start");
  process.exit(1);
}
