// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Carries tasks out as they come, and again until they succeed; by night what is over goes by itself.
import type { Client } from "@cdb/api/client.ts";
import type { Directory } from "@cdb/directory/directory.ts";
import type { Log } from "@cdb/runtime/log.ts";
import { type Job, type JobResult, PgBoss } from "pg-boss";
import { alignAccount, alignAccounts } from "../data/accounts/align-accounts.ts";
import type { Actor } from "../data/actor.ts";
import { remindAtOnce, remindDonors } from "../data/donations/reminder.ts";
import { thankAtOnce, thankForYear } from "../data/donations/year-thanks.ts";
import { tellOfAlarms } from "../data/payments/alarms.ts";
import { noteDuplicates } from "../data/people/duplicates.ts";
import { carryOutErasure } from "../data/people/erasure.ts";
import { Person } from "../data/people/person.ts";
import { scanForDuplicates } from "../data/people/scan-duplicates.ts";
import { applyRetention } from "../data/privacy/retention.ts";
import type { TaskName } from "../data/task.ts";
import { type PostOffice, sendMessage } from "../mail/send-message.ts";
import { alignRenewal, type RenewalProviders } from "./align-renewal.ts";
import { carryEntry } from "./carry-entry.ts";
import { endAtAuth, type SignInsToEnd } from "./end-sign-ins.ts";
import { type MoneyListers, reconcile } from "./reconcile.ts";
import { reconcileAccounts } from "./reconcile-accounts.ts";
import { sendTest, type TestToSend } from "./send-test.ts";
import { watchDirectory } from "./watch-directory.ts";

const worker: Actor = { kind: "worker" };
const sweepEveryMs = 120_000;
const atOnce = 10;

/** Who renews pledges and who lists money outside, and who signs people in. */
export interface Providers {
  renewals: RenewalProviders;
  listers: MoneyListers;
  auth: Client;
}

export interface Worker {
  stop(): Promise<void>;
}

/** `url`: PostgreSQL as the role of the program. */
export async function openWorker(
  url: string,
  office: PostOffice,
  directory: Directory,
  { renewals, listers, auth }: Providers,
  log: Log,
): Promise<Worker> {
  // The owner of the schema makes and changes the queue's tables; this role only uses them.
  const boss = new PgBoss({
    connectionString: url,
    max: 4,
    migrate: false,
    createSchema: false,
    reindex: false,
    monitorVacuum: false,
    useListenNotify: true,
  });
  boss.on("error", (error) => log.error({ err: error }, "the queue has trouble"));
  await boss.start();
  const carryOut: Record<TaskName, (data: never) => Promise<boolean>> = {
    "send-message": ({ messageId }: { messageId: number }) => sendMessage(office, messageId),
    "send-test": (task: TestToSend) => sendTest(office, task),
    "erase-person": async ({ erasureId }: { erasureId: number }) => {
      await office.database.transaction(worker, (work) => carryOutErasure(work, erasureId, office.linkSecret));
      return true;
    },
    "write-entry": async (task: { username: string; entryId?: string }) => {
      await carryEntry(office.database, directory, task);
      return true;
    },
    "reconcile-accounts": () => reconcileDirectory(office, directory, log),
    "end-sign-ins": async (task: SignInsToEnd) => {
      await endAtAuth(auth, task);
      return true;
    },
    "align-renewal": async ({ pledgeId }: { pledgeId: number }) => {
      await alignRenewal(office.database, renewals, pledgeId);
      return true;
    },
    "find-duplicates": ({ personId }: { personId?: number }) => findDuplicates(office, personId, log),
    "apply-retention": () => retain(office, log),
    "align-accounts": ({ personId }: { personId?: number }) => followRules(office, personId, log),
    "reconcile-payments": () => reconcileAll(office, listers, log),
    "remind-donors": () => remind(office, log),
  };
  for (const [name, carry] of Object.entries(carryOut))
    await boss.work(
      name,
      {
        batchSize: 20,
        burstWhenBatchFull: true,
        perJobResults: true,
        notifyPollingIntervalSeconds: 2,
        pollingIntervalSeconds: 2,
      },
      (jobs: Job[]) => settleAll(jobs, (job) => carry(job.data as never), log),
    );
  await boss.schedule("apply-retention", "17 3 * * *", {}, { tz: office.organisation.timeZone });
  await boss.schedule("find-duplicates", "47 3 * * *", {}, { tz: office.organisation.timeZone });
  await boss.schedule("align-accounts", "7 4 * * *", {}, { tz: office.organisation.timeZone });
  await boss.schedule("reconcile-payments", "29 4 * * *", {}, { tz: office.organisation.timeZone });
  await boss.schedule("reconcile-accounts", "23 * * * *", {}, { tz: office.organisation.timeZone });
  await boss.schedule("remind-donors", "5 9 * * *", {}, { tz: office.organisation.timeZone });
  const sweep = setInterval(() => void sweepUp(office, log), sweepEveryMs);
  const endWatch = watchDirectory(office.database, directory, log);
  await sweepUp(office, log);
  return {
    stop: async () => {
      clearInterval(sweep);
      endWatch();
      await boss.stop({ graceful: true, timeout: 3_000 });
    },
  };
}

async function settleAll(jobs: Job[], carry: (job: Job) => Promise<boolean>, log: Log): Promise<JobResult[]> {
  const results: JobResult[] = [];
  const waiting = [...jobs];
  const settle = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const done = await carry(job).catch((error) => {
        log.error({ err: error, task: job.name }, "a task failed");
        return false;
      });
      results.push({ id: job.id, status: done ? "completed" : "failed" });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, settle));
  return results;
}

async function retain({ database, linkSecret }: PostOffice, log: Log): Promise<boolean> {
  log.info(await applyRetention(database, linkSecret), "what was over is gone");
  return true;
}

/** The morning's reminders and thanks, batch by batch. */
async function remind({ database }: PostOffice, log: Log): Promise<boolean> {
  for (let more = true; more; ) {
    const report = await database.transaction(worker, remindDonors);
    more = Object.values(report).some((count) => count === remindAtOnce);
    log.info(report, "donors are reminded");
  }
  for (let thanked = thankAtOnce; thanked === thankAtOnce; ) {
    thanked = await database.transaction(worker, thankForYear);
    if (thanked > 0) log.info({ thanked }, "donors are thanked for the year");
  }
  return true;
}

/** Of one person who is confirmed now; without a number of everybody, by night. */
async function findDuplicates({ database }: PostOffice, personId: number | undefined, log: Log): Promise<boolean> {
  if (personId !== undefined) await database.transaction(worker, (work) => noteDuplicates(work, personId));
  else log.info(await database.transaction(worker, scanForDuplicates), "looked for people who are entered twice");
  return true;
}

/** Of one person whose pledge has changed; without a number of everybody, by night. */
async function followRules({ database }: PostOffice, personId: number | undefined, log: Log): Promise<boolean> {
  if (personId !== undefined) {
    await database.transaction(worker, async (work) =>
      alignAccount(work, (await work.get(Person, personId, "lock")).id),
    );
    return true;
  }
  for (let after: number | null = 0; after !== null; ) {
    const from: number = after;
    const { paused, reopened, next } = await database.transaction(worker, (work) => alignAccounts(work, from));
    if (paused + reopened > 0) log.info({ paused, reopened }, "accounts follow the rules");
    after = next;
  }
  return true;
}

async function reconcileAll({ database }: PostOffice, listers: MoneyListers, log: Log): Promise<boolean> {
  const alarms = await database.transaction(worker, tellOfAlarms);
  if (alarms > 0) log.warn({ alarms }, "payments wait for somebody to look");
  const { found, troubles } = await reconcile(database, listers);
  for (const [provider, differences] of found) {
    const count = (mended: boolean) => differences.filter((each) => each.mended === mended).length;
    log.info({ provider, booked: count(true), left: count(false) }, "the provider's list is compared");
  }
  for (const [provider, error] of troubles) log.error({ err: error, provider }, "the provider's list cannot be had");
  return troubles.size === 0;
}

async function reconcileDirectory({ database }: PostOffice, directory: Directory, log: Log): Promise<boolean> {
  const { differences, ...counts } = await reconcileAccounts(database, directory);
  const mended = differences.filter((each) => each.mended).length;
  const kinds = Object.groupBy(differences, ({ kind }) => kind);
  const found = Object.fromEntries(Object.entries(kinds).map(([kind, list]) => [kind, list.length]));
  const tell = differences.length === 0 ? "info" : "warn";
  log[tell]({ ...counts, ...found, mended, left: differences.length - mended }, "the directory is compared");
  return true;
}

/** Mails that wait although no task is left for them get one. */
async function sweepUp({ database }: PostOffice, log: Log): Promise<void> {
  try {
    await database.transaction(worker, async (work) => {
      const lost = await work.rows<{ id: number }>(
        `select id from message where state = 'queued' and queued_at < now() - interval '10 minutes' and not exists (select from pgboss.job
          where name = 'send-message' and state < 'completed' and (data->>'messageId')::bigint = message.id) limit 500`,
        [],
      );
      for (const { id } of lost) work.queue({ name: "send-message", messageId: id });
    });
  } catch (error) {
    log.error({ err: error }, "sweeping up failed");
  }
}
