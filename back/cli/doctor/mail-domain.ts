// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The doctor's look at what others find out of us before they take our mails: SPF, DKIM, DMARC, names and ways back.
import net from "node:net";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import { type Dkim, dkimRecord } from "../../mail/dkim.ts";
import type { Dns } from "./ask-dns.ts";
import { type Outcome, ok, skipped, wrong } from "./check.ts";

const domainOf = (email: string) => email.slice(email.lastIndexOf("@") + 1).toLowerCase();

/** Of the domain that is the sender to mail servers (RFC 7208): where bounces go to. */
export async function lookAtSpf(dns: Dns, { mail }: Organisation): Promise<Outcome> {
  const domain = domainOf(mail.bounces ?? mail.from);
  const found = (await dns.texts(domain)).filter((text) => /^v=spf1( |$)/i.test(text));
  const [record = ""] = found;
  if (found.length === 0)
    return wrong(
      `${domain} has no SPF record. Add the TXT record "v=spf1 mx include:<your relay> ~all" with the hosts that send for you.`,
    );
  if (found.length > 1) return wrong(`${domain} has ${found.length} SPF records, so that none counts. Make them one.`);
  if (/\s\+?all\b/i.test(record))
    return wrong(`${domain}: "${record}" lets everybody send for you. End it with ~all or -all.`);
  if (!/\s([~?-]all|redirect=)/i.test(record))
    return wrong(`${domain}: "${record}" does not say what of all others. End it with ~all or -all.`);
  return ok(`${domain}: ${record}. See that your relay is among it.`);
}

/** `selector`: that of the relay, where it signs. */
export async function lookAtDkim(
  dns: Dns,
  { mail }: Organisation,
  ours: Dkim | undefined,
  selector?: string,
): Promise<Outcome> {
  const from = domainOf(mail.from);
  const [domain, name] = [ours?.domain ?? from, selector ?? ours?.selector];
  if (!name)
    return skipped(
      "The relay signs, if anybody does. See the header DKIM-Signature of a mail that arrived, and check its s= by --selector.",
    );
  if (!isSameOrganisation(domain, from))
    return wrong(
      `MAIL_DKIM_DOMAIN is ${domain}, but mails come from ${from}: DMARC takes no notice of such a signature.`,
    );
  const place = `${name}._domainkey.${domain}`;
  const keys = (await dns.texts(place)).map((text) => /(?:^|;)\s*p=([^;]*)/.exec(text)?.[1]?.replace(/\s/g, "") ?? "");
  const wanted = ours && !selector ? dkimRecord(ours) : undefined;
  const add = wanted ? ` Add the TXT record "${wanted}".` : " Ask whoever runs the relay for the record.";
  if (keys.length === 0) return wrong(`There is nothing at ${place}.${add}`);
  if (keys.every((key) => key === "")) return wrong(`The key at ${place} is withdrawn.${add}`);
  if (wanted && !keys.some((key) => wanted.endsWith(`p=${key}`)))
    return wrong(`The key at ${place} is not that of MAIL_DKIM_KEY_FILE, so that every signature is wrong.${add}`);
  return ok(place);
}

/** RFC 9989: of the domain itself, else of one above it. */
export async function lookAtDmarc(dns: Dns, { mail }: Organisation): Promise<Outcome> {
  const from = domainOf(mail.from);
  const labels = from.split(".");
  for (let at = 0; at < labels.length - 1; at += 1) {
    const domain = labels.slice(at).join(".");
    const found = (await dns.texts(`_dmarc.${domain}`)).filter((text) => /^v=DMARC1\s*(;|$)/i.test(text));
    if (found.length > 1)
      return wrong(`_dmarc.${domain} has ${found.length} DMARC records, so that none counts. Make them one.`);
    const [record] = found;
    if (record === undefined) continue;
    const policy = /(?:^|;)\s*p=\s*(\w+)/i.exec(record)?.[1]?.toLowerCase();
    if (policy === "none")
      return ok(
        `_dmarc.${domain}: ${record}. It watches only; p=quarantine or p=reject also keeps others from sending in your name.`,
      );
    return policy
      ? ok(`_dmarc.${domain}: ${record}`)
      : wrong(`_dmarc.${domain}: "${record}" has no p=. Add p=none, p=quarantine or p=reject.`);
  }
  return wrong(
    `${from} has no DMARC record, which large providers ask for. Add the TXT record "v=DMARC1; p=none; rua=mailto:<somebody>" at _dmarc.${from}.`,
  );
}

/** The host that takes mail from us: its addresses have names, which lead back to them. */
export async function lookAtNames(dns: Dns, smtpUrl: string | undefined): Promise<Outcome> {
  const host = smtpUrl && URL.canParse(smtpUrl) ? new URL(smtpUrl).hostname.replace(/^\[|\]$/g, "") : "";
  if (host === "") return skipped("SMTP_URL is not set.");
  if (isHere(host)) return skipped(`The relay ${host} is near; from which address it sends on is not known here.`);
  const addresses = net.isIP(host) ? [host] : await dns.addresses(host);
  if (addresses.length === 0) return wrong(`${host} of SMTP_URL has no address in DNS.`);
  for (const address of addresses.filter((each) => !isHere(each))) {
    const names = await dns.names(address);
    if (names.length === 0)
      return wrong(
        `${address} (${host}) has no name in DNS: many refuse mails from there. Whoever gave you the address adds a PTR record.`,
      );
    const back = (await Promise.all(names.map((name) => dns.addresses(name)))).flat();
    if (!back.includes(address))
      return wrong(`${address} is called ${names[0]}, but that name does not lead back to it. Make both agree.`);
  }
  return ok(`${host}, if it is also what sends to others`);
}

/** Some take no mail of a domain that takes none itself. */
export async function lookAtWayBack(dns: Dns, { mail }: Organisation, what: "from" | "bounces"): Promise<Outcome> {
  const email = mail[what];
  if (!email)
    return skipped("mail.bounces is not set in the profile: what comes back goes to the sender, and nobody counts it.");
  const domain = domainOf(email);
  const exchanges = await dns.exchanges(domain);
  if (exchanges.some((exchange) => exchange !== "" && exchange !== "."))
    return ok(`${domain}: ${exchanges.join(", ")}`);
  if (exchanges.length > 0)
    return wrong(`${domain} says that it takes no mail ("." as MX). Nothing can come back to ${email}.`);
  if ((await dns.addresses(domain)).length > 0) return ok(`${domain}, without MX`);
  return wrong(`${domain} takes no mail: it has no MX record. Nothing can come back to ${email}.`);
}

/** RFC 8058 wants HTTPS, and mail programs show the button for nothing else. */
export function lookAtOneClick(frontUrl: string | undefined): Outcome {
  if (!frontUrl) return skipped("FRONT_URL is not set.");
  return frontUrl.startsWith("https://")
    ? ok(frontUrl)
    : wrong(`FRONT_URL is ${frontUrl}: unsubscribing by one click needs https://.`);
}

function isSameOrganisation(one: string, other: string): boolean {
  return one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`);
}

function isHere(host: string): boolean {
  if (net.isIPv4(host)) return /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.)/.test(host);
  if (net.isIPv6(host)) return /^(::1$|f[cd]|fe80)/i.test(host);
  return !host.includes(".") || host.endsWith(".localhost");
}
