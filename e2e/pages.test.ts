// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Every page that anybody can open: accessible, in both languages, on a small screen, in the dark, small, and without strangers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkAccessible, checkFits, keepPicture, openPage } from "./browser.ts";
import { theSystem } from "./system.ts";

const system = await theSystem();
const pages = [
  "/",
  "/donate",
  "/support",
  "/subscribe",
  "/volunteer",
  "/news",
  "/thanks",
  "/cancelled",
  "/signed-out",
  "/nothing-here",
];
const windows = {
  small: { viewport: { width: 360, height: 740 } },
  large: { viewport: { width: 1280, height: 900 } },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
} as const;

for (const [name, wish] of Object.entries(windows))
  for (const locale of ["en-GB", "de-DE"])
    test(`every public page is accessible and fits: ${name}, ${locale}`, async () => {
      const page = await openPage({ ...wish, locale });
      for (const address of pages) {
        const response = await page.goto(system.front + address);
        assert.equal(response?.status(), address === "/nothing-here" ? 404 : 200, address);
        assert.equal(await page.locator("html").getAttribute("lang"), locale.slice(0, 2));
        await checkAccessible(page);
        await checkFits(page);
        await keepPicture(page, `${name}-${locale.slice(0, 2)}-${address.slice(1) || "home"}`);
      }
    });

test("a page with all it needs is under 50 kB and asks nobody else for anything", async () => {
  for (const address of pages) {
    const page = await openPage();
    const sizes: number[] = [];
    const strangers: string[] = [];
    page.on("response", async (response) => {
      if (!response.url().startsWith(system.front)) strangers.push(response.url());
      sizes.push((await response.body().catch(() => Buffer.alloc(0))).length);
    });
    await page.goto(system.front + address, { waitUntil: "networkidle" });
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(total > 0 && total < 50_000, `${address} has ${total} bytes`);
    assert.deepEqual(
      strangers.filter((url) => !url.startsWith("data:")),
      [],
    );
  }
});

test("a form is filled and sent from the keyboard alone", async () => {
  const page = await openPage();
  await page.goto(`${system.front}/subscribe`);
  await page.locator("#name").focus();
  await page.keyboard.type("Kay Keyboard");
  await page.keyboard.press("Tab");
  await page.keyboard.type("kay@example.com");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Please check your mailbox" }).waitFor();
});

test("pages are told to be kept by nobody and framed by nobody", async () => {
  const { headers } = await fetch(`${system.front}/settings`, { redirect: "manual" });
  assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
  assert.doesNotMatch(headers.get("content-security-policy") ?? "", /unsafe/);
  assert.equal(headers.get("cache-control"), "no-store");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("referrer-policy"), "same-origin");
});
