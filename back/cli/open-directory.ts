// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The directory as the settings name it, for one command.
import { type Directory, type DirectorySettings, openDirectory } from "@cdb/directory/directory.ts";
import { DirectoryRefused, DirectoryUnavailable } from "@cdb/directory/errors.ts";
import { Conflict } from "../data/errors.ts";
import { DoesNotAnswer } from "./complaint.ts";
import { type Environment, requireSetting } from "./environment.ts";

/** Throws NotConfigured. */
export function directorySettings(environment: Environment): DirectorySettings {
  const caFile = environment.LDAP_CA_FILE;
  return {
    url: requireSetting(environment, "LDAP_URL"),
    baseDn: requireSetting(environment, "LDAP_BASE_DN"),
    bindDn: requireSetting(environment, "LDAP_BIND_DN"),
    bindPassword: requireSetting(environment, "LDAP_BIND_PASSWORD"),
    ...(caFile && { caFile }),
  };
}

/** Opens the directory for this long. Throws DoesNotAnswer when it does not, Conflict when it says no. */
export async function withDirectory<T>(
  environment: Environment,
  verb: (directory: Directory) => Promise<T>,
): Promise<T> {
  const directory = openDirectory(directorySettings(environment));
  try {
    return await verb(directory);
  } catch (error) {
    if (error instanceof DirectoryUnavailable) throw new DoesNotAnswer(`${error.message}.`);
    if (error instanceof DirectoryRefused)
      throw new Conflict("directory-refused", `${error.message}. See \`cdb doctor\`.`);
    throw error;
  } finally {
    await directory.close();
  }
}
