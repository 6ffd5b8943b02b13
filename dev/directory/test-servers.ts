// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The two servers that the tests of the directory run against, with what a test needs besides: restart, and an administrator.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Directory, type DirectorySettings, openDirectory } from "@cdb/directory/directory.ts";
import { change } from "@cdb/directory/entry.ts";
import { Client } from "ldapts";
import { makeCertificate } from "./certificate.ts";
import type { PolicySettings } from "./layout.ts";
import { type DirectoryServer, startDirectory } from "./server.ts";
import { type Slapd, type SlapdOptions, startSlapd } from "./slapd.ts";

export interface TestServer extends DirectoryServer {
  folder: string;
  /** PEM file of whoever signed the server's certificate. */
  caFile: string;
  /** Configures OpenLDAP, by LDIF. */
  configure(ldif: string): void;
  /** A client as the administrator. */
  asAdmin<T>(work: (client: Client) => Promise<T>): Promise<T>;
  as<T>(dn: string, password: string, work: (client: Client) => Promise<T>): Promise<T>;
  open(changed?: Partial<DirectorySettings>): Directory;
  /** A policy for these people alone. */
  givePolicy(usernames: string[], settings: PolicySettings): Promise<void>;
  /** Starts the server again on the same port and data. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

export const kinds = ["the embedded directory", "OpenLDAP"] as const;

/** `changed`: for an OpenLDAP that is not as it should be. */
export async function startTestServer(
  kind: (typeof kinds)[number],
  changed: Pick<SlapdOptions, "change"> = {},
): Promise<TestServer> {
  const folder = mkdtempSync(path.join(tmpdir(), "directory-"));
  const tls = makeCertificate(folder);
  const settings = { bindPassword: "the service account", adminPassword: "the administrator", tls };
  const start = (port: number): Promise<DirectoryServer | Slapd> =>
    kind === "OpenLDAP"
      ? startSlapd({ folder, port, ...settings, ...changed })
      : startDirectory({ file: path.join(folder, "directory.json"), port, ...settings });
  let server = await start(0).catch((error) => {
    rmSync(folder, { recursive: true });
    throw error;
  });
  const { url, baseDn, bindDn, bindPassword, adminDn, adminPassword, port } = server;

  const as: TestServer["as"] = async (dn, password, work) => {
    const client = new Client({ url, timeout: 10_000, connectTimeout: 10_000 });
    try {
      if (dn !== "") await client.bind(dn, password);
      return await work(client);
    } finally {
      await client.unbind();
    }
  };
  const asAdmin: TestServer["asAdmin"] = (work) => as(adminDn, adminPassword, work);
  return {
    ...server,
    folder,
    caFile: tls.certificate,
    configure(ldif) {
      if (!("modify" in server)) throw new Error("only OpenLDAP is configured by LDIF");
      server.modify(ldif);
    },
    as,
    asAdmin,
    open: (changed = {}) => openDirectory({ url, baseDn, bindDn, bindPassword, ...changed }),
    givePolicy: (usernames, settings) =>
      asAdmin(async (client) => {
        const dn = `cn=${usernames[0]}-policy,ou=system,${baseDn}`;
        await client.add(dn, { objectClass: ["device", "pwdPolicy"], pwdAttribute: "userPassword", ...settings });
        const chosen = change("replace", "pwdPolicySubentry", [dn]);
        for (const username of usernames) await client.modify(`uid=${username},ou=people,${baseDn}`, chosen);
      }),
    async start() {
      server = await start(port);
    },
    stop: () => server.stop(),
    async remove() {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
