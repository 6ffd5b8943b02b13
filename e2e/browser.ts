// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A real browser as people have it: by default without scripts, in English, and every page it shows can be checked for accessibility.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser: Promise<Browser> | undefined;

type Window = Omit<BrowserContextOptions, "javaScriptEnabled">;

const windows = new WeakMap<Page, Window>();

/** Opens a window of a person of its own: no cookies, no scripts, in English unless another language is wished for. */
export async function openPage(wish: Window = {}): Promise<Page> {
  const page = await openWindow({ ...wish, javaScriptEnabled: false });
  windows.set(page, wish);
  return page;
}

/** The same with scripts, for what cannot do without: passkeys. */
export async function openScriptedPage(wish: Window = {}): Promise<Page> {
  const page = await openWindow({ ...wish, javaScriptEnabled: true });
  windows.set(page, wish);
  return page;
}

async function openWindow(options: BrowserContextOptions): Promise<Page> {
  browser ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium-headless-shell",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--no-first-run",
    ],
  });
  const context = await (await browser).newContext({ locale: "en-GB", ...options });
  context.setDefaultTimeout(30_000);
  return context.newPage();
}

after(async () => {
  await (await browser)?.close();
});

/** Fails with what axe finds, and when the page has not exactly one h1. axe is a script: it looks at a copy of the page. */
export async function checkAccessible(page: Page): Promise<void> {
  const copy = await copyOf(page);
  await copy.evaluate(axeSource);
  const found = await copy.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await axe.run({ runOnly });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
  });
  assert.deepEqual(found, [], `axe on ${page.url()}`);
  assert.equal(await page.locator("h1").count(), 1, `one h1 on ${page.url()}`);
}

interface Copy {
  window: Page;
  body: string;
}

const copies = new WeakMap<Page, Promise<Copy>>();

// The same HTML at the same address in a window that runs scripts, without the server's rule against them.
async function copyOf(page: Page): Promise<Page> {
  const known = copies.get(page) ?? openCopy(page);
  copies.set(page, known);
  const copy = await known;
  copy.body = await page.content();
  await copy.window.goto(page.url());
  return copy.window;
}

async function openCopy(page: Page): Promise<Copy> {
  const copy = { window: await openWindow({ ...windows.get(page), javaScriptEnabled: true }), body: "" };
  // One rule for as long as the window lives: taking rules away while a stylesheet loads would leave it waiting for ever.
  await copy.window.route("**/*", (route) =>
    route.request().isNavigationRequest()
      ? route.fulfill({ body: copy.body, contentType: "text/html; charset=utf-8" })
      : route.continue(),
  );
  return copy;
}

interface Axe {
  run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

/** Fails when the page is wider than the window. */
export async function checkFits(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok((content ?? 0) <= (window ?? 0), `${page.url()} is ${content} wide in a window of ${window}`);
}

/** To be looked at: CDB_PICTURES names a folder. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env.CDB_PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}
