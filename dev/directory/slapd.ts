// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A real OpenLDAP server in a folder of its own, without root: layout, rights and policy as in the embedded directory.

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { AlreadyExistsError, Client } from "ldapts";
import { defaultBaseDn, firstEntries, type Layout, layoutOf, type PolicySettings } from "./layout.ts";
import { findOpenldap, type Openldap } from "./openldap.ts";
import { hashPassword } from "./password-schemes.ts";
import { makePersonAdder } from "./person.ts";
import type { DirectoryServer } from "./server.ts";

export interface SlapdOptions {
  /** For the configuration and the data; what is in it is served again. */
  folder: string;
  /** 0 or absent: a free one. */
  port?: number;
  baseDn?: string;
  bindPassword?: string;
  adminPassword?: string;
  policy?: PolicySettings;
  /** PEM files; with them StartTLS works, and `tlsUrl` leads to a second port that is encrypted from the start. */
  tls?: { certificate: string; key: string };
}

export async function startSlapd(options: SlapdOptions): Promise<DirectoryServer & { tlsUrl: string }> {
  const openldap = findOpenldap();
  const layout = layoutOf(options.baseDn ?? defaultBaseDn);
  const bindPassword = options.bindPassword ?? randomBytes(18).toString("base64url");
  const adminPassword = options.adminPassword ?? randomBytes(18).toString("base64url");
  const port = options.port || (await findFreePort());
  const tlsPort = options.tls === undefined ? 0 : await findFreePort();
  writeConfiguration(options, openldap, layout, adminPassword);
  const [url, tlsUrl] = [`ldap://127.0.0.1:${port}`, `ldaps://localhost:${tlsPort}`];
  const slapd = await startProcess(
    options.folder,
    openldap,
    port,
    options.tls === undefined ? url : `${url} ${tlsUrl}`,
  );
  await enterFirstEntries(url, layout, bindPassword, adminPassword, options.policy);
  const access = { url, baseDn: layout.base, bindDn: layout.service, bindPassword };
  const stop = (): Promise<void> => stopProcess(slapd);
  return { ...access, tlsUrl, port, adminDn: layout.admin, adminPassword, addPerson: makePersonAdder(access), stop };
}

function writeConfiguration(
  { folder, tls }: SlapdOptions,
  openldap: Openldap,
  layout: Layout,
  adminPassword: string,
): void {
  const { base, people, groups, service, admin, policy, nobody } = layout;
  mkdirSync(path.join(folder, "data"), { recursive: true });
  const lines = [
    ...["core", "cosine", "inetorgperson", "misc"].map((it) => `include "${openldap.schemas}/${it}.schema"`),
    `modulepath "${openldap.modules}"`,
    ...["back_mdb", "memberof", "refint", "ppolicy"].map((it) => `moduleload ${it}`),
    "moduleload argon2 m=19456 t=2 p=1",
    "password-hash {ARGON2}",
    ...(tls === undefined ? [] : [`TLSCertificateFile "${tls.certificate}"`, `TLSCertificateKeyFile "${tls.key}"`]),
    'access to dn.base="" by * read',
    'access to dn.base="cn=Subschema" by * read',
    "database mdb",
    "maxsize 67108864",
    "dbnosync",
    `suffix "${base}"`,
    `rootdn "${admin}"`,
    `rootpw "${adminPassword}"`,
    `directory "${path.join(folder, "data")}"`,
    "index objectClass,uid,member eq",
    "overlay ppolicy",
    `ppolicy_default "${policy}"`,
    "ppolicy_hash_cleartext",
    "ppolicy_use_lockout",
    "overlay memberof",
    "overlay refint",
    "refint_attributes member owner seeAlso manager secretary",
    `refint_nothing "${nobody}"`,
    "access to attrs=pwdHistory by * none",
    `access to dn.subtree="${people}" attrs=userPassword by dn.exact="${service}" =w by self =xw by anonymous auth by * none`,
    "access to attrs=userPassword by anonymous auth by * none",
    `access to attrs=pwdPolicySubentry by dn.exact="${service}" read by self read by * none`,
    `access to dn.subtree="${people}" by dn.exact="${service}" write by self read by * none`,
    `access to dn.subtree="${groups}" by dn.exact="${service}" write by * none`,
    `access to * by dn.exact="${service}" read by self read by * none`,
  ];
  writeFileSync(path.join(folder, "slapd.conf"), `${lines.join("\n")}\n`, { mode: 0o600 });
}

async function startProcess(folder: string, openldap: Openldap, port: number, urls: string): Promise<ChildProcess> {
  // AppArmor's profile for /usr/sbin/slapd lets it write nowhere but in /var/lib/ldap; it does not know the copy.
  const program = path.join(folder, "slapd");
  if (!existsSync(program)) copyFileSync(openldap.slapd, program);
  const slapd = spawn(program, ["-f", path.join(folder, "slapd.conf"), "-h", urls, "-d", "none"], {
    env: { PATH: process.env.PATH, LD_LIBRARY_PATH: openldap.libraries },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const kill = (): boolean => slapd.kill("SIGKILL");
  process.on("exit", kill);
  slapd.on("exit", () => process.off("exit", kill));
  let said = "";
  slapd.stderr.on("data", (chunk) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  while (!(await isListening(port))) {
    if (slapd.exitCode !== null || slapd.signalCode !== null) throw new Error(`slapd does not start: ${said}`);
    await pause(10);
  }
  return slapd;
}

async function stopProcess(slapd: ChildProcess): Promise<void> {
  if (slapd.exitCode !== null || slapd.signalCode !== null) return;
  const gone = once(slapd, "exit");
  // A stopped process hears of SIGTERM only when it goes on.
  slapd.kill("SIGTERM");
  slapd.kill("SIGCONT");
  await gone;
}

async function enterFirstEntries(
  url: string,
  layout: Layout,
  bindPassword: string,
  adminPassword: string,
  policy?: PolicySettings,
): Promise<void> {
  const [service, decoy] = [await hashPassword(Buffer.from(bindPassword)), await hashPassword(randomBytes(24))];
  const client = new Client({ url, timeout: 10_000, connectTimeout: 10_000 });
  try {
    await client.bind(layout.admin, adminPassword);
    for (const [dn, attributes] of firstEntries(layout, { service, decoy }, policy)) {
      await client.add(dn, attributes).catch((error) => {
        if (!(error instanceof AlreadyExistsError)) throw error;
      });
    }
  } finally {
    await client.unbind();
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return (await new Promise((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  }).finally(() => socket.destroy())) as boolean;
}
