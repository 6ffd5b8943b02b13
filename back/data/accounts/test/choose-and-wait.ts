// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A program that chooses a username and never commits: the test kills it there.
import { organisation } from "../../../test/database.ts";
import { Database } from "../../database.ts";
import { Person } from "../../people/person.ts";
import { chooseUsername } from "../choose-username.ts";

const [url = "", id = "", username = ""] = process.argv.slice(2);
const database = new Database(url, organisation, { program: "test" });
await database.transaction({ kind: "worker" }, async (work) => {
  await chooseUsername(work, await work.get(Person, Number(id), "lock"), username, "a secret for tests");
  await work.flush();
  process.send?.("chosen, not committed");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
