// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Where OpenLDAP's server and tools are on this machine, and how they get there.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";

const packages = ["slapd", "ldap-utils"];
/** For ordinary users: Debian's packages, unpacked and not installed. */
const unpacked = path.join(import.meta.dirname, "../../.data/openldap");

export interface Openldap {
  slapd: string;
  ldapsearch: string;
  ldapmodify: string;
  modules: string;
  schemas: string;
  /** What Debian makes a new server's configuration from. */
  initial: string;
  /** Folders of shared libraries beside the system's own, as in LD_LIBRARY_PATH. */
  libraries: string;
}

/** Throws a sentence that names the packages. */
export function findOpenldap(): Openldap {
  const root = ["/", unpacked].find(
    (it) => existsSync(path.join(it, "usr/sbin/slapd")) && existsSync(path.join(it, "usr/bin/ldapsearch")),
  );
  if (root === undefined) {
    throw new Error(
      "OpenLDAP is missing: install Debian's packages slapd and ldap-utils (npm test does it by itself where it can)",
    );
  }
  const within = (place: string): string => path.join(root, place);
  return {
    slapd: within("usr/sbin/slapd"),
    ldapsearch: within("usr/bin/ldapsearch"),
    ldapmodify: within("usr/bin/ldapmodify"),
    modules: within("usr/lib/ldap"),
    schemas: within("etc/ldap/schema"),
    initial: within("usr/share/slapd/slapd.init.ldif"),
    libraries: root === "/" ? "" : libraryFolders(root).join(":"),
  };
}

/** For the programs of these packages; nothing else of this process reaches them. */
export function environmentOf({ libraries }: Openldap): Record<string, string> {
  return { PATH: process.env.PATH ?? "", ...(libraries !== "" && { LD_LIBRARY_PATH: libraries }) };
}

/** As root by apt; for anybody else by unpacking the packages into `.data`. Does nothing when all is there. */
export function installOpenldap(): void {
  try {
    findOpenldap();
  } catch {
    if (process.getuid?.() === 0) installAsRoot();
    else unpackPackages();
  }
}

function installAsRoot(): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = (): void =>
    void execFileSync("apt-get", ["install", "-y", "--no-install-recommends", ...packages], { env, stdio: "ignore" });
  try {
    install();
  } catch {
    // The lists of packages may be old, or absent as in a fresh container.
    execFileSync("apt-get", ["update"], { env, stdio: "ignore" });
    install();
  }
}

function unpackPackages(): void {
  const plan = execFileSync("apt-get", ["install", "--simulate", "--no-install-recommends", ...packages], {
    encoding: "utf8",
  });
  const missing = [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? "");
  rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  execFileSync("apt-get", ["download", ...missing], { cwd: unpacked, stdio: "ignore" });
  for (const file of readdirSync(unpacked).filter((it) => it.endsWith(".deb"))) {
    execFileSync("dpkg", ["-x", file, "."], { cwd: unpacked });
    rmSync(path.join(unpacked, file));
  }
}

function libraryFolders(root: string): string[] {
  const above = path.join(root, "usr/lib");
  return readdirSync(above, { withFileTypes: true })
    .filter((it) => it.isDirectory() && it.name.endsWith("-linux-gnu"))
    .map((it) => path.join(above, it.name));
}
