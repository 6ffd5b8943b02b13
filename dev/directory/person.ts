// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A person put into a running directory the way the system itself does it: by the service account, over LDAP.

import { type DirectorySettings, openDirectory } from "@cdb/directory/directory.ts";

export interface NewPerson {
  username: string;
  password: string;
  name: string;
  mail: string;
  mailLocalAddress?: string;
  groups?: string[];
}

export function makePersonAdder(settings: DirectorySettings): (person: NewPerson) => Promise<void> {
  return async ({ password, name, groups = [], ...entry }) => {
    const directory = openDirectory(settings);
    try {
      const surname = name.split(" ").at(-1) || name;
      await directory.writeEntry({ ...entry, displayName: name, surname, groups });
      await directory.setPassword(entry.username, password);
    } finally {
      await directory.close();
    }
  };
}
