// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The doctor's look at the directory: does it answer, by a safe way, and does it know, do and allow what we need, and no more?
import { openDirectory } from "@cdb/directory/directory.ts";
import type { Finding } from "@cdb/directory/examine.ts";
import type { Environment } from "../environment.ts";
import { type Check, type Outcome, ok, skipped, wrong } from "./check.ts";

/** All that was seen, or why there was nothing to see. */
interface Examined {
  directory: Outcome;
  findings?: Finding[];
}

const parts: [part: Finding["part"], fine: string][] = [
  ["schema", "people, groups, forwarding, locks"],
  ["overlays", "memberof, refint, unique, ppolicy"],
  ["rights", "writes people, groups and passwords, reads no password"],
  ["limits", "all entries are given"],
];

export function directoryChecks(environment: Environment): Check[] {
  let examined: Promise<Examined> | undefined;
  const examine = () => (examined ??= meetDirectory(environment));
  const ofPart = ([part, fine]: (typeof parts)[number]): Check => ({
    about: `directory: ${part}`,
    look: async () => {
      const { findings } = await examine();
      if (!findings) return skipped("The directory has to answer first.");
      const said = findings.filter((finding) => finding.part === part).map(({ says }) => says);
      return said.length === 0 ? ok(fine) : wrong(said.join(" "));
    },
  });
  return [{ about: "directory", look: async () => (await examine()).directory }, ...parts.map(ofPart)];
}

async function meetDirectory(environment: Environment): Promise<Examined> {
  const { LDAP_URL: url, LDAP_BASE_DN: baseDn, LDAP_BIND_DN: bindDn, LDAP_BIND_PASSWORD: bindPassword } = environment;
  if (!url) return { directory: skipped("LDAP_URL is not set.") };
  if (!baseDn || !bindDn || !bindPassword)
    return { directory: wrong("LDAP_BASE_DN, LDAP_BIND_DN and LDAP_BIND_PASSWORD must be set, too.") };
  const way = URL.canParse(url) ? wayOf(new URL(url)) : undefined;
  if (way === undefined) return { directory: wrong("LDAP_URL is no address of a directory.") };
  if (way === "readable")
    return {
      directory: wrong(
        `Passwords travel readable to ${new URL(url).host}: write ldaps:// or put ?starttls behind the address.`,
      ),
    };
  const caFile = environment.LDAP_CA_FILE;
  try {
    const settings = { url, baseDn, bindDn, bindPassword, timeoutMs: 4_000, ...(caFile ? { caFile } : {}) };
    return await meetAt(openDirectory(settings), `${url}, ${way}`);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      return { directory: wrong("LDAP_CA_FILE cannot be read.") };
    return { directory: wrong(error instanceof Error ? error.message : "LDAP_URL is no address of a directory.") };
  }
}

async function meetAt(directory: ReturnType<typeof openDirectory>, fine: string): Promise<Examined> {
  try {
    const found = await directory.check();
    if (!found.ok) return { directory: wrong(withHint(found.problem)) };
    const findings = await directory.examine();
    const decoy =
      "The directory has no entry uid=decoy,ou=system: the time that a sign-in takes tells who has an account. See docs/directory/4-entries.ldif.";
    return { directory: (await directory.hasDecoy()) ? ok(fine) : wrong(decoy), findings };
  } finally {
    await directory.close();
  }
}

function withHint(problem: string): string {
  if (!/certificate|altnames/i.test(problem)) return problem;
  return `${problem.replace(/; if the root CA.*/, "")}. Name whoever signed it by LDAP_CA_FILE, and write the name that stands in it into LDAP_URL.`;
}

function wayOf({ protocol, hostname, search }: URL): string {
  if (protocol === "ldaps:" || search === "?starttls") return "encrypted";
  return /^(localhost|127\.|\[::1\])/.test(hostname) ? "on this machine" : "readable";
}
