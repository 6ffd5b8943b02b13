// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether a notice is PayPal's own and meant for us, without asking PayPal (https://developer.paypal.com/api/rest/webhooks/rest/).
import { type KeyObject, verify } from "node:crypto";
import { crc32 } from "node:zlib";
import { ForgedNotice } from "./errors.ts";

/** Gives the key that the certificate at this address holds. Throws ForgedNotice, or ProviderUnavailable. */
export type FindKey = (certificateUrl: string, now: number) => Promise<KeyObject>;

/** Reads one header of the notice by its name. */
export type ReadHeader = (name: string) => string | null | undefined;

// A retry may still bear the moment of the first attempt, and they go on for three days. Telling again does no harm.
const oldestMs = 4 * 24 * 60 * 60 * 1000;
const futureMs = 300 * 1000;

/**
 * Passes only when PayPal signed exactly these bytes for the webhook `webhookId`; `now` in milliseconds. All that can be
 * judged without the certificate is judged before it is fetched. Throws ForgedNotice; ProviderUnavailable without a certificate.
 */
export async function checkSignature(
  rawBody: Uint8Array,
  header: ReadHeader,
  webhookId: string,
  findKey: FindKey,
  now: number,
): Promise<void> {
  if (header("PayPal-Auth-Algo") !== "SHA256withRSA")
    throw new ForgedNotice("The notice is not signed with RSA and SHA-256.");
  const id = header("PayPal-Transmission-Id") ?? "";
  const time = header("PayPal-Transmission-Time") ?? "";
  if (!/^[A-Za-z0-9-]{1,64}$/.test(id)) throw new ForgedNotice("The notice has no transmission number.");
  checkTime(time, now);
  const signature = readSignature(header("PayPal-Transmission-Sig") ?? "");
  const key = await findKey(header("PayPal-Cert-Url") ?? "", now);
  const signed = Buffer.from(`${id}|${time}|${webhookId}|${crc32(rawBody)}`);
  if (!verify("RSA-SHA256", signed, key, signature)) throw new ForgedNotice("The signature does not fit the notice.");
}

function checkTime(time: string, now: number): void {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(time) || Number.isNaN(Date.parse(time)))
    throw new ForgedNotice("The notice does not say when it was sent.");
  const age = now - Date.parse(time);
  if (age > oldestMs) throw new ForgedNotice("The notice is too old.");
  if (age < -futureMs) throw new ForgedNotice("The notice comes from the future.");
}

// Buffer.from would skip what is no base64, and so take several spellings of one signature.
function readSignature(text: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length < 256 || bytes.length > 1024 || bytes.toString("base64") !== text)
    throw new ForgedNotice("The signature is not in PayPal's form.");
  return bytes;
}
