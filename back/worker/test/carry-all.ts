// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A program that carries these accounts into the directory, four at once, until it is done or killed.
import { openDirectory } from "@cdb/directory/directory.ts";
import { Database } from "../../data/database.ts";
import { organisation } from "../../test/database.ts";
import { carryEntry } from "../carry-entry.ts";

const [url = "", settings = "", ...usernames] = process.argv.slice(2);
const database = new Database(url, organisation, { program: "test" });
const directory = openDirectory(JSON.parse(settings));
await directory.check();
process.send?.("going");
const go = async (): Promise<void> => {
  for (let username = usernames.pop(); username; username = usernames.pop())
    await carryEntry(database, directory, { username }).catch(() => {});
};
await Promise.all([go(), go(), go(), go()]);
await directory.close();
await database.close();
process.exit(0);
