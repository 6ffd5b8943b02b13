// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The worker: sends mails and carries out what was queued in transactions.
import path from "node:path";
import { openDirectory } from "@cdb/directory/directory.ts";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import { runProgram } from "@cdb/runtime/program.ts";
import { listenPrivately } from "@cdb/runtime/serve.ts";
import { openAuth } from "./auth.ts";
import { worker } from "./config.ts";
import { Database } from "./data/database.ts";
import { readDkim } from "./mail/dkim.ts";
import { openSmtp } from "./mail/smtp.ts";
import { openTemplates } from "./mail/templates.ts";
import { openProviders } from "./outside.ts";
import { openMailingSender } from "./worker/mailings.ts";
import { openWorker } from "./worker/open-worker.ts";
import { openBounceReader } from "./worker/read-bounces.ts";

await runProgram("worker", worker, async (config, log) => {
  const organisation = readOrganisation(config.ORGANISATION);
  const templates = openTemplates([path.join(config.ORGANISATION, "mail"), config.MAIL_TEMPLATES]);
  const database = new Database(config.DATABASE_URL, organisation, { program: "worker" });
  const dkim = readDkim(config);
  const smtp = openSmtp(config.SMTP_URL, undefined, dkim);
  const office = {
    database,
    smtp,
    organisation,
    templates,
    frontUrl: config.FRONT_URL,
    linkSecret: config.LINK_SECRET,
  };
  const { MAILING_CONNECTIONS: lanes, MAILING_PER_SECOND: perSecond } = config;
  const bulk = { ...office, smtp: openSmtp(config.SMTP_URL, lanes, dkim), lanes, perSecond };
  const directory = openDirectory({
    url: config.LDAP_URL,
    baseDn: config.LDAP_BASE_DN,
    bindDn: config.LDAP_BIND_DN,
    bindPassword: config.LDAP_BIND_PASSWORD,
    ...(config.LDAP_CA_FILE ? { caFile: config.LDAP_CA_FILE } : {}),
  });
  const providers = openProviders(config, organisation.name);
  const running = await openWorker(
    config.DATABASE_URL,
    office,
    directory,
    { ...providers, auth: openAuth(config) },
    log,
  );
  const mailings = openMailingSender(bulk, log);
  const bounces = openBounceReader({ ...office, mailbox: config.MAIL_BOUNCES_IMAP }, log);
  const health = await listenPrivately(
    { postgresql: () => database.check(), smtp: () => smtp.check() },
    config.WORKER_HEALTH_PORT,
  );
  return {
    stop: async () => {
      await Promise.all([running.stop(), mailings.stop(), bounces.stop(), health.stop()]);
      smtp.close();
      bulk.smtp.close();
      directory.close();
      await database.close();
    },
  };
});
