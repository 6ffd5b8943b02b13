// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A real OpenLDAP server in a folder of its own, without root: layout, rights and policy as in the embedded directory.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { defaultBaseDn, type Layout, layoutOf, ldifOf } from "./layout.ts";
import { environmentOf, findOpenldap, type Openldap } from "./openldap.ts";
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
  /** PEM files; with them StartTLS works, and `tlsUrl` leads to a second port that is encrypted from the start. */
  tls?: { certificate: string; key: string };
  /** Changes to what `docs/directory` says, by the name of the file, for servers that are not as they should be. */
  change?: (ldif: string, file: string) => string;
}

export interface Slapd extends DirectoryServer {
  /** Carries out LDIF as the machine's administrator does: by `ldapmodify` over the local socket. */
  modify(ldif: string): void;
  pid: number;
}

const configuration = ["1-modules.ldif", "2-database.ldif", "3-overlays.ldif"];

export async function startSlapd(options: SlapdOptions): Promise<Slapd> {
  const openldap = findOpenldap();
  const layout = layoutOf(options.baseDn ?? defaultBaseDn);
  const bindPassword = options.bindPassword ?? randomBytes(18).toString("base64url");
  const adminPassword = options.adminPassword ?? randomBytes(18).toString("base64url");
  const port = options.port || (await findFreePort());
  const tlsPort = options.tls === undefined ? 0 : await findFreePort();
  const isNew = !existsSync(path.join(options.folder, "config"));
  if (isNew) installAsDebian(options.folder, openldap, layout, adminPassword);
  const socket = `ldapi://${encodeURIComponent(path.join(options.folder, "ldapi"))}`;
  const [url, tlsUrl] = [`ldap://127.0.0.1:${port}`, `ldaps://localhost:${tlsPort}`];
  const urls = [socket, url, ...(options.tls === undefined ? [] : [tlsUrl])];
  const slapd = await startProcess(options.folder, openldap, port, urls.join(" "));
  const asRoot = ["-Q", "-Y", "EXTERNAL", "-H", socket];
  const asAdmin = ["-x", "-D", layout.admin, "-w", adminPassword, "-H", socket];
  const modify = (ldif: string): void => carryOut(openldap, asRoot, ldif);
  const stop = (): Promise<void> => stopProcess(slapd);
  try {
    if (isNew) {
      modify(configure(options, layout));
      carryOut(openldap, asAdmin, await writeEntries(options, layout, bindPassword));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const access = { url, baseDn: layout.base, bindDn: layout.service, bindPassword };
  const administrator = { adminDn: layout.admin, adminPassword, modify, pid: slapd.pid ?? 0 };
  return { ...access, ...administrator, tlsUrl, port, addPerson: makePersonAdder(access), stop };
}

/** Debian's own first configuration, with the places of this folder. */
function installAsDebian(folder: string, openldap: Openldap, layout: Layout, adminPassword: string): void {
  const [configuration, data] = [path.join(folder, "config"), path.join(folder, "data")];
  for (const made of [configuration, data]) mkdirSync(made, { recursive: true });
  const initial = readFileSync(openldap.initial, "utf8")
    .replaceAll("@SUFFIX@", layout.base)
    .replaceAll("@PASSWORD@", adminPassword)
    .replaceAll("gidNumber=0+uidNumber=0", `gidNumber=${process.getgid?.()}+uidNumber=${process.getuid?.()}`)
    .replaceAll("file:///etc/ldap/schema", `file://${openldap.schemas}`)
    .replaceAll("/usr/lib/ldap", openldap.modules)
    .replaceAll("/var/lib/ldap", data)
    .replaceAll("/var/run/slapd", folder)
    // Nothing in a test outlives its folder: no need to wait for the disk.
    .replace("olcDatabase: mdb\n", "olcDatabase: mdb\nolcDbNoSync: TRUE\n");
  const base = `dn: ${layout.base}\nobjectClass: top\nobjectClass: dcObject\nobjectClass: organization\no: Example\n`;
  const add = (number: string, input: string): void => {
    const args = ["-Tadd", "-n", number, "-F", configuration];
    execFileSync(openldap.slapd, args, { input, env: environmentOf(openldap), stdio: ["pipe", "ignore", "pipe"] });
  };
  add("0", initial);
  add("1", base);
}

function configure({ tls, change = asItIs }: SlapdOptions, { base }: Layout): string {
  const misc = readFileSync(path.join(findOpenldap().schemas, "misc.ldif"), "utf8");
  const files = [...(tls ? ["tls.ldif"] : []), ...configuration].map((file) => change(ldifOf(file, base), file));
  const places: Record<string, string> = { certificate: tls?.certificate ?? "", key: tls?.key ?? "" };
  return [change(asAddition(misc), "misc.ldif"), ...files]
    .join("\n\n")
    .replaceAll(/\/etc\/ldap\/tls\/(\w+)\.pem/g, (_, name: string) => places[name] ?? "");
}

async function writeEntries(
  { change = asItIs }: SlapdOptions,
  { base }: Layout,
  bindPassword: string,
): Promise<string> {
  const [service, decoy] = [await hashPassword(Buffer.from(bindPassword)), await hashPassword(randomBytes(24))];
  return change(ldifOf("4-entries.ldif", base), "4-entries.ldif")
    .replaceAll("@SERVICE@", () => service)
    .replaceAll("@DECOY@", () => decoy);
}

function asItIs(ldif: string): string {
  return ldif;
}

/** What is for `ldapadd`, in one file with what is for `ldapmodify`. */
function asAddition(ldif: string): string {
  return ldif.replaceAll(/^dn: .*$/gm, "$&\nchangetype: add");
}

function carryOut(openldap: Openldap, as: string[], input: string): void {
  execFileSync(openldap.ldapmodify, as, { input, env: environmentOf(openldap), stdio: ["pipe", "ignore", "pipe"] });
}

async function startProcess(folder: string, openldap: Openldap, port: number, urls: string): Promise<ChildProcess> {
  // AppArmor's profile for /usr/sbin/slapd lets it write nowhere but in /var/lib/ldap; it does not know the copy.
  const program = path.join(folder, "slapd");
  if (!existsSync(program)) copyFileSync(openldap.slapd, program);
  const slapd = spawn(program, ["-F", path.join(folder, "config"), "-h", urls, "-d", "none"], {
    env: environmentOf(openldap),
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
