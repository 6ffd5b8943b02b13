// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How the fake PayPal proves that a notice is its own: signed webhooks with the key they are checked by, and IPN that it knows again.
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { crc32 } from "node:zlib";
import { Hono } from "hono";
import type { Wrap } from "../courier.ts";
import { nowText, type Payment, type Store } from "./store.ts";

export interface Proof {
  app: Hono;
  wrap: Wrap;
  /** Tells of a payment by IPN; gives the bytes that were told. */
  ipn(payment: Payment, more?: Record<string, string>): Buffer<ArrayBuffer>;
}

/** `url`: where the fake is. Its key wears no certificate: the door to PayPal believes a fake on its own machine. */
export function openProof(store: Store, webhookId: string, receiver: string, url: () => string): Proof {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const place = `/v1/notifications/certs/CERT-${randomUUID()}`;
  const told = new Set<string>();
  const app = new Hono();
  app.get(place, (c) => c.body(publicKey.export({ type: "spki", format: "pem" }) as string));
  app.post("/cgi-bin/webscr", async (c) => {
    const body = Buffer.from(await c.req.arrayBuffer()).toString("latin1");
    const known = body.startsWith("cmd=_notify-validate&") && told.has(body.slice("cmd=_notify-validate&".length));
    return c.text(known ? "VERIFIED" : "INVALID");
  });
  const wrap: Wrap = (id) => {
    const event = store.events[id];
    if (!event) return undefined;
    const body = Buffer.from(JSON.stringify(event));
    const [number, time] = [randomUUID(), nowText()];
    const signed = Buffer.from(`${number}|${time}|${webhookId}|${crc32(body)}`);
    const headers = {
      "Content-Type": "application/json",
      "PayPal-Auth-Algo": "SHA256withRSA",
      "PayPal-Auth-Version": "v2",
      "PayPal-Cert-Url": url() + place,
      "PayPal-Transmission-Id": number,
      "PayPal-Transmission-Sig": sign("RSA-SHA256", signed, privateKey).toString("base64"),
      "PayPal-Transmission-Time": time,
    };
    return { body, headers };
  };
  const ipn = (payment: Payment, more: Record<string, string> = {}) => {
    const bytes = Buffer.from(encode({ ...fieldsOf(payment, receiver), ...more }));
    told.add(bytes.toString("latin1"));
    return bytes;
  };
  return { app, wrap, ipn };
}

function fieldsOf({ id, amount, custom_id, payer, subscription, create_time }: Payment, receiver: string) {
  const names = { first_name: payer.name.given_name, last_name: payer.name.surname, payer_email: payer.email_address };
  return {
    ...{ txn_id: id, txn_type: subscription ? "recurring_payment" : "web_accept", payment_status: "Completed" },
    ...{ mc_gross: amount.value, mc_currency: amount.currency_code, mc_fee: "0.35", payment_date: dateOf(create_time) },
    ...{ receiver_email: receiver, charset: "windows-1252", test_ipn: "1", notify_version: "3.9", ...names },
    ...(custom_id ? { custom: custom_id } : {}),
    ...(subscription ? { recurring_payment_id: subscription } : {}),
  };
}

/** `20:12:59 Jan 13, 2026 PST`, whatever the season. */
function dateOf(time: string): string {
  const at = new Date(Date.parse(time) - 8 * 3_600_000);
  const month = at.toLocaleString("en", { month: "short", timeZone: "UTC" });
  const day = String(at.getUTCDate()).padStart(2, "0");
  return `${at.toISOString().slice(11, 19)} ${month} ${day}, ${at.getUTCFullYear()} PST`;
}

// In windows-1252, as PayPal does it: one byte for each letter.
function encode(fields: Record<string, string>): string {
  const escaped = (text: string) =>
    [...text].map((letter) => (/[A-Za-z0-9._-]/.test(letter) ? letter : hex(letter))).join("");
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${escaped(value)}`)
    .join("&");
}

function hex(letter: string): string {
  const byte = letter === "€" ? 0x80 : letter === "’" ? 0x92 : (letter.codePointAt(0) ?? 63);
  return byte > 255 ? "%3F" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}
