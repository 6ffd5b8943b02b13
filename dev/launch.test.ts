// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// What the launcher does in a small checkout of its own, with a stand-in for npm that writes down its calls.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const lock = JSON.stringify({
  packages: {
    "": { name: "trial" },
    front: { name: "@cdb/front" },
    "node_modules/hono": { version: "4.1.0", integrity: "sha512-x" },
    "node_modules/for-another-system": { version: "1.0.0", integrity: "sha512-y", optional: true },
  },
});
const installedLock = JSON.stringify({
  packages: { "node_modules/hono": { version: "4.1.0", integrity: "sha512-x" } },
});

function makeCheckout(script: string): string {
  const root = mkdtempSync(path.join(tmpdir(), "cdb-launch-"));
  folders.push(root);
  mkdirSync(path.join(root, "dev"));
  copyFileSync(path.join(import.meta.dirname, "launch.js"), path.join(root, "dev", "launch.js"));
  writeFileSync(path.join(root, "package.json"), '{ "type": "module" }');
  writeFileSync(path.join(root, "package-lock.json"), lock);
  writeFileSync(path.join(root, "script.ts"), script);
  writeFileSync(
    path.join(root, "npm.cjs"),
    `const fs = require("node:fs");
    fs.appendFileSync("npm-calls", process.argv.slice(2).join(" ") + "\\n");
    fs.mkdirSync("node_modules", { recursive: true });
    fs.writeFileSync("node_modules/.package-lock.json", ${JSON.stringify(installedLock)});`,
  );
  return root;
}

function launch(root: string, ...args: string[]): ChildProcess {
  const env = { PATH: process.env.PATH, npm_execpath: path.join(root, "npm.cjs"), npm_node_execpath: process.execPath };
  return spawn(process.execPath, [path.join(root, "dev", "launch.js"), ...args], { env, stdio: "pipe" });
}

async function finish(child: ChildProcess): Promise<{ code: number; output: string }> {
  let output = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  child.stderr?.on("data", (chunk) => (output += chunk));
  const [code] = await once(child, "close");
  return { code, output };
}

test("missing packages are installed once, and not again while they match the lock file", async () => {
  const root = makeCheckout("process.stdout.write(process.argv.slice(2).join('+')); process.exit(7);");
  const first = await finish(launch(root, "script.ts", "a", "b"));
  assert.match(first.output, /^Installing the packages/);
  assert.match(first.output, /a\+b$/);
  assert.equal(first.code, 7);
  const second = await finish(launch(root, "script.ts", "c"));
  assert.equal(second.output, "c");
});

test("packages that differ from the lock file are installed again", async () => {
  const root = makeCheckout("");
  mkdirSync(path.join(root, "node_modules"));
  writeFileSync(path.join(root, "node_modules", ".package-lock.json"), installedLock.replace("4.1.0", "4.0.9"));
  const { output } = await finish(launch(root, "script.ts"));
  assert.match(output, /^Installing the packages/);
});

test("the pinned Node runs the script", async () => {
  const root = makeCheckout("process.stdout.write(process.env.PINNED ?? 'own');");
  await finish(launch(root, "script.ts"));
  const bin = path.join(root, "node_modules", ".bin");
  mkdirSync(bin);
  writeFileSync(path.join(bin, "node"), `#!/bin/sh\nPINNED=pinned exec ${process.execPath} "$@"\n`);
  chmodSync(path.join(bin, "node"), 0o755);
  assert.equal((await finish(launch(root, "script.ts"))).output, "pinned");
  rmSync(path.join(bin, "node"));
  symlinkSync("/nowhere", path.join(bin, "node"));
  assert.equal((await finish(launch(root, "script.ts"))).output, "own");
});

const waiting = `
  import { writeFileSync } from "node:fs";
  process.on("SIGTERM", () => { writeFileSync("stopped-by", "signal"); process.exit(0); });
  process.on("disconnect", () => { writeFileSync("stopped-by", "disconnect"); process.stdout.write("bye"); process.exit(0); });
  process.stdout.write("up");`;

test("a signal is passed on, and the script's exit code is the launcher's", async () => {
  const root = makeCheckout(waiting);
  const child = launch(root, "script.ts");
  child.stdout?.on("data", (chunk) => String(chunk).endsWith("up") && child.kill("SIGTERM"));
  assert.equal((await finish(child)).code, 0);
  assert.ok(existsSync(path.join(root, "stopped-by")));
});

test("the script is told when the launcher is killed", async () => {
  const root = makeCheckout(waiting);
  const child = launch(root, "script.ts");
  child.stdout?.on("data", (chunk) => String(chunk).endsWith("up") && child.kill("SIGKILL"));
  const { output } = await finish(child);
  assert.match(output, /bye$/);
});
