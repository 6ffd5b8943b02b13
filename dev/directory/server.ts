// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The embedded directory: a small LDAPv3 server inside this process, on this machine only, for development and tests.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { Access } from "./access.ts";
import { serveConnection } from "./connection.ts";
import { defaultBaseDn, firstEntries, type Layout, layoutOf } from "./layout.ts";
import { normalDn } from "./names.ts";
import { hashPassword } from "./password-schemes.ts";
import { makePersonAdder, type NewPerson } from "./person.ts";
import { describe } from "./schema.ts";
import type { Session } from "./session.ts";
import { Store } from "./store.ts";

export interface DirectoryOptions {
  /** 0 or absent: a free one. */
  port?: number;
  /** Where the entries are kept, as JSON, replaced in one step after each change; absent: in memory only. */
  file?: string;
  baseDn?: string;
  /** Of the service account; absent: a new one each time. */
  bindPassword?: string;
  /** Of cn=admin; absent: a new one each time. */
  adminPassword?: string;
  /** PEM files; with them StartTLS works, and `tlsUrl` leads to a second port that is encrypted from the start. */
  tls?: { certificate: string; key: string };
}

export interface DirectoryServer {
  url: string;
  /** Where it is encrypted from the start. */
  tlsUrl: string;
  port: number;
  baseDn: string;
  bindDn: string;
  bindPassword: string;
  adminDn: string;
  adminPassword: string;
  /** Writes the entry and sets the password, as the service account: the policy holds (12 characters). */
  addPerson(person: NewPerson): Promise<void>;
  stop(): Promise<void>;
}

export async function startDirectory(options: DirectoryOptions = {}): Promise<DirectoryServer> {
  if (process.env.NODE_ENV === "production")
    throw new Error("The embedded directory is for development: give LDAP_URL");
  const layout = layoutOf(options.baseDn ?? defaultBaseDn);
  const bindPassword = options.bindPassword ?? randomBytes(18).toString("base64url");
  const adminPassword = options.adminPassword ?? randomBytes(18).toString("base64url");
  const store = new Store(options.file);
  await enterFirstEntries(store, layout, bindPassword);
  const tls = options.tls && { cert: readFileSync(options.tls.certificate), key: readFileSync(options.tls.key) };
  const shared = { store, layout, access: new Access(layout), adminPassword, tls, startsTls: false };
  const plain = await listen(
    options.port ?? 0,
    (accept) => createServer({ allowHalfOpen: true }, accept(false)),
    shared,
  );
  const encrypted = tls && (await listen(0, (accept) => createTlsServer(tls, accept(true)), shared));
  const { base: baseDn, service: bindDn, admin: adminDn } = layout;
  const access = { url: `ldap://127.0.0.1:${plain.port}`, baseDn, bindDn, bindPassword };
  const tlsUrl = `ldaps://localhost:${encrypted?.port ?? 0}`;
  const stop = async (): Promise<void> => {
    await Promise.all([plain.close(), encrypted?.close()]);
    await store.save();
  };
  const administrator = { adminDn, adminPassword };
  return { ...access, ...administrator, tlsUrl, port: plain.port, addPerson: makePersonAdder(access), stop };
}

type Shared = Omit<Session, "who" | "dn" | "mustChange" | "isEncrypted" | "isRelaxed">;
type Accept = (isEncrypted: boolean) => (socket: Socket) => void;

async function listen(
  port: number,
  make: (accept: Accept) => Server,
  shared: Shared,
): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const listener = make((isEncrypted) => (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    void serveConnection(socket, { ...shared, who: "", dn: "", mustChange: false, isRelaxed: false, isEncrypted });
  });
  listener.listen(port, "127.0.0.1");
  await once(listener, "listening");
  const close = async (): Promise<void> => {
    const closed = once(listener, "close");
    listener.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port: (listener.address() as AddressInfo).port, close };
}

async function enterFirstEntries(store: Store, layout: Layout, bindPassword: string): Promise<void> {
  const service = await hashPassword(Buffer.from(bindPassword));
  const passwords = { service, decoy: await hashPassword(randomBytes(24)) };
  for (const [dn, attributes] of firstEntries(layout, passwords)) {
    if (store.find(normalDn(dn))) continue;
    const read = Object.entries(attributes).map(([name, values]): [string, Buffer[]] => {
      return [describe(name).key, values.map((it) => Buffer.from(it))];
    });
    store.add(dn, new Map(read), layout.admin);
  }
  store.note(normalDn(layout.service), "userPassword", [service]);
  await store.save();
}
