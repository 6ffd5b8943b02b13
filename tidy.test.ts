// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Holds the map (ARCHITECTURE.md) and the style (STYLE.md) against the sources.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

const root = import.meta.dirname;
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(path.join(root, file)));
const sources = files.filter((file) => file.endsWith(".ts"));
const programs = sources.filter((file) => !isTest(file));
const text = new Map(
  files.filter((file) => !/\.(png|ico)$/.test(file)).map((file) => [file, readFileSync(path.join(root, file), "utf8")]),
);

// Who may import whom; "types" allows `import type` alone. What is not here is not allowed. ARCHITECTURE.md shows the same table.
const mayImport: Record<string, Record<string, "all" | "types">> = {
  api: {},
  runtime: {},
  theme: { runtime: "all", api: "types" },
  directory: { runtime: "all" },
  providers: { api: "types", runtime: "all" },
  "back/data": { api: "types", runtime: "all", "back/bank": "types" },
  "back/bank": { runtime: "all" },
  "back/mail": { "back/data": "all", providers: "all", runtime: "all" },
  "back/bounces": { "back/mail": "all", runtime: "all" },
  "back/server": { api: "all", runtime: "all", "back/data": "all", "back/mail": "all", "back/bounces": "all" },
  "back/conformance": { runtime: "all" },
  "back/cli": {
    api: "all",
    runtime: "all",
    "back/data": "all",
    "back/bank": "all",
    "back/conformance": "all",
    "back/mail": "all",
    "back/bounces": "all",
    directory: "all",
    providers: "types",
  },
  back: {
    api: "all",
    runtime: "all",
    "back/data": "all",
    "back/bank": "all",
    "back/server": "all",
    "back/mail": "all",
    "back/bounces": "all",
    "back/cli": "all",
    directory: "all",
    providers: "all",
  },
  auth: { api: "all", runtime: "all", theme: "all", directory: "all" },
  front: { api: "all", runtime: "all", theme: "all", providers: "all" },
};
// One folder, one outside library.
const doors: Record<string, string[]> = {
  kysely: ["back/data"],
  pg: ["back/data", "auth/store.ts", "auth/database.ts", "auth/migrate.ts"],
  "pg-boss": ["back/data", "back/worker"],
  nodemailer: ["back/mail"],
  mailparser: ["back/bounces"],
  imapflow: ["back/bounces"],
  ldapts: ["directory"],
  "oidc-provider": ["auth"],
  otpauth: ["auth/factors"],
  "@simplewebauthn/server": ["auth/factors"],
  stripe: ["providers"],
  "temporal-polyfill": ["runtime"],
  "qrcode-generator": ["runtime"],
  commander: ["back/cli"],
  "csv-parse": ["back/bank", "back/cli"],
  saxes: ["back/bank"],
  fflate: ["back/bank"],
  "localized-address-format": ["theme"],
};

const isFree = (file: string) => /^(dev|e2e)\//.test(file) || isTest(file) || !file.includes("/");

test("every import follows the table of who may import whom", () => {
  const wrong: string[] = [];
  for (const file of programs.filter((name) => !isFree(name)))
    for (const { target, typeOnly } of importsOf(file)) {
      const [from, to] = [areaOf(file), areaOf(target)];
      const right = from === to ? "all" : mayImport[from]?.[to];
      if (right !== "all" && !(right === "types" && typeOnly)) wrong.push(`${file} imports ${target}`);
    }
  assert.deepEqual(wrong, []);
});

test("each outside library has one door", () => {
  const wrong: string[] = [];
  for (const file of programs.filter((name) => !isFree(name)))
    for (const { name, typeOnly } of packagesOf(file)) {
      const allowed = doors[name];
      if (allowed && !typeOnly && !allowed.some((door) => file.startsWith(door))) wrong.push(`${file} imports ${name}`);
    }
  assert.deepEqual(wrong, []);
});

test("programs read their settings in one place", () => {
  const readers = programs.filter((file) => !isFree(file) && /process\.env\b/.test(text.get(file) ?? ""));
  assert.deepEqual(
    readers.filter((file) => file !== "runtime/config.ts"),
    [],
  );
});

test("every source names its licence", () => {
  const without = files.filter(
    (file) =>
      /\.(ts|js|css|sql)$/.test(file) &&
      !(text.get(file) ?? "").slice(0, 300).includes("SPDX-License-Identifier: AGPL-3.0-or-later"),
  );
  assert.deepEqual(without, []);
});

test("every source says in its first sentence what it is", () => {
  const silent = programs.filter(
    (file) => !/^(#!.*\n)?\/\/ SPDX.*\n\/\/ SPDX.*\n\n?\/\/ [A-ZÄÖÜ`\d]/.test(text.get(file) ?? ""),
  );
  assert.deepEqual(silent, []);
});

test("there are no drawers without a name", () => {
  const drawers = files.filter((file) => /(^|\/)(index|utils?|helpers?|common|misc|lib|services)(\/|\.ts$)/.test(file));
  assert.deepEqual(drawers, []);
});

test("no file has grown past 300 lines, no test past 500", () => {
  const long = sources.filter((file) => (text.get(file) ?? "").split("\n").length > (isTest(file) ? 500 : 300));
  assert.deepEqual(long, []);
});

test("file names are small letters with dashes", () => {
  const odd = sources.filter((file) => !/^([a-z0-9-]+\/)*(\d{4}-)?[a-z0-9-]+(\.test)?\.ts$/.test(file));
  assert.deepEqual(odd, []);
});

test("no test is skipped, alone, or put off", () => {
  const marked = sources.filter(
    (file) =>
      file !== "tidy.test.ts" && /\b(test|it|describe)\.(skip|only|todo)\b|\bskip: true/.test(text.get(file) ?? ""),
  );
  assert.deepEqual(marked, []);
});

test("no secret stands in the tree, and the lockfile names no host", () => {
  const leaks = [...text]
    .filter(([, content]) => /-----BEGIN [A-Z ]*PRIVATE KEY-----|sk_live_\w{8,}/.test(content))
    .map(([file]) => file);
  assert.deepEqual(leaks, []);
  assert.doesNotMatch(text.get("package-lock.json") ?? "", /"resolved": "http/);
});

test("the papers name only files that exist", () => {
  const missing: string[] = [];
  for (const [file, content] of text)
    if (/^[^/]*\.md$|^docs\/.*\.md$/.test(file))
      for (const [, named = ""] of content.matchAll(
        /`((?:api|auth|back|dev|directory|docs|e2e|front|organisations|providers|runtime|theme)\/[\w./-]+)`/g,
      ))
        if (!existsSync(path.join(root, named))) missing.push(`${file} names ${named}`);
  assert.deepEqual(missing, []);
});

test("links between the papers lead somewhere", () => {
  const broken: string[] = [];
  for (const [file, content] of text)
    if (file.endsWith(".md"))
      for (const [, target = ""] of content.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g))
        if (!existsSync(path.join(root, path.dirname(file), target))) broken.push(`${file} links to ${target}`);
  assert.deepEqual(broken, []);
});

test("the table in ARCHITECTURE.md is the table that is held here", () => {
  const [, shown = ""] = (text.get("ARCHITECTURE.md") ?? "").split("Who may import whom");
  for (const [from, targets] of Object.entries(mayImport)) {
    const row = shown.split("\n").find((line) => line.startsWith(`| \`${from}\` |`));
    assert.ok(row, `ARCHITECTURE.md has no row for ${from}`);
    const named = Object.entries(targets).map(([to, right]) => (right === "types" ? `${to} (types)` : to));
    assert.equal(row.split("|")[2]?.trim(), named.join(", ") || "nothing", `the row of ${from}`);
  }
});

function isTest(file: string): boolean {
  return /\.test\.ts$|(^|\/)test\//.test(file);
}

function areaOf(file: string): string {
  const [program = "", part = ""] = file.split("/");
  if (program !== "back") return program;
  if (/^(worker|cli)\b/.test(part) && part.endsWith(".ts")) return "back";
  if (part === "worker") return "back";
  return part.endsWith(".ts") ? "back" : `back/${part}`;
}

interface Import {
  target: string;
  typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  return statementsOf(file).flatMap(({ from, typeOnly }) => {
    if (from.startsWith("@cdb/")) return [{ target: from.slice("@cdb/".length), typeOnly }];
    if (from.startsWith(".")) return [{ target: path.posix.join(path.posix.dirname(file), from), typeOnly }];
    return [];
  });
}

function packagesOf(file: string): { name: string; typeOnly: boolean }[] {
  return statementsOf(file).flatMap(({ from, typeOnly }) => {
    if (/^(\.|node:|@cdb\/)/.test(from)) return [];
    const parts = from.split("/");
    return [{ name: from.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? ""), typeOnly }];
  });
}

// `import type …` and `import { type A, type B }` are types only; `import("…")` is not.
function statementsOf(file: string): { from: string; typeOnly: boolean }[] {
  const content = text.get(file) ?? "";
  const found: { from: string; typeOnly: boolean }[] = [];
  for (const [, what = "", from = ""] of content.matchAll(/^(?:import|export) ([^;"]*?)\s*from "([^"]+)";/gms)) {
    const names = what
      .replace(/[{}\n]/g, " ")
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean);
    found.push({ from, typeOnly: what.startsWith("type ") || names.every((name) => name.startsWith("type ")) });
  }
  for (const [, from = ""] of content.matchAll(/^import "([^"]+)";|\bimport\("([^"]+)"\)/gm))
    if (from) found.push({ from, typeOnly: false });
  return found;
}
