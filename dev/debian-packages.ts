// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The programs that the tests need and npm does not bring: a browser, a real directory server to compare ours with, what talks to
// both, the readers of the journal, and a web server that signs people in with auth.

import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const needed = {
  // The browser without what draws it on a screen: a third of its work.
  "chromium-headless-shell": "chromium-headless-shell",
  slapd: "slapd",
  "ldap-utils": "ldapsearch",
  openssl: "openssl",
  // Other programs that read the directory; none of them is started but by its test.
  postfix: "postmap",
  "postfix-ldap": "../lib/postfix/postfix-ldap.so",
  "dovecot-core": "doveadm",
  "dovecot-imapd": "../lib/dovecot/imap",
  "dovecot-ldap": "../lib/dovecot/modules/auth/libauthdb_ldap.so",
  hledger: "hledger",
  ledger: "ledger",
  beancount: "bean-check",
  apache2: "apache2",
  "libapache2-mod-auth-openidc": "/usr/lib/apache2/modules/mod_auth_openidc.so",
};

/** Installs what is missing, if we may; else throws a sentence that names it. */
export function installMissing(): void {
  const missing = findMissing();
  if (missing.length === 0) return;
  const command = `apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (process.getuid?.() !== 0 || !isThere("apt-get")) {
    throw new Error(
      `The tests need these packages of the system: ${missing.join(", ")}. On Debian, as root: ${command}`,
    );
  }
  process.stdout.write(`Installing ${missing.join(" and ")} …\n`);
  withoutServices(() => {
    apt("update", "-qq");
    apt("install", "-qq", "-y", "--no-install-recommends", ...missing);
  });
  const still = findMissing();
  if (still.length > 0) throw new Error(`${still.join(" and ")} could not be installed; try it by hand: ${command}`);
}

function findMissing(): string[] {
  return Object.entries(needed).flatMap(([name, program]) => (isThere(program) ? [] : [name]));
}

function isThere(program: string): boolean {
  if (program === "chromium-headless-shell" && process.env.CHROMIUM) return true;
  // An ordinary user's PATH leaves out the folders of servers.
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  return folders.some((folder) => existsSync(path.resolve(folder, program)));
}

function apt(...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const done = spawnSync("apt-get", args, { env, encoding: "utf8" });
  if (done.status !== 0)
    throw new Error(`apt-get ${args.join(" ")} failed:\n${(done.stderr || done.stdout).trimEnd()}`);
}

// Debian's packages start their servers; the tests want the program only, and start their own.
function withoutServices(install: () => void): void {
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    install();
  } finally {
    if (ours) rmSync(policy);
  }
}
