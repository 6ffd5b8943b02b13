// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether a notice is Stripe's own and of now (https://docs.stripe.com/webhooks/signature).
import { Stripe } from "stripe";
import { ForgedNotice, UnreadableNotice } from "./errors.ts";

const toleranceS = 300;

/** Reads the event only when one of `secrets` signed exactly these bytes at most 300 s from `now`. Throws ForgedNotice. */
export function readSignedEvent(
  rawBody: string | Uint8Array,
  header: string | null,
  secrets: string[],
  now: number,
): { event: Stripe.Event; raw: string } {
  if (!header) throw new ForgedNotice("The notice is not signed.");
  checkHeader(header, now);
  const raw = typeof rawBody === "string" ? rawBody : decode(rawBody);
  for (const secret of secrets) {
    const event = tryOne(raw, header, secret, now);
    if (event) return { event, raw };
  }
  throw new ForgedNotice("The signature does not fit the notice.");
}

// Stripe's library lets moments in the future pass, reads the last of several moments, and fails on odd signatures.
function checkHeader(header: string, now: number): void {
  const [, seconds] = /^t=(\d{1,12})(?:,v\d=[0-9a-f]{64})+$/.exec(header) ?? [];
  if (seconds === undefined) throw new ForgedNotice("The signature is not in Stripe's form.");
  const age = Math.floor(now / 1000) - Number(seconds);
  if (age > toleranceS) throw new ForgedNotice("The notice is too old.");
  if (age < -toleranceS) throw new ForgedNotice("The notice comes from the future.");
}

// Stripe's library would drop a byte order mark and replace broken bytes, and so accept bytes that were not signed.
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ForgedNotice("The notice is not text.");
  }
}

function tryOne(raw: string, header: string, secret: string, now: number): Stripe.Event | undefined {
  try {
    return Stripe.webhooks.constructEvent(raw, header, secret, toleranceS, undefined, now);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return undefined;
    throw new UnreadableNotice("The notice is signed, but is not an event of Stripe's first API.");
  }
}
