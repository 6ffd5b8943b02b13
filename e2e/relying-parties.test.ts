// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Programs of others, set up to the letter as docs/relying-parties.md says: a person signs in there, and out.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { startListener } from "@cdb/back/conformance/listener.ts";
import { runConformance } from "@cdb/back/conformance/run.ts";
import type { Page } from "playwright-core";
import { openPage } from "./browser.ts";
import { theSystem } from "./system.ts";
import { waitUntil } from "./wait.ts";

const system = await theSystem();
const root = path.dirname(import.meta.dirname);
const documentation = readFileSync(path.join(root, "docs", "relying-parties.md"), "utf8");

/** The blocks of a section, by their language. */
function blocksOf(section: string): Record<string, string> {
  const [, text = ""] = documentation.split(`\n## ${section}\n`);
  const [own = ""] = text.split("\n## ");
  return Object.fromEntries([...own.matchAll(/```(\w+)\n(.*?)```/gs)].map(([, language, block]) => [language, block]));
}

/** Types the command of the documentation, with the program at `address`; returns the client's secret. */
async function register(command: string, documented: string, address: string): Promise<string> {
  const words =
    command
      .trim()
      .replaceAll(documented, address)
      .match(/"[^"]*"|\S+/g) ?? [];
  const args = words.slice(2).map((word) => word.replace(/^"|"$/g, ""));
  const { code, out, err } = await system.cdb(...args, "--json");
  assert.equal(code, 0, err);
  return JSON.parse(out).client_secret;
}

function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve) =>
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    }),
  );
}

function keepRunning(program: string, args: string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
  const child = spawn(program, args, { cwd: import.meta.dirname, env, stdio: ["ignore", "inherit", "inherit"] });
  after(async () => {
    if (child.exitCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  });
  return child;
}

async function answers(address: string): Promise<void> {
  await waitUntil(`${address} answers`, () =>
    fetch(address, { redirect: "manual" }).then(
      () => true,
      () => false,
    ),
  );
}

async function signIn(page: Page): Promise<void> {
  await page.locator("#identifier").fill("ada");
  await page.locator("#password").fill("analytical engine");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

test("a program in Node", async () => {
  const { sh = "", js = "" } = blocksOf("A program in Node");
  const port = await freePort();
  const here = `http://localhost:${port}`;
  const secret = await register(sh, "https://forum.example.org", here);
  const program = js
    .replaceAll("https://forum.example.org", here)
    .replace("https://auth.example.org", system.auth)
    // Here nothing is https.
    .replace(
      "process.env.FORUM_SECRET)",
      "process.env.FORUM_SECRET, undefined, { execute: [client.allowInsecureRequests] })",
    );
  const env = { ...process.env, FORUM_SECRET: secret, PORT: String(port) };
  keepRunning(process.execPath, ["--input-type=module", "--eval", program], env);
  await answers(here);
  const page = await openPage();
  await page.goto(here);
  await signIn(page);
  assert.match((await page.locator("body").textContent()) ?? "", /^Hello Ada Example, we know you as [\w-]{36}\.$/);
  assert.equal((await page.goto(`${here}/signed-in?code=x&state=y`))?.status(), 400);
});

const modules = "mpm_event authn_core authz_core authz_user dir headers auth_openidc".split(" ");

/** An Apache of our own in a folder of its own: as root it becomes www-data, else it stays who we are. */
function apacheConfig(folder: string, port: number, documented: string): string {
  const load = modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
  return [
    `ServerRoot ${folder}`,
    `ServerName localhost`,
    `Listen 127.0.0.1:${port}`,
    `PidFile ${folder}/pid`,
    `ErrorLog ${folder}/error.log`,
    ...load,
    ...(process.getuid?.() === 0 ? ["User www-data", "Group www-data"] : []),
    `DocumentRoot ${folder}/pages`,
    "DirectoryIndex index.html",
    documented,
    // What scripts would see.
    '<Location /members>\nHeader always set X-User "expr=%{REMOTE_USER}"\nHeader always set X-Mail "%{OIDC_CLAIM_email}e"\n</Location>',
  ].join("\n");
}

test("Apache, which is told of a sign-out elsewhere", async () => {
  const { sh = "", apache = "" } = blocksOf("Apache");
  const port = await freePort();
  const here = `http://localhost:${port}`;
  const secret = await register(sh, "https://www.example.org", here);
  const folder = mkdtempSync(path.join(tmpdir(), "cdb-apache-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(path.join(folder, "pages", "members"), { recursive: true });
  writeFileSync(path.join(folder, "pages", "index.html"), "<h1>Everybody</h1>");
  writeFileSync(path.join(folder, "pages", "members", "index.html"), "<h1>Members</h1>");
  chmodSync(folder, 0o755);
  const documented = apache
    .replaceAll("https://www.example.org", here)
    .replaceAll("https://auth.example.org", system.auth)
    .replace("<secret>", secret);
  const config = path.join(folder, "apache.conf");
  writeFileSync(config, apacheConfig(folder, port, documented));
  keepRunning("/usr/sbin/apache2", ["-f", config, "-DFOREGROUND"]);
  await answers(here);

  const page = await openPage();
  const seen: Record<string, string>[] = [];
  page.on("response", (response) => {
    if (response.url() === `${here}/members/` && response.status() === 200) seen.push(response.headers());
  });
  const open = async (address: string) => {
    await page.goto(address);
    return page.locator("h1").textContent();
  };
  assert.equal(await open(`${here}/members/`), "Sign in");
  await signIn(page);
  assert.equal(await page.locator("h1").textContent(), "Members");
  assert.deepEqual([seen[0]?.["x-user"], seen[0]?.["x-mail"]], ["ada", "ada@example.org"]);

  assert.equal(await open(`${here}/members/redirect?logout=${encodeURIComponent(`${here}/`)}`), "Everybody");
  assert.equal(await open(`${here}/members/`), "Sign in");

  await signIn(page);
  await open(`${system.auth}/sign-out`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await waitUntil("Apache has heard of it", async () => (await open(`${here}/members/`)) === "Sign in");
});

test("auth, by the checks of certification", async () => {
  const listener = await startListener(0);
  after(listener.stop);
  const commands = (blocksOf("The checks of certification").sh ?? "")
    .split("\n")
    .filter((line) => /clients add/.test(line));
  const secrets = [];
  for (const command of commands) secrets.push(await register(command, "http://localhost:8455", listener.base));
  const [first = "", second = ""] = secrets;
  const outcomes = await runConformance({
    issuer: system.auth,
    clients: [
      { id: "conformance-1", secret: first },
      { id: "conformance-2", secret: second },
    ],
    person: { username: "ada", password: "analytical engine" },
    fields: { username: "identifier", password: "password" },
    listener,
    codeAge: 1,
  });
  assert.deepEqual(
    outcomes.filter(({ result }) => result === "failed"),
    [],
  );
  assert.ok(outcomes.length > 60);
});
