// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Trouble with the directory: passwords say so and offer the link, and everybody can go on by link; nothing waits for long.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openLine } from "@cdb/dev/directory/test-line.ts";
import { kinds, startTestServer } from "@cdb/dev/directory/test-servers.ts";
import { until } from "@cdb/dev/until.ts";
import type { Page } from "../test/browser.ts";
import { openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
// Long enough for a machine that is busy with other tests.
const patienceMs = 1_200;
const isSignedIn = (page: Page) => new URL(page.url).searchParams.has("code");

for (const kind of kinds)
  await describe(`with trouble at ${kind}`, { timeout: 120_000 }, async () => {
    const server = await startTestServer(kind);
    const line = await openLine(server.port);
    const auth = await startAuth(undefined, server, { url: line.url, timeoutMs: patienceMs });
    const front = await openClient(auth.issuer);
    await auth.addPerson("Ada", password);
    after(async () => {
      await line.close();
      await server.remove();
    });

    let networks = 0;
    function newBrowser() {
      const browser = openBrowser(auth.issuer);
      networks += 1;
      browser.headers["X-Forwarded-For"] = `10.0.${networks >> 8}.${networks & 255}`;
      return browser;
    }

    async function tryPassword(identifier = "ada", typed = password): Promise<Page> {
      return signInByPassword(newBrowser(), (await front.begin()).url, identifier, typed);
    }

    async function signInByLink(): Promise<Page> {
      const browser = newBrowser();
      const form = await browser.open((await front.begin()).url);
      const mailed = auth.back.mailFor("ada@example.org");
      await browser.submit(form, { identifier: "ada@example.org", password: "", send: "link" });
      return browser.submit(await browser.open((await mailed).link));
    }

    /** The page that changes a password, ready to be sent. */
    async function openChange(username: string): Promise<() => Promise<Page>> {
      const browser = newBrowser();
      const page = await signInByPassword(browser, `${auth.issuer}/account/password`, username, password);
      return () => browser.submit(page, { old: password, wished: "mossy candle ring", again: "mossy candle ring" });
    }

    /** As for somebody known, so for a stranger: nobody learns who has a password. */
    async function expectLinkOnly(): Promise<void> {
      for (const identifier of ["ada", "nobody"]) {
        const page = await tryPassword(identifier);
        assert.equal(page.status, 503);
        assert.match(page.text, /does not work at the moment\. Let us send you a link instead/);
        assert.match(page.text, /name="send" value="link"/);
      }
      assert.ok(isSignedIn(await signInByLink()));
    }

    async function expectHealed(): Promise<void> {
      await until(async () => isSignedIn(await tryPassword()));
    }

    test("it hangs: connections are taken, and nothing is said on them", async () => {
      await expectHealed();
      line.isCut = true;
      await expectLinkOnly();
      line.isCut = false;
      await expectHealed();
    });

    test("it is slow: each answer comes in time, and all together do not", async () => {
      line.delayMs = 700;
      await expectLinkOnly();
      line.delayMs = 0;
      await expectHealed();
    });

    test("it breaks connections in the middle", async () => {
      line.breaksAfter = 0;
      await expectLinkOnly();
      line.breaksAfter = Number.POSITIVE_INFINITY;
      await expectHealed();
    });

    test("it does not say whether it has changed a password: neither do we", async () => {
      await auth.addPerson("Bob", password);
      const send = await openChange("bob");
      line.isDeaf = true;
      const page = await send();
      line.isDeaf = false;
      assert.equal(page.status, 503);
      assert.match(page.text, /cannot tell whether the password was changed/);
      await expectHealed();
    });

    test("it is stopped, refuses connections, and comes back", async () => {
      await server.stop();
      await expectLinkOnly();
      await server.start();
      await expectHealed();
    });

    test("a flood of passwords while it hangs stops nobody who signs in by link", async () => {
      line.isCut = true;
      const flood = Array.from({ length: 100 }, (_, number) => tryPassword(`somebody-${number}`));
      assert.ok(isSignedIn(await signInByLink()));
      assert.deepEqual([...new Set((await Promise.all(flood)).map(({ status }) => status))], [503]);
      line.isCut = false;
      await expectHealed();
    });

    if (kind === "OpenLDAP")
      test("it takes no changes: passwords are checked as ever", async () => {
        const database = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcReadOnly\nolcReadOnly:";
        server.configure(`${database} TRUE\n`);
        await expectHealed();
        assert.equal((await tryPassword("ada", "a wrong password")).status, 422);
        const page = await (await openChange("ada"))();
        assert.equal(page.status, 503);
        assert.match(page.text, /cannot be changed at the moment\. The present one goes on to work/);
        await expectHealed();
        server.configure(`${database} FALSE\n`);
      });
  });
