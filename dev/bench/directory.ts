// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Measures the directory, a real OpenLDAP full of people: comparing all of it, and carrying changes, whose cost is not to grow with it.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Database } from "@cdb/back/data/database.ts";
import { migrate } from "@cdb/back/data/migrate.ts";
import { makeAccounts } from "@cdb/back/test/accounts.ts";
import { carryEntry } from "@cdb/back/worker/carry-entry.ts";
import { openDirectory } from "@cdb/directory/directory.ts";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import pg from "pg";
import { urlFor } from "../databases.ts";
import { environmentOf, findOpenldap } from "../directory/openldap.ts";
import { type Slapd, startSlapd } from "../directory/slapd.ts";
import { leanArguments, leanEnvironment } from "../node-options.ts";
import { testServer } from "../test-postgres.ts";
import { cpuMs } from "./measure.ts";
import type { Row } from "./table.ts";

const secrets = { bindPassword: "the service account", adminPassword: "the administrator" };

export async function measureDirectory(accounts: number): Promise<Row[]> {
  const few = await measureAt(1_000);
  const many = await measureAt(accounts);
  return [
    {
      what: `${accounts.toLocaleString("en")} entries compared with their accounts`,
      ours: `${many.compared.seconds.toFixed(1)} s (${many.compared.cpuSeconds.toFixed(1)} s CPU)`,
      goal: "< 60 s, < 200 MB",
      memoryMb: many.compared.memoryMb,
    },
    { what: "1,000 changes of accounts carried", ours: `${many.carried.seconds.toFixed(1)} s`, goal: "< 30 s" },
    {
      what: "one change, at the median",
      ours: `${many.carried.medianMs.toFixed(1)} ms`,
      goal: `as among 1,000: ${few.carried.medianMs.toFixed(1)} ms`,
    },
  ];
}

interface Measured {
  compared: { seconds: number; cpuSeconds: number; memoryMb: number };
  carried: { seconds: number; medianMs: number };
}

async function measureAt(accounts: number): Promise<Measured> {
  const { adminUrl } = await testServer();
  const name = `bench_directory_${process.pid}`;
  const admin = new pg.Client(adminUrl);
  await admin.connect();
  await admin.query(`create database ${name} owner cdb_migrate`);
  const folder = mkdtempSync(path.join(tmpdir(), "bench-directory-"));
  try {
    await migrate(urlFor(adminUrl, name, "cdb_migrate"));
    const analyse = () => asOwner(urlFor(adminUrl, name, "cdb_migrate"), "analyze");
    return await measureOn(urlFor(adminUrl, name, "cdb_app"), folder, accounts, analyse);
  } finally {
    rmSync(folder, { recursive: true });
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  }
}

/** What PostgreSQL does by itself after a while; who does not own a table cannot ask for it. */
async function asOwner(url: string, statement: string): Promise<void> {
  const owner = new pg.Client(url);
  await owner.connect();
  await owner.query(statement);
  await owner.end();
}

async function measureOn(
  url: string,
  folder: string,
  accounts: number,
  analyse: () => Promise<void>,
): Promise<Measured> {
  const database = new Database(url, readOrganisation("organisations/example"), { program: "bench" });
  const slapd = await fill(database, folder, accounts);
  await analyse();
  const directory = openDirectory(slapd);
  try {
    return { compared: await compare(url, slapd), carried: await carry(database, directory, 1_000) };
  } finally {
    await directory.close();
    await slapd.stop();
    await database.close();
  }
}

/** Accounts and entries that agree, a third of them in a group. */
async function fill(database: Database, folder: string, accounts: number): Promise<Slapd> {
  const prefix = `p${accounts}x`;
  await makeAccounts(database, prefix, accounts);
  await database.pool.query(
    "update account set entry_id = md5(username)::uuid, written_version = desired_version where username like $1",
    [`${prefix}%`],
  );
  const first = await startSlapd({ folder, ...secrets });
  await first.stop();
  const members = await database.pool.query<{ username: string }>(
    "select username from account join role on role.person_id = account.person_id where username like $1",
    [`${prefix}%`],
  );
  const entries = Array.from({ length: accounts }, (_, n) => entryOf(`${prefix}${n}`));
  const volunteers = members.rows.map(({ username }) => `member: uid=${username},ou=people,dc=example,dc=org`);
  const group = `dn: cn=volunteers,ou=groups,dc=example,dc=org\nobjectClass: groupOfNames\ncn: volunteers\n${volunteers.join("\n")}\n`;
  const args = ["-Tadd", "-q", "-n", "1", "-F", path.join(folder, "config")];
  const input = `${entries.join("\n")}\n${group}`;
  execFileSync(path.join(folder, "slapd"), args, { input, env: environmentOf(findOpenldap()), maxBuffer: 1e9 });
  return await startSlapd({ folder, ...secrets });
}

function entryOf(username: string): string {
  const id = createHash("md5")
    .update(username)
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  return `dn: uid=${username},ou=people,dc=example,dc=org
objectClass: inetOrgPerson
objectClass: inetLocalMailRecipient
uid: ${username}
cn: Given ${username}
displayName: Given ${username}
givenName: Given
sn: ${username}
mail: ${username}@example.net
mailLocalAddress: ${username}@example.org
mailRoutingAddress: ${username}@example.net
entryUUID: ${id}
`;
}

/** The command as an administrator runs it: wall time, and the most memory that it had. */
async function compare(url: string, slapd: Slapd): Promise<Measured["compared"]> {
  const env = {
    ...leanEnvironment,
    ...{ PATH: process.env.PATH, DATABASE_URL: url, LDAP_URL: slapd.url, LDAP_BASE_DN: slapd.baseDn },
    ...{ LDAP_BIND_DN: slapd.bindDn, LDAP_BIND_PASSWORD: slapd.bindPassword, CDB_HOME: "/nonexistent" },
  };
  const startedAt = performance.now();
  const cli = path.join(import.meta.dirname, "../../back/cli.ts");
  const child = spawn(process.execPath, [...leanArguments, cli, "accounts", "reconcile"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let [said, peak, cpu] = ["", 0, 0];
  child.stdout.on("data", (chunk) => (said += chunk));
  const watch = setInterval(() => {
    peak = Math.max(peak, peakMb(child.pid ?? 0));
    cpu = Math.max(cpu, cpuSeconds(child.pid ?? 0));
  }, 50);
  await once(child, "exit");
  clearInterval(watch);
  if (!/: 0 differ, /.test(said)) throw new Error(`the comparison found what is not there: ${said.slice(-300)}`);
  return { seconds: (performance.now() - startedAt) / 1_000, cpuSeconds: cpu, memoryMb: peak };
}

function cpuSeconds(pid: number): number {
  try {
    return cpuMs(pid) / 1_000;
  } catch {
    return 0;
  }
}

function peakMb(pid: number): number {
  try {
    const [, kilobytes = "0"] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Math.round(Number(kilobytes) / 1024);
  } catch {
    return 0;
  }
}

/** As the worker does it, ten at once. Each has another name now. */
async function carry(
  database: Database,
  directory: ReturnType<typeof openDirectory>,
  count: number,
): Promise<Measured["carried"]> {
  const { rows } = await database.pool.query<{ username: string }>(
    `with renamed as (update person set name = 'Another ' || name where id in (select person_id from account order by id limit $1) returning id)
      update account set desired_version = desired_version + 1 where person_id in (select id from renamed) returning username`,
    [count],
  );
  const took: number[] = [];
  const startedAt = performance.now();
  const go = async (): Promise<void> => {
    for (let row = rows.pop(); row; row = rows.pop()) {
      const from = performance.now();
      await carryEntry(database, directory, row);
      took.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: 10 }, go));
  const seconds = (performance.now() - startedAt) / 1_000;
  return { seconds, medianMs: took.sort((one, other) => one - other)[Math.floor(took.length / 2)] ?? 0 };
}
