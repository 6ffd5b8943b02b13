// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Journey 11: a newsletter is read where its mail leads, in the archive, in a feed and among one's mails, until it is hidden.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { Database } from "@cdb/back/data/database.ts";
import { registerBounce } from "@cdb/back/data/mailings/bounce.ts";
import { getMailing } from "@cdb/back/data/mailings/mailing.ts";
import { approveMailing } from "@cdb/back/data/mailings/release-mailing.ts";
import { showMailing } from "@cdb/back/data/mailings/show-mailing.ts";
import { getPerson } from "@cdb/back/data/people/find-people.ts";
import { organisation } from "@cdb/back/test/database.ts";
import type { Page } from "playwright-core";
import { checkAccessible, checkFits, keepPicture, openPage } from "./browser.ts";
import { theSystem } from "./system.ts";
import { waitUntil } from "./wait.ts";

const system = await theSystem();
const { DATABASE_URL } = JSON.parse(readFileSync(path.join(system.home, "environment.json"), "utf8"));
const database = new Database(DATABASE_URL, organisation, { program: "test" });
const windows = {
  light: { viewport: { width: 1280, height: 900 } },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  small: { viewport: { width: 360, height: 740 } },
} as const;
let webView = "";
let unsubscribe = "";

after(() => database.close());

const body = (title: string, greeting: string) => `# ${title}

${greeting} {name|you},

read [more](https://example.org/?a=1&b=2) about ![our booth](https://example.org/booth.png).

## What happened

- Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungsurkundenausgabestelle
- https://example.org/an/address/that/does/not/end/before/it/has/become/wider/than/a/small/phone/is

> Somebody said this.

| What | How many |
| ---- | -------: |
| Cats | 3        |

\`a line of code that is longer than a small phone is wide, as they are, and goes on\`

<script>document.title = "taken over"</script>
`;

before(async () => {
  await mailings("create", "winter", "--purpose", "newsletter", "--public");
  for (const [language, subject, title, greeting] of [
    ["en", "Winter news for {name|you}", "Winter is here", "Dear"],
    ["de", "Winterpost für {name|dich}", "Der Winter ist da", "Hallo"],
  ] as const) {
    const file = path.join(system.home, `${language}.md`);
    writeFileSync(file, body(title, greeting));
    await mailings("write", "winter", "--language", language, "--subject", subject, "--file", file);
  }
  await database.transaction({ kind: "administrator", name: "colleague" }, async (work) => {
    const mailing = await getMailing(work, "winter", "lock");
    await approveMailing(work, mailing, (await showMailing(work, mailing)).digest);
  });
  await mailings("schedule", "winter");
  const mail = await system.mail("ada@example.org", /^Winter news for Ada Example$/);
  webView = mail.links.find((link) => link.includes("/mailings/")) ?? "";
  unsubscribe = mail.links.find((link) => link.includes("/command/unsubscribe")) ?? "";
  await waitUntil("it is sent", async () => JSON.parse(await mailings("show", "winter", "--json")).state === "sent");
});

async function mailings(...args: string[]): Promise<string> {
  const { code, out, err } = await system.cdb("mailings", ...args);
  assert.equal(code, 0, err);
  return out;
}

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const mainOf = (page: Page) => page.locator("main").textContent();

test("the mail leads to its web view, in either language, which says nothing of its reader", async () => {
  const page = await openPage();
  assert.equal((await page.goto(webView))?.status(), 200);
  assert.match((await mainOf(page)) ?? "", /Winter news for you[\s\S]*Winter is here[\s\S]*Dear you,/);
  assert.equal(await page.title(), "Winter news for you – Example Foundation");
  await page.getByRole("link", { name: "Deutsch" }).click();
  assert.match((await mainOf(page)) ?? "", /Winterpost für dich[\s\S]*Der Winter ist da[\s\S]*Hallo you,/);
  assert.equal(await page.locator("html").getAttribute("lang"), "de");
  assert.equal(await page.locator("main script, main img").count(), 0);
  assert.equal(
    await page.getByRole("link", { name: "our booth" }).getAttribute("href"),
    "https://example.org/booth.png",
  );
  assert.equal((await page.goto(webView.replace(/.(?=\?)/, (last) => (last === "0" ? "1" : "0"))))?.status(), 404);
  await page.getByRole("link", { name: /home page|Startseite/ }).waitFor();
});

for (const [name, wish] of Object.entries(windows))
  test(`archive, mailing and web view are accessible, fit and are small: ${name}`, async () => {
    for (const language of ["en", "de"]) {
      const page = await openPage(wish);
      for (const address of ["/news", "/news/winter", new URL(webView).pathname]) {
        const sizes: number[] = [];
        page.on("response", async (response) => sizes.push((await response.body().catch(() => "")).length));
        await page.goto(`${system.front}${address}?language=${language}`, { waitUntil: "networkidle" });
        page.removeAllListeners("response");
        assert.ok(sizes.reduce((sum, size) => sum + size) < 50_000, address);
        assert.equal(await page.locator("html").getAttribute("lang"), language);
        await checkAccessible(page);
        await checkFits(page);
        await keepPicture(
          page,
          `news-${name}-${language}-${address.startsWith("/m") ? "web-view" : address.slice(6) || "list"}`,
        );
      }
    }
  });

test("from the first page one gets to a mailing by the keyboard alone", async () => {
  const page = await openPage();
  await waitUntil("the first page knows of it", async () => {
    await page.goto(system.front);
    return (await page.getByRole("link", { name: "What we wrote" }).count()) === 1;
  });
  for (const name of ["What we wrote", "Winter news for you"]) {
    const link = page.getByRole("link", { name, exact: true });
    while (!(await link.evaluate((element) => element === document.activeElement))) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name }).waitFor();
  }
  assert.equal(new URL(page.url()).pathname, "/news/winter");
});

test("a feed reader gets it in its language, and asks again without being sent it", async () => {
  const address = `${system.front}/news/feed.xml?language=de`;
  const response = await fetch(address);
  assert.match(response.headers.get("content-type") ?? "", /^application\/atom\+xml/);
  const text = await response.text();
  assert.match(
    text,
    new RegExp(`<id>${system.front}/news/winter\\?language=de</id>\\s*<title>Winterpost für dich</title>`),
  );
  const again = await fetch(address, { headers: { "If-None-Match": response.headers.get("etag") ?? "" } });
  assert.equal(again.status, 304);
});

/** A mail server tells that ada's mailbox was full. */
const comeBack = () =>
  database.transaction({ kind: "worker" }, async (work) => {
    const whose = { mailingId: (await getMailing(work, "winter")).id, personId: (await getPerson(work, "ada")).id };
    const said = { kind: "soft", status: "5.2.2", reason: "mailbox-full", originalId: "", recipient: "" } as const;
    await registerBounce(work, { key: "winter of ada", ...said, whose: { kind: "mailing", ...whose } });
  });

test("whoever got it finds it among their mails, and ends it by the link in its footer", async () => {
  await comeBack();
  const page = await openPage(windows.small);
  await page.goto(`${system.front}/sign-in?return=/settings/mails`);
  await page.locator("#identifier").fill("ada");
  await page.locator("#password").fill("analytical engine");
  await page.getByRole("button", { name: "Sign in" }).first().click();
  await page.goto(`${system.front}/settings/mails`);
  await page.getByText("Winter news for you").click();
  await page.getByText("It went to all who want this. You agreed on").waitFor();
  await page.getByText("came back on").waitFor();
  await page.getByText("The mailbox there was full.").waitFor();
  await checkAccessible(page);
  await checkFits(page);
  await keepPicture(page, "my-mails");
  await page.getByRole("link", { name: "Read it" }).click();
  await page.getByRole("heading", { level: 1, name: "Winter news for you" }).waitFor();
  await page.goto(`${system.front}/settings/export`);
  await page.getByText("Mailings that you got").waitFor();

  await page.goto(unsubscribe);
  await press(page, "Stop these mails");
  await page.getByText("You get no more of these mails.").waitFor();
  assert.match(await mailings("audience", "winter"), /have not agreed to the purpose, or have withdrawn/);
  await page.goto(`${system.front}/settings/consents`);
  await checkAccessible(page);
  await checkFits(page);
  await keepPicture(page, "my-consents");
  const newsletter = page.locator("section", { hasText: "Monthly newsletter" });
  assert.match((await newsletter.textContent()) ?? "", /You stopped this on .*Sent last/s);
  await newsletter.getByRole("link", { name: "Winter news for you" }).click();
  await page.getByRole("heading", { level: 1, name: "Winter news for you" }).waitFor();
});

test("what is hidden is gone from archive and feed at once, and stays with those who got it", async () => {
  await mailings("change", "winter", "--public", "no");
  const status = async (address: string) => (await fetch(new URL(address, system.front))).status;
  assert.equal(await status("/news/winter"), 404);
  assert.equal(await status(webView), 200);
  for (const address of ["/news?language=en", "/news/feed.xml?language=en"])
    assert.doesNotMatch(await (await fetch(system.front + address)).text(), /Winter/);
});
