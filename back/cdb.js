#!/usr/bin/env node
// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The `cdb` command: starts cli.ts on the Node this project pins, whatever Node npx itself runs on.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const pinned = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
const node = existsSync(pinned) ? pinned : process.execPath;
const cli = fileURLToPath(new URL("cli.ts", import.meta.url));
const { status, signal } = spawnSync(node, [cli, ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(signal ? 1 : (status ?? 1));
