// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Forged, altered and stale notices of PayPal.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { ForgedNotice, ProviderUnavailable } from "./errors.ts";
import { checkSignature } from "./paypal-signature.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
const webhookId = "5L518819FA0214926";
const now = Date.parse("2026-11-20T12:00:00Z");
const body = Buffer.from(JSON.stringify({ id: "WH-1", resource: { id: "3C6", note: "Zoë" } }, null, 1));

interface Wish {
  id?: string;
  webhook?: string;
  time?: string;
  text?: Buffer;
  key?: typeof privateKey;
  hash?: string;
}

function headersOf(wish: Wish = {}): Record<string, string> {
  const { id = "69cd13f0-d67a-11e5-baa3-778b53f4ae55", time = "2026-11-20T11:59:00Z", text = body } = wish;
  const signed = Buffer.from(`${id}|${time}|${wish.webhook ?? webhookId}|${crc32(text)}`);
  return {
    "PayPal-Auth-Algo": "SHA256withRSA",
    "PayPal-Cert-Url": "https://api.paypal.com/v1/notifications/certs/CERT-1",
    "PayPal-Transmission-Id": id,
    "PayPal-Transmission-Time": time,
    "PayPal-Transmission-Sig": sign(wish.hash ?? "RSA-SHA256", signed, wish.key ?? privateKey).toString("base64"),
  };
}

const asked: string[] = [];
async function findKey(url: string): Promise<typeof publicKey> {
  asked.push(url);
  return publicKey;
}

function check(headers: Record<string, string>, bytes: Uint8Array = body): Promise<void> {
  return checkSignature(bytes, (name) => headers[name], webhookId, findKey, now);
}

async function refused(headers: Record<string, string>, bytes: Uint8Array = body): Promise<void> {
  await assert.rejects(check(headers, bytes), ForgedNotice);
}

test("a genuine notice passes, and the certificate that it names is asked for", async () => {
  asked.length = 0;
  await check(headersOf());
  assert.deepEqual(asked, ["https://api.paypal.com/v1/notifications/certs/CERT-1"]);
});

test("every flipped bit of the body is noticed", async () => {
  for (let bit = 0; bit < body.length * 8; bit++) {
    const altered = Buffer.from(body);
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await refused(headersOf(), altered);
  }
});

test("every flipped bit of number, time and signature is noticed", async () => {
  for (const name of ["PayPal-Transmission-Id", "PayPal-Transmission-Time", "PayPal-Transmission-Sig"]) {
    const genuine = Buffer.from(headersOf()[name] ?? "");
    for (let bit = 0; bit < genuine.length * 8; bit++) {
      const altered = Buffer.from(genuine);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await refused({ ...headersOf(), [name]: altered.toString("latin1") });
    }
  }
});

test("a body that was read and written again is refused", async () => {
  await refused(headersOf(), Buffer.from(JSON.stringify(JSON.parse(body.toString()))));
  await refused(headersOf(), Buffer.concat([body, Buffer.from("\n")]));
  await refused(headersOf(), Buffer.concat([Buffer.from("efbbbf", "hex"), body]));
  await refused(headersOf(), new Uint8Array());
});

test("notices for another webhook, and those of PayPal's simulator, are refused", async () => {
  for (const webhook of ["5L518819FA0214927", "WEBHOOK_ID", ""]) await refused(headersOf({ webhook }));
});

test("SHA-1, other algorithms and other keys are refused", async () => {
  await refused({ ...headersOf({ hash: "RSA-SHA1" }), "PayPal-Auth-Algo": "SHA1withRSA" });
  await refused(headersOf({ hash: "RSA-SHA1" }));
  for (const algorithm of ["", "sha256withrsa", "none", "SHA256withECDSA"])
    await refused({ ...headersOf(), "PayPal-Auth-Algo": algorithm });
  await refused(headersOf({ key: stranger.privateKey }));
});

test("a notice is good from 300 seconds ahead of time to the last retry, days later", async () => {
  for (const time of [
    "2026-11-20T12:04:59Z",
    "2026-11-20T12:05:00Z",
    "2026-11-17T12:00:00Z",
    "2026-11-20T11:59:00.123Z",
  ])
    await check(headersOf({ time }));
  for (const time of ["2026-11-20T12:05:01Z", "2027-11-20T12:00:00Z", "2026-11-16T11:59:59Z"])
    await refused(headersOf({ time }));
});

test("times and numbers that are none are refused although they are signed", async () => {
  for (const time of [
    "",
    "now",
    "2026-11-20",
    "2026-11-20T12:00:00",
    "2026-11-20T12:00:00+00:00",
    "2026-13-40T12:00:00Z",
  ])
    await refused(headersOf({ time }));
  for (const id of ["", "a|b", "x".repeat(65), "é"]) await refused(headersOf({ id }));
});

test("one signature has one spelling", async () => {
  const headers = headersOf();
  const signature = headers["PayPal-Transmission-Sig"] ?? "";
  for (const odd of [
    "",
    `${signature} `,
    ` ${signature}`,
    signature.replace(/=+$/, ""),
    `${signature}AAAA`,
    "A".repeat(99_999),
  ])
    await refused({ ...headers, "PayPal-Transmission-Sig": odd });
});

test("what can be refused without the certificate is refused before anybody is asked for it", async () => {
  asked.length = 0;
  await refused({ ...headersOf(), "PayPal-Auth-Algo": "SHA1withRSA" });
  await refused(headersOf({ time: "2027-11-20T12:00:00Z" }));
  await refused({ ...headersOf(), "PayPal-Transmission-Sig": "no" });
  await refused({});
  assert.deepEqual(asked, []);
});

test("a certificate that cannot be had is trouble, not forgery: the notice is told again", async () => {
  const away = async () => {
    throw new ProviderUnavailable("away");
  };
  const headers = headersOf();
  await assert.rejects(
    checkSignature(body, (name) => headers[name], webhookId, away, now),
    ProviderUnavailable,
  );
});
