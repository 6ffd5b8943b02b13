// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The doctor's look at what needs no connection: Node, the settings, the secrets, the organisation profile.
import { statSync } from "node:fs";
import path from "node:path";
import { readConfig, type Setting, type Settings } from "@cdb/runtime/config.ts";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import { openTemplates } from "../../mail/templates.ts";
import { type Environment, requireSetting, root } from "../environment.ts";
import { type Check, type Outcome, ok, skipped, wrong } from "./check.ts";

/** What back's server reads. */
export type BackSettings = Settings & { ORGANISATION: Setting<string> };

const secrets = [
  "CMD_PASSPHRASE",
  "LINK_SECRET",
  "AUTH_SECRET",
  "FRONT_CLIENT_SECRET",
  "BACK_CLIENT_SECRET",
  "SESSION_SECRET",
];
// What the programs cannot guess in production; back's own list is checked in full.
const needed = [
  ...["AUTH_DATABASE_URL", "AUTH_SECRET", "FRONT_CLIENT_SECRET", "BACK_CLIENT_SECRET", "SESSION_SECRET", "SMTP_URL"],
  ...["LDAP_URL", "LDAP_BASE_DN", "LDAP_BIND_DN", "LDAP_BIND_PASSWORD", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"],
];

export function settingChecks(environment: Environment, ofBack: BackSettings): Check[] {
  return [
    { about: "Node", look: lookAtNode },
    { about: "settings", look: () => lookAtSettings(environment, ofBack) },
    { about: "secrets", look: () => lookAtSecrets(environment) },
    { about: "organisation profile", look: () => lookAtProfile(environment, ofBack) },
    { about: "mail templates", look: () => lookAtTemplates(environment) },
  ];
}

function lookAtNode(): Outcome {
  const major = Number.parseInt(process.versions.node, 10);
  return major >= 24 ? ok(process.version) : wrong(`This is Node ${process.version}; it must be 24 or newer.`);
}

function lookAtSettings(environment: Environment, ofBack: BackSettings): Outcome {
  requireSetting(environment, "DATABASE_URL");
  readConfig(ofBack, { ...environment });
  const missing = needed.filter((name) => !environment[name]);
  if (missing.length === 0) return ok("all are set");
  const list = missing.join(", ");
  return environment.NODE_ENV === "production"
    ? wrong(`Not set: ${list}.`)
    : skipped(`Not set, and left to the development system: ${list}.`);
}

function lookAtSecrets(environment: Environment): Outcome {
  const set = secrets.flatMap((name) => (environment[name] ? [{ name, value: environment[name] }] : []));
  const ofDevelopment = set.filter(({ value }) => /^(development|cmd_passphrase$)/.test(value)).map(({ name }) => name);
  const short = set
    .filter(({ name, value }) => value.length < (name === "CMD_PASSPHRASE" ? 8 : 16))
    .map(({ name }) => name);
  const twice = set
    .filter(({ value }) => set.filter((other) => other.value === value).length > 1)
    .map(({ name }) => name);
  const trouble = [
    ofDevelopment.length > 0 && `${ofDevelopment.join(", ")}: everybody knows these development secrets`,
    short.length > 0 && `${short.join(", ")}: too short`,
    twice.length > 0 && `${twice.join(", ")}: the same secret for several purposes`,
  ].filter(Boolean);
  if (trouble.length === 0) return set.length > 0 ? ok(`${set.length} of our own`) : skipped("None is set here.");
  return environment.NODE_ENV === "production"
    ? wrong(`${trouble.join("; ")}. Make new ones with \`openssl rand -hex 32\`.`)
    : skipped(`Good enough for development, refused with NODE_ENV=production. ${trouble.join("; ")}.`);
}

function lookAtProfile(environment: Environment, { ORGANISATION: setting }: BackSettings): Outcome {
  const { ORGANISATION } = readConfig({ ORGANISATION: setting }, { ...environment });
  return ok(`${readOrganisation(path.resolve(root, ORGANISATION)).name} (${ORGANISATION})`);
}

function lookAtTemplates(environment: Environment): Outcome {
  const { MAIL_TEMPLATES: own, ORGANISATION: organisation } = environment;
  const isFolder = !own || statSync(path.resolve(root, own), { throwIfNoEntry: false })?.isDirectory();
  if (!isFolder) return wrong(`There is no folder ${own}: MAIL_TEMPLATES names it.`);
  const folders = [organisation && path.join(organisation, "mail"), own].filter((folder) => folder !== undefined);
  openTemplates(folders.map((folder) => path.resolve(root, folder)));
  return ok(own ?? "those of the system");
}
