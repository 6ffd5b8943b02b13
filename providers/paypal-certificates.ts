// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The certificates that PayPal signs its notices with: fetched from PayPal and nobody else, checked, kept for a day.
import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { ForgedNotice, ProviderUnavailable } from "./errors.ts";
import { fetchText } from "./paypal-fetch.ts";
import type { FindKey } from "./paypal-signature.ts";

const keptMs = 24 * 60 * 60 * 1000;
const mostKept = 20;
const mostAtOnce = 4;
const largestBytes = 64 * 1024;

/** Where certificates come from, and whose name they bear. */
export type CertificateHome = "live" | "sandbox" | { fake: string };

interface Kept {
  key: KeyObject;
  until: number;
}

/**
 * A forged notice can name any address: only PayPal's own place for certificates is ever asked, few at once.
 * Of a certificate are checked: PayPal's name, the days it is valid, that it is not self-signed, and that it was issued by
 * those that come with it. PayPal sends none of the authorities above it, so that it is PayPal's rests on the TLS of the
 * place it comes from. The fake is on this machine: its key is believed as it is.
 */
export function openCertificates(home: CertificateHome): FindKey {
  const kept = new Map<string, Kept>();
  const coming = new Map<string, Promise<Kept>>();

  async function fetchKey(url: string, now: number): Promise<Kept> {
    const { status, text } = await fetchText(url, {}, largestBytes);
    if (status >= 500 || status === 429)
      throw new ProviderUnavailable(`PayPal's certificate is not to be had (${status})`);
    if (status !== 200) throw new ForgedNotice("There is no certificate where the notice says.");
    const found =
      typeof home === "object" ? { key: readKey(text), until: now + keptMs } : readCertificate(text, home, now);
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value ?? "");
    kept.set(url, found);
    return found;
  }

  return async (url, now) => {
    checkPlace(url, home);
    const known = kept.get(url);
    if (known && known.until > now) return known.key;
    const running = coming.get(url);
    if (!running && coming.size >= mostAtOnce) throw new ProviderUnavailable("Too many unknown certificates at once");
    const fetching = running ?? fetchKey(url, now).finally(() => coming.delete(url));
    coming.set(url, fetching);
    return (await fetching).key;
  };
}

function checkPlace(text: string, home: CertificateHome): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain =
    url?.href === text && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!url || !plain || !/^\/v1\/notifications\/certs\/[A-Za-z0-9-]{1,100}$/.test(url.pathname)) throw elsewhere();
  if (typeof home === "object") {
    if (url.origin !== home.fake) throw elsewhere();
    return;
  }
  const own = url.protocol === "https:" && url.port === "" && /(^|\.)paypal\.com$/.test(url.hostname);
  const sandbox = /(^|\.)sandbox\.paypal\.com$/.test(url.hostname);
  if (!own || sandbox !== (home === "sandbox")) throw elsewhere();
}

function elsewhere(): ForgedNotice {
  return new ForgedNotice("The certificate of the notice is not at PayPal.");
}

function readKey(pem: string): KeyObject {
  return parse(() => createPublicKey(pem));
}

/** Exported for its test, which makes certificates of its own. */
export function readCertificate(pem: string, home: "live" | "sandbox", now: number): Kept {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const [leaf, ...above] = blocks.slice(0, 8).map((block) => parse(() => new X509Certificate(block)));
  if (!leaf) throw unfit("is none");
  const name = `messageverificationcerts.${home === "sandbox" ? "sandbox." : ""}paypal.com`;
  if (!leaf.subject.split("\n").includes(`CN=${name}`)) throw unfit("is in another's name");
  if (leaf.ca || leaf.checkIssued(leaf)) throw unfit("vouches for itself");
  let below = leaf;
  for (const each of above) {
    if (!below.checkIssued(each) || !below.verify(each.publicKey))
      throw unfit("was not issued by those that come with it");
    below = each;
  }
  for (const each of [leaf, ...above])
    if (now < each.validFromDate.getTime() || now > each.validToDate.getTime()) throw unfit("is not valid today");
  if (leaf.publicKey.asymmetricKeyType !== "rsa") throw unfit("holds no RSA key");
  return { key: leaf.publicKey, until: Math.min(now + keptMs, leaf.validToDate.getTime()) };
}

function unfit(why: string): ForgedNotice {
  return new ForgedNotice(`The certificate of the notice ${why}.`);
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw unfit("cannot be read");
  }
}
