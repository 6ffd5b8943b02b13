// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// What concerns the embedded directory alone: bytes that are no LDAP, its file, its limits, old password schemes.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { openDirectory } from "@cdb/directory/directory.ts";
import { Client } from "ldapts";
import { type DirectoryServer, startDirectory } from "./server.ts";

describe("the embedded directory", { timeout: 120_000 }, () => {
  let server: DirectoryServer;
  const ada = { username: "ada", password: "analytical engine", name: "Ada Example", mail: "ada@example.org" };

  before(async () => {
    server = await startDirectory();
  });

  after(() => server?.stop());

  /** Sends bytes and returns what comes back until the server hangs up. */
  async function send(bytes: Buffer): Promise<Buffer> {
    const socket = connect(server.port, "127.0.0.1");
    const answers: Buffer[] = [];
    socket.on("data", (chunk) => answers.push(chunk));
    socket.on("error", () => {});
    socket.end(bytes);
    await once(socket, "close");
    return Buffer.concat(answers);
  }

  async function assertAlive(): Promise<void> {
    const directory = openDirectory(server);
    assert.deepEqual(await directory.check(), { ok: true });
    await directory.close();
  }

  test("whatever bytes come, the server goes on", async () => {
    const bind = Buffer.from("300c020101600702010304008000", "hex");
    const garbage = [
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
      Buffer.from("3084ffffffff", "hex"),
      Buffer.from("30847fffffff020101", "hex"),
      Buffer.from("3080020101", "hex"),
      Buffer.from("3000", "hex"),
      Buffer.from("30050201016000", "hex"),
      Buffer.from("300602010177018a", "hex"),
      Buffer.from("300702010163028400", "hex"),
      Buffer.concat([Buffer.from("3083100000", "hex"), Buffer.alloc(1024 * 1024, 0x30)]),
      ...Array.from({ length: bind.length }, (_, cut) => bind.subarray(0, cut)),
      ...Array.from({ length: 300 }, (_, seed) => mutate(searchFor(`uid=${seed}`), seed)),
    ];
    for (const bytes of garbage) await send(bytes);
    await assertAlive();
  });

  test("whoever sends no LDAP is told so before the connection ends", async () => {
    assert.match(
      (await send(Buffer.from("GET / HTTP/1.1\r\n\r\n"))).toString("latin1"),
      /1\.3\.6\.1\.4\.1\.1466\.20036/,
    );
  });

  test("a filter nested without end is refused", async () => {
    let filter: Buffer = Buffer.from("870b6f626a656374436c617373", "hex");
    for (let depth = 0; depth < 100; depth++) filter = sequence(0xa2, filter);
    const resultCode = (await send(searchWith(filter)))[9];
    assert.equal(resultCode, 2);
    await assertAlive();
  });

  test("a message in single bytes and many messages in one piece are understood", async () => {
    const two = Buffer.concat([searchFor("uid=ada"), searchFor("uid=ada")]);
    const whole = await send(two);
    const socket = connect(server.port, "127.0.0.1");
    const answers: Buffer[] = [];
    socket.on("data", (chunk) => answers.push(chunk));
    for (const byte of two) socket.write(Buffer.of(byte));
    socket.end();
    await once(socket, "close");
    assert.ok(whole.length > 0);
    assert.deepEqual(Buffer.concat(answers), whole);
  });

  test("StartTLS is said to be unavailable", async () => {
    const client = new Client({ url: server.url, timeout: 5000 });
    await assert.rejects(client.startTLS(), { code: 52 });
    await client.unbind();
  });

  test("it listens on this machine only", async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((it) => it?.family === "IPv4" && !it.internal);
    if (outside === undefined) return;
    const socket = connect(server.port, outside.address);
    await assert.rejects(once(socket, "connect"), { code: "ECONNREFUSED" });
  });

  test("production is refused", async () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = "production";
    try {
      await assert.rejects(startDirectory(), /for development/);
    } finally {
      if (before === undefined) delete process.env.NODE_ENV;
      else process.env.NODE_ENV = before;
    }
  });

  test("a hash of an older directory still lets its owner in, a password in the clear lets in nobody", async () => {
    const salt = Buffer.from("saltsalt");
    const digest = createHash("sha1").update("analytical engine").update(salt).digest();
    const directory = openDirectory(server);
    const client = new Client({ url: server.url, timeout: 5000 });
    await client.bind(server.adminDn, server.adminPassword);
    const person = { objectClass: "inetOrgPerson", cn: "Old", sn: "Old" };
    const ssha = `{SSHA}${Buffer.concat([digest, salt]).toString("base64")}`;
    await client.add(`uid=old,ou=people,${server.baseDn}`, { ...person, userPassword: ssha });
    await client.add(`uid=clear,ou=people,${server.baseDn}`, {
      ...person,
      userPassword: "{CLEARTEXT}analytical engine",
    });
    assert.deepEqual(await directory.checkPassword("old", "analytical engine"), { outcome: "right" });
    assert.deepEqual(await directory.checkPassword("old", "another engine"), { outcome: "wrong" });
    assert.deepEqual(await directory.checkPassword("clear", "analytical engine"), { outcome: "wrong" });
    await client.unbind();
    await directory.close();
  });

  test("what was written is there after a restart, and passwords lie in the file as Argon2 hashes", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "directory-"));
    const file = path.join(folder, "state", "directory.json");
    const first = await startDirectory({ file });
    await first.addPerson({ ...ada, groups: ["staff"] });
    await first.stop();
    const text = readFileSync(file, "utf8");
    assert.doesNotMatch(text, /analytical engine/);
    assert.match(text, /\{ARGON2\}\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.deepEqual(readdirSync(path.dirname(file)), ["directory.json"]);

    const second = await startDirectory({ file });
    const directory = openDirectory(second);
    assert.deepEqual(await directory.checkPassword("ada", ada.password), { outcome: "right" });
    assert.deepEqual(await directory.groupsOf("ada"), ["staff"]);
    await directory.close();
    await second.stop();
    rmSync(folder, { recursive: true });
  });
});

function sequence(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag, 0x82, content.length >> 8, content.length & 255), content]);
}

function searchWith(filter: Buffer): Buffer {
  const head = Buffer.from("04000a01020a0100020100020100010100", "hex");
  return sequence(0x30, Buffer.of(2, 1, 1), sequence(0x63, head, filter, sequence(0x30)));
}

function searchFor(text: string): Buffer {
  const [name = "", value = ""] = text.split("=");
  return searchWith(sequence(0xa3, sequence(4, Buffer.from(name)), sequence(4, Buffer.from(value))));
}

/** Always the same damage for the same seed. */
function mutate(bytes: Buffer, seed: number): Buffer {
  const copy = Buffer.from(bytes);
  for (let count = 0; count < 3; count++) {
    const number = Math.abs(Math.imul(seed * 3 + count + 1, 2654435761));
    copy[number % copy.length] = (number >>> 8) & 255;
  }
  return copy;
}
