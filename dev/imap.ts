// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Debian's Dovecot as an IMAP server in a folder of its own, with one mailbox in it: for tests.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import { userInfo } from "node:os";
import path from "node:path";
import { until } from "./until.ts";

export interface ImapServer {
  /** Of the mailbox, with its name and password. */
  url: string;
  /** Puts a mail into the inbox. */
  deliver(mail: string | Buffer): void;
  stop(): Promise<void>;
}

// Dovecot opens no mailbox of root's.
const owner = userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : userInfo();

export async function startImap(folder: string): Promise<ImapServer> {
  const file = path.join(folder, "dovecot.conf");
  const port = await freePort();
  const inbox = path.join(folder, "mail");
  for (const part of ["", "cur", "new", "tmp"]) {
    mkdirSync(path.join(inbox, part), { recursive: true });
    chownSync(path.join(inbox, part), owner.uid, owner.gid);
  }
  chmodSync(folder, 0o755);
  writeFileSync(path.join(folder, "users"), "bounces:{PLAIN}of the tests:::::\n", { mode: 0o600 });
  writeFileSync(file, configure(folder, port));
  const dovecot = spawn("/usr/sbin/dovecot", ["-F", "-c", file], { stdio: "ignore" });
  const stop = async (): Promise<void> => {
    if (dovecot.exitCode !== null || dovecot.signalCode !== null) return;
    const gone = once(dovecot, "exit");
    dovecot.kill("SIGTERM");
    await gone;
  };
  try {
    await until(() => greets(port));
  } catch (error) {
    await stop();
    throw error;
  }
  let count = 0;
  const deliver = (mail: string | Buffer) => {
    count += 1;
    const file = path.join(inbox, "new", `${Date.now()}.${count}.test`);
    writeFileSync(file, mail);
    chownSync(file, owner.uid, owner.gid);
  };
  return { url: `imap://bounces:${encodeURIComponent("of the tests")}@127.0.0.1:${port}`, deliver, stop };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function greets(port: number): Promise<boolean> {
  const socket = net.connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("data", (greeting) => resolve(String(greeting).startsWith("* OK")));
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

function configure(folder: string, port: number): string {
  const { username, uid } = userInfo();
  // Dovecot has strangers speak to somebody other than root.
  const login = uid === 0 ? "dovenull" : username;
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = ${username}
default_internal_group = ${username}
default_login_user = ${login}
first_valid_uid = 0
mail_location = maildir:${folder}/mail
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = static
  args = uid=${owner.uid} gid=${owner.gid} home=${folder}/mail
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`;
}
