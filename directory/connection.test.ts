// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Encrypted connections, against the embedded server and OpenLDAP: ldaps and StartTLS with a known authority, and with none.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { makeCertificate } from "@cdb/dev/directory/certificate.ts";
import { openLine } from "@cdb/dev/directory/test-line.ts";
import { kinds, startTestServer, type TestServer } from "@cdb/dev/directory/test-servers.ts";
import { until } from "@cdb/dev/until.ts";
import { type DirectorySettings, openDirectory } from "./directory.ts";
import { DirectoryUnavailable, EntryNotFound, PasswordRefused } from "./errors.ts";

const right = { outcome: "right" };

for (const kind of kinds) {
  describe(`a connection to ${kind}`, { timeout: 120_000 }, () => {
    let server: TestServer;
    let certificate: string;
    let other: string;

    before(async () => {
      server = await startTestServer(kind);
      certificate = server.caFile;
      other = makeCertificate(server.folder, "other").certificate;
      await server.addPerson({
        username: "ada",
        password: "analytical engine",
        name: "Ada Example",
        mail: "ada@example.org",
      });
    });

    after(() => server?.remove());

    async function signIn(changed: Partial<DirectorySettings>): Promise<unknown> {
      const { baseDn, bindDn, bindPassword } = server;
      const directory = openDirectory({ url: server.url, baseDn, bindDn, bindPassword, ...changed });
      try {
        return await directory.checkPassword("ada", "analytical engine");
      } finally {
        await directory.close();
      }
    }

    const startTls = (): string => `ldap://localhost:${server.port}?starttls`;

    test("is encrypted from the start, or from StartTLS on", async () => {
      assert.deepEqual(await signIn({ url: server.tlsUrl, caFile: certificate }), right);
      assert.deepEqual(await signIn({ url: startTls(), caFile: certificate }), right);
    });

    test("is refused with a certificate of somebody unknown", async () => {
      for (const url of [server.tlsUrl, startTls()]) {
        await assert.rejects(signIn({ url }), DirectoryUnavailable);
        await assert.rejects(signIn({ url, caFile: other }), DirectoryUnavailable);
      }
    });

    test("is refused with a certificate for another machine", async () => {
      for (const url of [server.tlsUrl, startTls()]) {
        await assert.rejects(
          signIn({ url: url.replace("localhost", "127.0.0.1"), caFile: certificate }),
          /cannot be reached.*(altnames|IP)/i,
        );
      }
    });

    test("that never finishes its handshake is given up, and the next one is tried", async () => {
      let isSilent = true;
      const sockets = new Set<Socket>();
      const between = createServer((near) => {
        sockets.add(near.on("error", () => {}));
        // The answer "yes" to StartTLS, and nothing after.
        const yes = (request: Buffer): number[] => [0x30, 12, 2, 1, request[4] ?? 0, 0x78, 7, 10, 1, 0, 4, 0, 4, 0];
        if (isSilent) near.once("data", (request: Buffer) => near.write(Buffer.from(yes(request))));
        else
          near
            .pipe(connect(server.port, "127.0.0.1"))
            .on("error", () => {})
            .pipe(near);
      });
      between.listen(0, "127.0.0.1");
      await once(between, "listening");
      const { port } = between.address() as AddressInfo;
      await assert.rejects(signIn({ url: `ldaps://localhost:${port}`, timeoutMs: 200 }), DirectoryUnavailable);
      const { baseDn, bindDn, bindPassword } = server;
      const url = `ldap://localhost:${port}?starttls`;
      const directory = openDirectory({ url, baseDn, bindDn, bindPassword, caFile: certificate, timeoutMs: 500 });
      await assert.rejects(directory.checkPassword("ada", "analytical engine"), DirectoryUnavailable);
      isSilent = false;
      await until(async () => (await directory.check()).ok);
      await directory.close();
      for (const socket of sockets) socket.destroy();
      between.close();
    });

    test("is used once for a question that was answered, be it with no", async (t) => {
      const line = await openLine(server.port);
      const { baseDn, bindDn, bindPassword } = server;
      const directory = openDirectory({ url: line.url, baseDn, bindDn, bindPassword });
      t.after(async () => {
        await directory.close();
        await line.close();
      });
      assert.ok(await directory.findEntry("ada"));
      line.sent = "";
      await assert.rejects(directory.setPassword("ada", "too short"), PasswordRefused);
      assert.equal(line.sent.split("1.3.6.1.4.1.4203.1.11.1").length - 1, 1);
      line.sent = "";
      await assert.rejects(directory.setPassword("nobody", "a password that is long enough"), EntryNotFound);
      assert.equal(line.sent.split("nobody").length - 1, 1);
    });

    test("needs an address that can be understood", () => {
      for (const url of ["localhost", "http://localhost", "ldap://localhost?starttls=maybe", ""]) {
        assert.throws(
          () => openDirectory({ url, baseDn: "dc=x", bindDn: "cn=x", bindPassword: "x" }),
          /address of the directory/,
        );
      }
    });
  });
}
