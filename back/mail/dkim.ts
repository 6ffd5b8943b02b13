// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing mails (RFC 6376) where no relay does it: with whose key, and the DNS record that belongs to it.
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigError } from "@cdb/runtime/config.ts";

export interface Dkim {
  domain: string;
  selector: string;
  /** PEM. */
  key: string;
}

export interface DkimSettings {
  MAIL_DKIM_DOMAIN?: string | undefined;
  MAIL_DKIM_SELECTOR?: string | undefined;
  MAIL_DKIM_KEY_FILE?: string | undefined;
}

/** What RFC 8301 asks for at least. */
const leastBits = 1_024;

/** undefined: none is set, the relay signs. Throws ConfigError for half of it, and for a key that cannot sign. */
export function readDkim(settings: DkimSettings): Dkim | undefined {
  const { MAIL_DKIM_DOMAIN: domain, MAIL_DKIM_SELECTOR: selector, MAIL_DKIM_KEY_FILE: file } = settings;
  if (!domain && !selector && !file) return undefined;
  if (!domain || !selector || !file)
    throw new ConfigError([
      "MAIL_DKIM_DOMAIN, MAIL_DKIM_SELECTOR and MAIL_DKIM_KEY_FILE belong together: set all or none",
    ]);
  const key = readKey(file);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== "rsa" || bits < leastBits)
    throw new ConfigError([`MAIL_DKIM_KEY_FILE: must be an RSA key of ${leastBits} bits or more`]);
  return { domain, selector, key: String(key.export({ type: "pkcs8", format: "pem" })) };
}

/** What DNS has to say under `<selector>._domainkey.<domain>`. */
export function dkimRecord({ key }: Dkim): string {
  return `v=DKIM1; k=rsa; p=${createPublicKey(key).export({ type: "spki", format: "der" }).toString("base64")}`;
}

function readKey(file: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(file));
  } catch (error) {
    // What the library says of a key it cannot read may quote it.
    const code = (error as NodeJS.ErrnoException).code ?? "";
    const why = /^E[A-Z]+$/.test(code)
      ? `cannot be read (${code})`
      : "must be a private key in PEM, without a password";
    throw new ConfigError([`MAIL_DKIM_KEY_FILE: ${why}`]);
  }
}
