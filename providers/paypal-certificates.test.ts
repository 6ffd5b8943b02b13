// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Which certificates are believed, and who is asked for them: nobody but PayPal.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { type Listening, listen } from "@cdb/runtime/serve.ts";
import { ForgedNotice, ProviderUnavailable } from "./errors.ts";
import { openCertificates, readCertificate } from "./paypal-certificates.ts";

const day = 24 * 60 * 60 * 1000;
// A little later, so that certificates made in between are valid.
const now = Date.now() + 60_000;
const folder = mkdtempSync(path.join(tmpdir(), "cdb-certificates-"));
after(() => rmSync(folder, { recursive: true }));

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
}

function makeAuthority(name: string): string {
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", `/CN=${name}`];
  openssl(...request, "-keyout", `${name}.key`, "-out", `${name}.pem`);
  return readFileSync(path.join(folder, `${name}.pem`), "utf8");
}

let made = 0;
function issue(by: string, subject: string, key = "rsa:2048", days = "20"): string {
  const name = `leaf-${made++}`;
  const curve = key === "ec" ? ["-pkeyopt", "ec_paramgen_curve:P-256"] : [];
  openssl("req", "-newkey", key, ...curve, "-nodes", "-subj", subject, "-keyout", `${name}.key`, "-out", `${name}.csr`);
  writeFileSync(path.join(folder, "leaf.ext"), "basicConstraints=CA:FALSE\n");
  const signer = ["-CA", `${by}.pem`, "-CAkey", `${by}.key`, "-CAcreateserial", "-days", days, "-extfile", "leaf.ext"];
  openssl("x509", "-req", "-in", `${name}.csr`, ...signer, "-out", `${name}.pem`);
  return readFileSync(path.join(folder, `${name}.pem`), "utf8");
}

const live = "/C=US/O=PayPal, Inc./CN=messageverificationcerts.paypal.com";
let authority = "";
let other = "";
let good = "";
before(() => {
  authority = makeAuthority("authority");
  other = makeAuthority("other");
  good = issue("authority", live);
});

test("a certificate in PayPal's name is believed for a day, alone or with those who issued it", () => {
  for (const pem of [good, good + authority]) {
    const { key, until } = readCertificate(pem, "live", now);
    assert.equal(key.asymmetricKeyType, "rsa");
    assert.equal(until, now + day);
  }
  assert.ok(readCertificate(good, "live", now + 19.5 * day).until < now + 20.1 * day, "not longer than it is valid");
});

test("other names, self-made and foreign certificates, wrong days and odd keys are refused", () => {
  const self = "-----BEGIN CERTIFICATE-----";
  makeAuthority("messageverificationcerts.paypal.com");
  const selfSigned = readFileSync(path.join(folder, "messageverificationcerts.paypal.com.pem"), "utf8");
  const refused: [string, number?][] = [
    [issue("authority", "/CN=messageverificationcerts.paypal.com.example.org")],
    [issue("authority", "/CN=api.paypal.com")],
    [issue("authority", "/CN=messageverificationcerts.sandbox.paypal.com")],
    [issue("authority", "/O=CN=messageverificationcerts.paypal.com/CN=example.org")],
    [issue("authority", live, "ec")],
    [selfSigned],
    [good + other],
    [good + good],
    [good, now + 21 * day],
    [good, now - 2 * day],
    ["no certificate"],
    [`${self}\nAAAA\n-----END CERTIFICATE-----`],
    [""],
  ];
  for (const [pem, at] of refused)
    assert.throws(() => readCertificate(pem, "live", at ?? now), ForgedNotice, pem.slice(0, 40));
  readCertificate(issue("authority", "/CN=messageverificationcerts.sandbox.paypal.com"), "sandbox", now);
});

test("nobody but PayPal is asked for a certificate", async () => {
  let visits = 0;
  const stranger = await listen(() => {
    visits++;
    return new Response(good);
  }, 0);
  const place = "/v1/notifications/certs/CERT-1";
  const at = `127.0.0.1:${stranger.port}`;
  const forged = [
    `http://${at}${place}`,
    `https://${at}${place}`,
    "",
    "CERT-1",
    `file:///etc${place}`,
    `http://api.paypal.com${place}`,
    `https://paypal.com.example.org${place}`,
    `https://notpaypal.com${place}`,
    `https://api.paypal.com@${at}${place}`,
    `https://api.paypal.com:8443${place}`,
    `https://api.paypal.com${place}?next=http://${at}`,
    `https://api.paypal.com${place}#x`,
    `https://api.paypal.com/v1/notifications/certs/../../redirect`,
    `https://api.paypal.com/elsewhere`,
    `https://API.paypal.com${place}`,
    ` https://api.paypal.com${place}`,
    `https://api.sandbox.paypal.com${place}`,
  ];
  const findKey = openCertificates("live");
  for (const url of forged) await assert.rejects(findKey(url, now), ForgedNotice, url);
  const sandboxKey = openCertificates("sandbox");
  for (const host of ["api.paypal.com", "sandbox.paypal.com.example.org", "xsandbox.paypal.com"])
    await assert.rejects(sandboxKey(`https://${host}${place}`, now), ForgedNotice, host);
  const fakeKey = openCertificates({ fake: "http://127.0.0.1:1" });
  await assert.rejects(fakeKey(`http://${at}${place}`, now), ForgedNotice);
  await stranger.stop();
  assert.equal(visits, 0);
});

test("a certificate is fetched once a day, follows no redirect, and is not asked for without end", async () => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = publicKey.export({ type: "spki", format: "pem" });
  const visits: string[] = [];
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server: Listening = await listen(async (request: Request) => {
    const name = new URL(request.url).pathname.split("/").pop() ?? "";
    visits.push(name);
    if (name.startsWith("SLOW")) await held;
    if (name === "AWAY") return Response.redirect(`http://127.0.0.1:${server.port}/v1/notifications/certs/CERT`, 302);
    if (name === "LONG") return new Response("x".repeat(100_000));
    if (name === "DOWN") return new Response("", { status: 503 });
    return name === "NONE" ? new Response("", { status: 404 }) : new Response(pem);
  }, 0);
  const fake = `http://127.0.0.1:${server.port}`;
  const findKey = openCertificates({ fake });
  const find = (name: string, at = now) => findKey(`${fake}/v1/notifications/certs/${name}`, at);
  await Promise.all([find("CERT"), find("CERT")]);
  await find("CERT", now + day - 1);
  assert.deepEqual(visits.splice(0), ["CERT"]);
  await find("CERT", now + day + 1);
  assert.deepEqual(visits.splice(0), ["CERT"]);
  for (const name of ["AWAY", "NONE"]) await assert.rejects(find(name), ForgedNotice, name);
  for (const name of ["LONG", "DOWN"]) await assert.rejects(find(name), ProviderUnavailable, name);
  assert.deepEqual(visits.splice(0), ["AWAY", "NONE", "LONG", "DOWN"]);
  const slow = [1, 2, 3, 4].map((each) => find(`SLOW${each}`));
  await assert.rejects(find("SLOW5"), ProviderUnavailable);
  release();
  await Promise.all(slow);
  assert.equal(visits.includes("SLOW5"), false);
  await server.stop();
});
