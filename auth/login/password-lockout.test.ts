// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The lockout of the directory, here OpenLDAP's: strangers cannot bring it about, and nobody learns of it from outside.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startTestServer } from "@cdb/dev/directory/test-servers.ts";
import { openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const server = await startTestServer("OpenLDAP");
const auth = await startAuth(undefined, server, { timeoutMs: 60_000 });
const front = await openClient(auth.issuer);
after(() => server.remove());

let networks = 0;
async function tryFromAnywhere(identifier: string, typed: string) {
  const browser = openBrowser(auth.issuer);
  networks += 1;
  browser.headers["X-Forwarded-For"] = `10.0.0.${networks}`;
  return signInByPassword(browser, (await front.begin()).url, identifier, typed);
}

test("whoever guesses from everywhere, by every name, is stopped before the directory locks the person", async () => {
  await auth.addPerson("Ada", password);
  const guesses = Array.from({ length: 60 }, (_, number) => (number % 2 ? "ada" : "ada@example.org"));
  const pages = await Promise.all(guesses.map((identifier) => tryFromAnywhere(identifier, "a wrong password")));
  assert.deepEqual([...new Set(pages.map(({ status }) => status))].sort(), [422, 429]);
  const failed = await server.asAdmin((client) =>
    client.search(`uid=ada,ou=people,${server.baseDn}`, { scope: "base", attributes: ["pwdFailureTime"] }),
  );
  assert.equal([failed.searchEntries[0]?.pwdFailureTime].flat().length, 10);
  const directory = server.open();
  assert.deepEqual(await directory.checkPassword("ada", password), { outcome: "right" });
  await directory.close();
});

test("a locked person is told what everybody is told, though the password is right", async () => {
  await auth.addPerson("Bob", password);
  await server.givePolicy(["bob"], { pwdLockout: "TRUE", pwdMaxFailure: "1" });
  const texts = new Set<string>();
  for (const [identifier, typed] of [
    ["bob", "a wrong password"],
    ["bob", password],
    ["nobody", password],
  ] as const) {
    const page = await tryFromAnywhere(identifier, typed);
    assert.equal(page.status, 422);
    texts.add(page.text.replaceAll(/\/sign-in\/[\w-]+/g, "").replaceAll(`value="${identifier}"`, ""));
  }
  assert.equal(texts.size, 1);
});
