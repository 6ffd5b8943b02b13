// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Looks at the directory from time to time: when it is back, whatever it lost or missed is looked for at once.
import type { Directory } from "@cdb/directory/directory.ts";
import type { Log } from "@cdb/runtime/log.ts";
import type { Database } from "../data/database.ts";

/** Begins; the answer ends it. */
export function watchDirectory(database: Database, directory: Directory, log: Log, everyMs = 10_000): () => void {
  let wasAway = false;
  const look = async (): Promise<void> => {
    const seen = await directory.check();
    if (!seen.ok && !wasAway) log.warn("the directory does not answer as it should; what it shall show waits");
    if (seen.ok && wasAway) {
      await database.transaction({ kind: "worker" }, async (work) => work.queue({ name: "reconcile-accounts" }));
      log.info("the directory is back");
    }
    wasAway = !seen.ok;
  };
  const timer = setInterval(() => {
    look().catch((error) => log.error({ err: error }, "looking at the directory failed"));
  }, everyMs);
  return () => clearInterval(timer);
}
