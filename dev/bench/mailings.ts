// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Measures a mailing: the audience frozen, and every mail sent with its row in the book, beside the bare mail library at the same server.
import { setTimeout as pause } from "node:timers/promises";
import { Database } from "@cdb/back/data/database.ts";
import { generate } from "@cdb/back/data/generate.ts";
import { freezeAudience } from "@cdb/back/data/mailings/audience.ts";
import { makeMailing } from "@cdb/back/data/mailings/mailing.ts";
import { saveText } from "@cdb/back/data/mailings/mailing-text.ts";
import { handOver } from "@cdb/back/data/mailings/recipients.ts";
import { migrate } from "@cdb/back/data/migrate.ts";
import { readForm } from "@cdb/back/mail/mailing-form.ts";
import { layOut } from "@cdb/back/mail/mailing-mail.ts";
import { organisation } from "@cdb/back/test/database.ts";
import pg from "pg";
import { urlFor } from "../databases.ts";
import { testServer } from "../test-postgres.ts";
import { cpuMs, residentMb, type Subject, start } from "./measure.ts";
import type { Row } from "./table.ts";

const actor = { kind: "administrator", name: "bench" } as const;
const lanes = 10;
const text = {
  language: "en",
  subject: "News for {name}",
  body: `Dear {name},\n\n${"this is **news** that you agreed to get. ".repeat(60)}\n\n[Read on](https://example.org/news)\n`,
};

/** `people`: how many are in the database; about four in five of them have agreed. */
export async function measureMailings(people: number): Promise<Row[]> {
  const { adminUrl } = await testServer();
  const name = `bench_mailings_${process.pid}`;
  const admin = new pg.Client(adminUrl);
  await admin.connect();
  await admin.query(`create database ${name} owner cdb_migrate`);
  const sink = await start("dev/bench/sink-process.ts", {});
  try {
    await migrate(urlFor(adminUrl, name, "cdb_migrate"));
    await generate(urlFor(adminUrl, name, "cdb_migrate"), { people, donations: people, seed: 1 }, () => {});
    return await measureOn(urlFor(adminUrl, name, "cdb_app"), people, sink);
  } finally {
    await sink.stop();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  }
}

async function measureOn(databaseUrl: string, people: number, sink: Subject): Promise<Row[]> {
  const database = new Database(databaseUrl, organisation, { program: "bench" });
  const { url } = (await sink.ask({})) as { url: string };
  try {
    const { count, seconds } = await freeze(database);
    const [example] = await database.transaction(actor, (work) =>
      handOver(work, { id: 1, purpose: "newsletter" }, [1001, 1002, 1003], ["name"]),
    );
    if (!example) throw new Error("nobody is handed over");
    await database.pool.query("update mailing_recipient set state = 'waiting' where state = 'handed-over'");
    const desk = { organisation, frontUrl: "https://my.example.org", linkSecret: "a secret of the bench" };
    const {
      to: _,
      from,
      ...mail
    } = layOut(desk, { id: 1, purpose: "newsletter", replyTo: "" }, readForm(text, organisation)).mail(example);
    const ours = await send(databaseUrl, database, url, count);
    await database.pool.query("update mailing_recipient set state = 'waiting'");
    await database.pool.query("update mailing set state = 'sending'");
    const two = await send(databaseUrl, database, url, count, 2);
    const bare = await sendBare(url, { ...mail, from: from.address }, Math.min(count, 20_000));
    const share = Math.round((100 * ours.perSecond) / bare.perSecond);
    return [
      {
        what: `${count} readers of ${people} people frozen`,
        ours: `${seconds.toFixed(1)} s`,
        goal: "< 30 s of 1,000,000",
      },
      { what: `a mail of ${count}, with its rows`, ours: ours.cpu, bare: bare.cpu, goal: "", memoryMb: ours.memoryMb },
      {
        what: "mails a second, beside the library alone",
        ours: `${Math.round(ours.perSecond)} of ${Math.round(bare.perSecond)}, ${share} %`,
        goal: "≥ 80 %, ≤ 200 MB",
      },
      { what: "mails a second by two workers", ours: String(Math.round(two.perSecond)), goal: "≥ 1,000" },
    ];
  } finally {
    await database.close();
  }
}

async function freeze(database: Database): Promise<{ count: number; seconds: number }> {
  const began = performance.now();
  const count = await database.transaction(actor, async (work) => {
    const wish = { name: "bench", purpose: "newsletter", selector: "", replyTo: "", public: false };
    const mailing = await makeMailing(work, wish);
    await saveText(work, mailing, text);
    Object.assign(mailing, { state: "scheduled", scheduledFor: work.now });
    const count = await freezeAudience(work, mailing);
    mailing.begin(work);
    return count;
  });
  return { count, seconds: (performance.now() - began) / 1_000 };
}

interface Sent {
  perSecond: number;
  cpu: number;
  memoryMb: number;
}

async function send(databaseUrl: string, database: Database, smtpUrl: string, count: number, many = 1): Promise<Sent> {
  const settings = {
    ...{ DATABASE_URL: databaseUrl, SMTP_URL: smtpUrl, WORKER_HEALTH_PORT: "0", LOG_LEVEL: "error" },
    ...{ MAILING_CONNECTIONS: String(lanes), MAILING_PER_SECOND: "10000" },
  };
  const workers = await Promise.all(Array.from({ length: many }, () => start("back/worker.ts", settings)));
  const used = () => workers.reduce((sum, { pid }) => sum + cpuMs(pid), 0);
  try {
    const [before, began] = [used(), performance.now()];
    let memoryMb = 0;
    for (let isSent = false; !isSent; ) {
      await pause(200);
      memoryMb = Math.max(memoryMb, ...workers.map(({ pid }) => residentMb(pid)));
      isSent = (await database.pool.query("select 1 from mailing where state = 'sent'")).rowCount === 1;
    }
    const seconds = (performance.now() - began) / 1_000;
    return { perSecond: count / seconds, cpu: (used() - before) / count, memoryMb };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

async function sendBare(smtpUrl: string, mail: object, count: number): Promise<Sent> {
  const mailer = await start("dev/bench/bare-mailer.ts", { SMTP_URL: smtpUrl, LANES: String(lanes) });
  try {
    const [before, began] = [cpuMs(mailer.pid), performance.now()];
    await mailer.ask({ count, mail });
    const seconds = (performance.now() - began) / 1_000;
    return { perSecond: count / seconds, cpu: (cpuMs(mailer.pid) - before) / count, memoryMb: residentMb(mailer.pid) };
  } finally {
    await mailer.stop();
  }
}
