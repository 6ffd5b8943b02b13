// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Two workers send one mailing and are killed at random moments: nobody is missing, and nobody gets it twice.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startSmtpSink } from "@cdb/dev/smtp-sink.ts";
import { freezeAudience } from "../data/mailings/audience.ts";
import { type Mailing, makeMailing } from "../data/mailings/mailing.ts";
import { saveText } from "../data/mailings/mailing-text.ts";
import { Chance } from "../test/chance.ts";
import { freshDatabase } from "../test/database.ts";
import { makeReaders } from "../test/mailings.ts";
import { administrator } from "../test/make.ts";

const recipients = Number(process.env.RECIPIENTS ?? 800);
const kills = Number(process.env.KILLS ?? 6);
const lanes = 5;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

const { database, url } = await freshDatabase();
const sink = await startSmtpSink();
after(() => sink.stop());

const environment = {
  ...process.env,
  DATABASE_URL: url,
  SMTP_URL: sink.url,
  MAILING_CONNECTIONS: String(lanes),
  MAILING_PER_SECOND: String(Math.max(150, recipients / 8)),
  WORKER_HEALTH_PORT: "0",
  LOG_LEVEL: "fatal",
};

async function beginMailing(): Promise<Mailing> {
  return database.transaction(administrator, async (work) => {
    const wish = { name: "to-all", purpose: "newsletter", selector: "", replyTo: "", public: false };
    const mailing = await makeMailing(work, wish);
    await saveText(work, mailing, { language: "en", subject: "News", body: "Hello {name}" });
    Object.assign(mailing, { state: "scheduled", scheduledFor: work.now });
    await freezeAudience(work, mailing);
    mailing.begin(work);
    return mailing;
  });
}

async function startWorker(): Promise<ChildProcess> {
  const file = path.join(import.meta.dirname, "..", "worker.ts");
  const child = fork(file, { env: environment, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  await new Promise((resolve) => child.once("message", resolve));
  return child;
}

async function end(child: ChildProcess, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await exited;
}

async function states(): Promise<Record<string, number>> {
  const { rows } = await database.pool.query("select state, count(*)::int as n from mailing_recipient group by 1");
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

test(`${kills} kills lose nobody and double nobody (SEED=${seed})`, async () => {
  const chance = new Chance(seed);
  await makeReaders(database, recipients);
  const { id } = await beginMailing();
  let unknownAtMost = 0;
  const workers = [await startWorker(), await startWorker()];
  for (let kill = 0; kill < kills; kill += 1) {
    await pause(100 + chance.next() * 600);
    const at = chance.upTo(2);
    const victim = workers[at];
    if (victim) await end(victim, "SIGKILL");
    unknownAtMost += lanes;
    // Leases of a killed worker run out in a minute; tests do not wait for that.
    await database.pool.query("update mailing_recipient set claimed_until = null where state = 'waiting'");
    await database.pool.query(
      `update mailing_recipient set handed_over_at = now() - interval '1 hour'
        where state = 'handed-over' and handed_over_at < now() - interval '2 seconds'`,
    );
    workers[at] = await startWorker();
  }
  for (let tries = 0; tries < 600; tries += 1) {
    await database.pool.query(
      `update mailing_recipient set claimed_until = null, handed_over_at = handed_over_at - interval '1 hour'
        where state in ('waiting', 'handed-over') and greatest(claimed_until - interval '60 seconds', handed_over_at) < now() - interval '3 seconds'`,
    );
    const { rows } = await database.pool.query("select state from mailing where id = $1", [id]);
    if (rows[0].state === "sent") break;
    await pause(100);
  }
  for (const worker of workers) await end(worker, "SIGTERM");
  const { accepted = 0, unknown = 0, ...rest } = await states();
  assert.deepEqual(rest, {});
  assert.equal(accepted + unknown, recipients, "everybody is accounted for");
  assert.ok(unknown <= unknownAtMost, `${unknown} of unknown fate`);
  const got = Map.groupBy(sink.taken, ({ to }) => to);
  assert.deepEqual(
    [...got].filter(([, mails]) => mails.length > 1).map(([to]) => to),
    [],
    "nobody got it twice",
  );
  const { rows } = await database.pool.query(
    "select email from mailing_recipient join person on person.id = person_id where state = 'accepted'",
  );
  assert.deepEqual(
    rows.filter(({ email }) => !got.has(email)),
    [],
    "whoever counts as accepted has got it",
  );
});
