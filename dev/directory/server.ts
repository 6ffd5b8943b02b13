// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The embedded directory: a small LDAPv3 server inside this process, on this machine only, for development and tests.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Access } from "./access.ts";
import { serveConnection } from "./connection.ts";
import { defaultBaseDn, firstEntries, type Layout, layoutOf, type PolicySettings } from "./layout.ts";
import { normalDn } from "./names.ts";
import { hashPassword } from "./password-schemes.ts";
import { makePersonAdder, type NewPerson } from "./person.ts";
import { describe } from "./schema.ts";
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
  /** Changes to the policy for people's passwords; heeded when the directory is new. */
  policy?: PolicySettings;
}

export interface DirectoryServer {
  url: string;
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
  await enterFirstEntries(store, layout, bindPassword, options.policy);
  const shared = { store, layout, access: new Access(layout), adminPassword };

  const sockets = new Set<Socket>();
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    void serveConnection(socket, { ...shared, who: "", dn: "", mustChange: false });
  });
  listener.listen(options.port ?? 0, "127.0.0.1");
  await once(listener, "listening");

  const { port } = listener.address() as AddressInfo;
  const { base: baseDn, service: bindDn, admin: adminDn } = layout;
  const access = { url: `ldap://127.0.0.1:${port}`, baseDn, bindDn, bindPassword };
  const stop = async (): Promise<void> => {
    const closed = once(listener, "close");
    listener.close();
    for (const socket of sockets) socket.destroy();
    await closed;
    await store.save();
  };
  return { ...access, port, adminDn, adminPassword, addPerson: makePersonAdder(access), stop };
}

async function enterFirstEntries(
  store: Store,
  layout: Layout,
  bindPassword: string,
  policy?: PolicySettings,
): Promise<void> {
  const service = await hashPassword(Buffer.from(bindPassword));
  const passwords = { service, decoy: await hashPassword(randomBytes(24)) };
  for (const [dn, attributes] of firstEntries(layout, passwords, policy)) {
    if (store.find(normalDn(dn))) continue;
    const read = Object.entries(attributes).map(([name, values]): [string, Buffer[]] => {
      return [describe(name).key, [values].flat().map((it) => Buffer.from(it))];
    });
    store.add(dn, new Map(read), layout.admin);
  }
  store.note(normalDn(layout.service), "userPassword", [service]);
  await store.save();
}
