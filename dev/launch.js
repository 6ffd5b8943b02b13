// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The first step of every npm script: installs the packages when they are missing or stale, then runs a TypeScript
// file on the pinned Node. It is plain JavaScript because it must run on the machine's own, older Node.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const newestNeeded = 24;

launch(process.argv.slice(2));

function launch([script, ...args]) {
  if (!script) stopWith("Say which file to run: node dev/launch.js dev/main.ts");
  if (!packagesMatch()) installPackages();
  const child = spawn(findNode(), [path.resolve(root, script), ...args], {
    cwd: root,
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  // Ctrl-C reaches the whole process group, the child too: it hears the signal twice and must not mind.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event) stopWithNpm(child);
  child.on("error", (error) => stopWith(`Node could not be started: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

/** True when what npm noted in node_modules at its last run is what package-lock.json asks for. */
function packagesMatch() {
  const installed = readPackages("node_modules/.package-lock.json");
  const wanted = readPackages("package-lock.json");
  if (!installed || !wanted) return !wanted && existsSync(path.join(root, "node_modules"));
  return Object.entries(wanted).every(([place, entry]) => {
    if (!place.startsWith("node_modules/")) return true;
    const found = installed[place];
    return found ? found.version === entry.version && found.integrity === entry.integrity : entry.optional === true;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}

function installPackages() {
  process.stdout.write("Installing the packages that package-lock.json names (npm ci), once …\n");
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error", "--include=dev", "--include=optional"];
  // Not process.execPath: inside npm scripts that may be the pinned Node, which npm ci is about to remove.
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  const options = { cwd: root, stdio: ["ignore", "ignore", "inherit"] };
  const done =
    npm && node
      ? spawnSync(node, [npm, ...args], options)
      : spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
  if (done.error) stopWith(`npm could not be started: ${done.error.message}`);
  if (done.status !== 0) stopWith("npm ci failed; what it said stands above.");
}

function findNode() {
  const pinned = path.join(root, "node_modules", ".bin", "node");
  if (versionOf(pinned) >= newestNeeded) return pinned;
  if (versionOf(process.execPath) >= newestNeeded) return process.execPath;
  return stopWith(
    `This needs Node ${newestNeeded} or newer. npm brought none that runs here, and the one in use is ` +
      `${process.version}: install Node ${newestNeeded} from https://nodejs.org/ and run the same command again.`,
  );
}

function versionOf(node) {
  if (node === process.execPath) return Number.parseInt(process.versions.node, 10);
  const asked = spawnSync(node, ["--version"], { encoding: "utf8" });
  return asked.status === 0 ? Number.parseInt(asked.stdout.slice(1), 10) : 0;
}

/** A killed npm tells nobody, but we or the shell between it and us then get another parent. */
function stopWithNpm(child) {
  const before = ancestors();
  setInterval(() => child.connected && ancestors() !== before && child.disconnect(), 500).unref();
}

function ancestors() {
  try {
    const [name, fields] = readFileSync(`/proc/${process.ppid}/stat`, "utf8").split(/\) (?!.*\) )/);
    // Whoever started npm may go: that is how a system is left running in the background.
    return /\((npm|node)/.test(name) ? `${process.ppid}` : `${process.ppid} ${fields.split(" ")[1]}`;
  } catch {
    return `${process.ppid}`;
  }
}

function stopWith(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
