// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Looks every minute into the mailbox that mails come back to.
import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "@cdb/runtime/log.ts";
import { readMailbox } from "../bounces/mailbox.ts";
import { readReturnedMail } from "../bounces/read-returned-mail.ts";
import type { Actor } from "../data/actor.ts";
import type { Database } from "../data/database.ts";
import { registerBounce } from "../data/mailings/bounce.ts";

const worker: Actor = { kind: "worker" };
const everyMs = 60_000;

export interface BounceReader {
  stop(): Promise<void>;
}

export interface BounceOffice {
  database: Database;
  linkSecret: string;
  /** Absent: mails come back by another way. */
  mailbox: string | undefined;
}

/** Any number of workers may do so at once. */
export function openBounceReader(office: BounceOffice, log: Log): BounceReader {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (office.mailbox !== undefined && !signal.aborted) {
      await readBounces(office, log).catch((error) => log.error({ err: error }, "the mailbox of bounces has trouble"));
      await pause(everyMs, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** Once; throws when the mailbox does not answer. */
export async function readBounces({ database, linkSecret, mailbox }: BounceOffice, log: Log): Promise<void> {
  if (mailbox === undefined) return;
  const { failed, ...counts } = await readMailbox(mailbox, async (raw) => {
    const returned = await readReturnedMail(raw, linkSecret);
    await database.transaction(worker, (work) => registerBounce(work, returned));
    return returned.kind === "unreadable" ? "unreadable" : "handled";
  });
  for (const error of failed) log.error({ err: error }, "a mail that came back could not be taken in");
  if (counts.handled + counts.unreadable > 0) log.info(counts, "mails came back");
}
