// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The doctor's looks at mail, all together.
import path from "node:path";
import { readConfig } from "@cdb/runtime/config.ts";
import { openResolver } from "@cdb/runtime/dns.ts";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import { emailDns } from "@cdb/runtime/settings.ts";
import { checkMailbox } from "../../bounces/mailbox.ts";
import { readDkim } from "../../mail/dkim.ts";
import { type Environment, root } from "../environment.ts";
import { Dns, DnsSilent } from "./ask-dns.ts";
import { type Check, type Outcome, ok, skipped, unknown, wrong } from "./check.ts";
import { lookAtDkim, lookAtDmarc, lookAtNames, lookAtOneClick, lookAtSpf, lookAtWayBack } from "./mail-domain.ts";

const answerWithinMs = 1_000;

/** `selector`: under which the relay shows its key. */
export function mailChecks(
  environment: Environment,
  organisation: Organisation,
  selector: string | undefined,
): Check[] {
  const dns = new Dns(openResolver(readConfig(emailDns, { ...environment }).EMAIL_DNS, answerWithinMs));
  const asked = (about: string, look: () => Promise<Outcome>): Check => ({ about, look: () => orUnknown(look) });
  return [
    asked("SPF", () => lookAtSpf(dns, organisation)),
    asked("DKIM", async () => lookAtDkim(dns, organisation, ourKey(environment), selector)),
    asked("DMARC", () => lookAtDmarc(dns, organisation)),
    asked("names of the relay", () => lookAtNames(dns, environment.SMTP_URL)),
    asked("mail to the sender", () => lookAtWayBack(dns, organisation, "from")),
    asked("mail that comes back", () => lookAtWayBack(dns, organisation, "bounces")),
    { about: "mailbox of what comes back", look: () => meetMailbox(environment.MAIL_BOUNCES_IMAP) },
    { about: "unsubscribing by one click", look: () => lookAtOneClick(environment.FRONT_URL) },
  ];
}

function ourKey(environment: Environment): ReturnType<typeof readDkim> {
  const { MAIL_DKIM_KEY_FILE: file } = environment;
  return readDkim({ ...environment, ...(file && { MAIL_DKIM_KEY_FILE: path.resolve(root, file) }) });
}

async function orUnknown(look: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof DnsSilent) return unknown(error.message);
    throw error;
  }
}

async function meetMailbox(url: string | undefined): Promise<Outcome> {
  if (!url) return skipped("MAIL_BOUNCES_IMAP is not set: mails come back by a pipe or by HTTP, or nobody reads them.");
  try {
    const waiting = await checkMailbox(url);
    return ok(waiting === 0 ? "it is empty" : `${waiting} wait there`);
  } catch (error) {
    const refused = (error as { authenticationFailed?: boolean }).authenticationFailed;
    return wrong(
      refused
        ? "The mailbox of MAIL_BOUNCES_IMAP does not let us in: name or password is wrong."
        : "The mailbox of MAIL_BOUNCES_IMAP does not answer.",
    );
  }
}
