// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Looks after mailings: begins those that are due, sends those that are under way, ends those that are done.
import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "@cdb/runtime/log.ts";
import type { Actor } from "../data/actor.ts";
import { doubtRecipients } from "../data/mailings/recipients.ts";
import { beginDue, endIfDone, mailingsUnderWay } from "../data/mailings/run-mailing.ts";
import { type BulkOffice, sendMailing } from "./send-mailing.ts";

const worker: Actor = { kind: "worker" };
const lookEveryMs = 1_000;

export interface MailingSender {
  stop(): Promise<void>;
}

/** Any number of workers may do so at once. */
export function openMailingSender(office: BulkOffice, log: Log): MailingSender {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (!signal.aborted) {
      const found = await look(office, log, signal).catch((error) => {
        log.error({ err: error }, "a mailing has trouble");
        return false;
      });
      if (!found) await pause(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** Whether there was something to do. */
async function look(office: BulkOffice, log: Log, signal: AbortSignal): Promise<boolean> {
  const { database } = office;
  const begun = await database.transaction(worker, beginDue);
  if (begun) log.info({ mailing: begun.id, state: begun.state, reason: begun.reason }, "a mailing was due");
  await database.transaction(worker, doubtRecipients);
  let sent = false;
  for (const mailing of await database.read(worker, mailingsUnderWay)) {
    await sendMailing(office, mailing, signal);
    sent = (await database.transaction(worker, (work) => endIfDone(work, mailing.id))) || sent;
  }
  return sent || begun !== undefined;
}
