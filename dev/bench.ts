// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `npm run bench`: measures the system on this machine and prints one table. `--people`, `--donations`, `--readers`, `--accounts` and `--sessions` set its size.
import { parseArgs } from "node:util";
import { measureAuth } from "./bench/auth.ts";
import { measureBack } from "./bench/back.ts";
import { measureDirectory } from "./bench/directory.ts";
import { measureMailings } from "./bench/mailings.ts";
import { measureSystem } from "./bench/system.ts";
import { printTable } from "./bench/table.ts";

const { values } = parseArgs({
  options: {
    people: { type: "string", default: "20000" },
    donations: { type: "string", default: "200000" },
    readers: { type: "string", default: "125000" },
    accounts: { type: "string", default: "100000" },
    sessions: { type: "string", default: "1000000" },
  },
});
const rows = [
  ...(await measureBack(Number(values.people), Number(values.donations))),
  ...(await measureAuth(Number(values.sessions))),
  ...(await measureDirectory(Number(values.accounts))),
  ...(await measureMailings(Number(values.readers))),
  ...(await measureSystem()),
];
process.stdout.write(`${printTable(rows)}\n`);
process.exit(0);
