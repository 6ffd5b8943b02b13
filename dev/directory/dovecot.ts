// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Debian's Dovecot in a folder of its own, with nothing but its look at the directory: for tests.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import path from "node:path";
import { until } from "../until.ts";

export interface Dovecot {
  /** The exit code and what `doveadm` says. */
  doveadm(...args: string[]): Promise<{ code: number; out: string }>;
  stop(): Promise<void>;
}

/** `ldap`: the file that names the directory. */
export async function startDovecot(folder: string, ldap: string): Promise<Dovecot> {
  const file = path.join(folder, "dovecot.conf");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "ldap.conf.ext"), ldap, { mode: 0o600 });
  writeFileSync(file, configure(folder));
  const dovecot = spawn("/usr/sbin/dovecot", ["-F", "-c", file], { stdio: "ignore" });
  const doveadm: Dovecot["doveadm"] = (...args) =>
    new Promise((resolve) => {
      execFile("/usr/bin/doveadm", ["-c", file, ...args], (error, out, err) =>
        resolve({ code: error ? Number(error.code ?? -1) : 0, out: `${out}${err}` }),
      );
    });
  const stop = async (): Promise<void> => {
    if (dovecot.exitCode !== null || dovecot.signalCode !== null) return;
    const gone = once(dovecot, "exit");
    dovecot.kill("SIGTERM");
    await gone;
  };
  try {
    await until(async () => (await doveadm("user", "nobody")).code === 67);
  } catch (error) {
    await stop();
    throw error;
  }
  return { doveadm, stop };
}

function configure(folder: string): string {
  const { username } = userInfo();
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
protocols =
ssl = no
disable_plaintext_auth = no
default_internal_user = ${username}
default_internal_group = ${username}
default_login_user = ${username}
auth_username_format = %Lu
auth_failure_delay = 0
mail_location = maildir:${folder}/mail/%u
passdb {
  driver = ldap
  args = ${folder}/ldap.conf.ext
}
userdb {
  driver = ldap
  args = ${folder}/ldap.conf.ext
  default_fields = uid=65534 gid=65534
}
# Whoever guesses wrongly waits ever longer: not in a test.
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
`;
}
