// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether a domain takes mail, as DNS tells it (RFC 5321 section 5.1, RFC 7505). Where DNS does not answer nobody is turned away.
import type { Resolver } from "node:dns/promises";
import { domainToASCII } from "node:url";
import { dnsTrouble, openResolver } from "@cdb/runtime/dns.ts";
import type { Log } from "@cdb/runtime/log.ts";

export type Verdict = "accepts" | "refuses" | "undecided";

export interface MailDomains {
  /** About the domain of an email address; answers within two seconds. */
  check(email: string): Promise<Verdict>;
}

// Programs that call /subscribe-api give up after three seconds.
const answerWithinMs = 500;
const rememberMs = 600_000;
const rememberAtMost = 1_000;

/** `servers`: "off" asks nobody, "system" asks whom the machine asks, else the address of a DNS server. */
export function openMailDomains(servers: string, log: Log): MailDomains {
  const resolver = openResolver(servers, answerWithinMs);
  if (!resolver) return { check: async () => "undecided" };
  const known = new Map<string, { verdict: Promise<Verdict>; until: number }>();
  const ask = async (domain: string): Promise<Verdict> => {
    const { verdict, because } = await decide(resolver, domain);
    // The domain itself may be somebody's name.
    log.info({ verdict, because }, "the domain of an email address was checked");
    if (verdict === "undecided") known.delete(domain);
    return verdict;
  };
  return {
    async check(email) {
      const domain = domainToASCII(email.slice(email.lastIndexOf("@") + 1));
      if (domain === "") return "refuses";
      const now = Date.now();
      const remembered = known.get(domain);
      if (remembered && remembered.until > now) return remembered.verdict;
      if (known.size >= rememberAtMost) known.clear();
      const verdict = ask(domain);
      known.set(domain, { verdict, until: now + rememberMs });
      return verdict;
    },
  };
}

interface Decision {
  verdict: Verdict;
  because: string;
}

async function decide(resolver: Resolver, domain: string): Promise<Decision> {
  try {
    const exchanges = await resolver.resolveMx(domain);
    // A single exchange without a name says: no mail here, ever (RFC 7505).
    if (exchanges.some(({ exchange }) => exchange !== "" && exchange !== "."))
      return { verdict: "accepts", because: "MX" };
    return { verdict: "refuses", because: "null MX" };
  } catch (error) {
    const code = dnsTrouble(error);
    if (code === "ENOTFOUND") return { verdict: "refuses", because: "no such domain" };
    if (code === "ENODATA") return hasAddress(resolver, domain);
    return { verdict: "undecided", because: code };
  }
}

// Without MX the host of that name itself takes mail.
async function hasAddress(resolver: Resolver, domain: string): Promise<Decision> {
  const answers = await Promise.allSettled([resolver.resolve4(domain), resolver.resolve6(domain)]);
  if (answers.some((answer) => answer.status === "fulfilled")) return { verdict: "accepts", because: "address" };
  const codes = answers.map((answer) => dnsTrouble((answer as PromiseRejectedResult).reason));
  const trouble = codes.find((code) => code !== "ENODATA" && code !== "ENOTFOUND");
  return trouble ? { verdict: "undecided", because: trouble } : { verdict: "refuses", because: "no MX, no address" };
}
