// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Journey 10: a newsletter in two languages, from its first word to the last reader, one of whom withdraws while it is under way.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { Database } from "@cdb/back/data/database.ts";
import { getMailing } from "@cdb/back/data/mailings/mailing.ts";
import { approveMailing } from "@cdb/back/data/mailings/release-mailing.ts";
import { showMailing } from "@cdb/back/data/mailings/show-mailing.ts";
import { setConsent } from "@cdb/back/data/people/consent.ts";
import { organisation } from "@cdb/back/test/database.ts";
import { makePerson } from "@cdb/back/test/make.ts";
import { startSystem } from "./system.ts";
import { waitUntil } from "./wait.ts";

// So slow that there is time to withdraw.
const system = await startSystem({ MAILING_PER_SECOND: "0.5" });
const { DATABASE_URL } = JSON.parse(readFileSync(path.join(system.home, "environment.json"), "utf8"));
const database = new Database(DATABASE_URL, organisation, { program: "test" });
const colleague = { kind: "administrator", name: "colleague" } as const;

after(async () => {
  await database.close();
  await system.stop();
});

async function mailings(...args: string[]): Promise<string> {
  const { code, out, err } = await system.cdb("mailings", ...args);
  assert.equal(code, 0, err);
  return out;
}

async function makeReaders(): Promise<void> {
  const address = { lines: ["Street 1"], postcode: "1", city: "Journey", region: "", country: "DE" };
  await database.transaction(colleague, async (work) => {
    for (const [name, language] of Object.entries({ Renate: "de", Rita: "en", Rolf: "de", Ruth: "en" })) {
      const email = `${name.toLowerCase()}@readers.example`;
      const person = await makePerson(work, { name, email, language, postalAddress: address });
      person.confirm(work, "link");
      await setConsent(work, person, "newsletter", true, { channel: "/settings" });
    }
  });
}

/** By another actor than the command's, which is whoever runs it. */
function approve(name: string): Promise<void> {
  return database.transaction(colleague, async (work) => {
    const mailing = await getMailing(work, name, "lock");
    await approveMailing(work, mailing, (await showMailing(work, mailing)).digest);
  });
}

async function write(name: string): Promise<void> {
  const [de, en] = ["de", "en"].map((language) => path.join(system.home, `${language}.md`)) as [string, string];
  writeFileSync(de, "Liebe*r {name},\n\n[gib](https://example.org/?ref={reference}) {donations.last.amount|etwas}.\n");
  writeFileSync(
    en,
    "Dear {name},\n\n[give](https://example.org/?ref={reference}) {donations.last.amount|something}.\n",
  );
  await mailings("create", name, "--purpose", "newsletter", "--selector", 'city == "Journey"', "--public");
  await mailings("write", name, "--language", "de", "--subject", "Neues für {name|dich}", "--file", de);
  await mailings("write", name, "--language", "en", "--subject", "News for {name|you}", "--file", en);
}

/** Whose turn comes last, of those who wait. */
async function lastOf(name: string): Promise<string | undefined> {
  const { rows } = await database.pool.query(
    `select person.email from mailing_recipient join person on person.id = person_id join mailing on mailing.id = mailing_id
      where mailing.name = $1 and mailing_recipient.state = 'waiting' order by position desc limit 1`,
    [name],
  );
  return rows[0]?.email;
}

const isSent = async (name: string) => JSON.parse(await mailings("show", name, "--json")).state === "sent";

test("a newsletter is written, looked at, tested, approved by another, sent, and counted", async () => {
  await makeReaders();
  await write("first");
  assert.match(await mailings("preview", "first", "--as", "renate@readers.example"), /^Liebe\*r Renate,$/m);
  await mailings("test", "first", "--to", "tester@example.org", "--language", "en");
  await system.mail("tester@example.org", /^\[Test\] News for you$/);
  assert.match((await system.cdb("mailings", "approve", "first", "--yes")).err, /Somebody else has to approve/);
  await approve("first");
  await mailings("schedule", "first");
  const german = await system.mail("renate@readers.example", /^Neues für Renate$/);
  assert.match(german.text, /^Liebe\*r Renate,\n\ngib <https:\/\/example\.org\/\?ref=EX\d+> etwas\./);
  assert.match(german.text, /Du bekommst dies, weil du am .* zugestimmt hast/);
  assert.equal(german.headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
  await system.mail("ruth@readers.example", /^News for Ruth$/);
  await waitUntil("it is sent", () => isSent("first"), 30_000);
  const { total, languages } = JSON.parse(await mailings("statistics", "first", "--json"));
  assert.deepEqual([total.accepted, total.waiting, languages.de.accepted, languages.en.accepted], [4, 0, 2, 2]);
  assert.equal((await system.mails("tester@example.org")).length, 1);
});

test("one click in the mail before withdraws within a second, and a mailing under way leaves that person out", async () => {
  await write("second");
  await approve("second");
  await mailings("schedule", "second");
  const email = await waitUntil("it is under way", () => lastOf("second"));
  const { headers } = await system.mail(email, /^(News|Neues) f/);
  const [, address = ""] = /<([^>]+)>/.exec(headers["list-unsubscribe"] ?? "") ?? [];
  const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
  assert.equal((await fetch(address, { method: "POST", body, redirect: "manual" })).status, 200);
  const { out } = await system.cdb("consents", "show", email, "--json");
  const states: { purpose: string; granted: boolean }[] = JSON.parse(out).consents;
  assert.equal(states.find(({ purpose }) => purpose === "newsletter")?.granted, false);
  await waitUntil("it is sent", () => isSent("second"), 30_000);
  assert.equal((await system.mails(email)).length, 1);
  const { total } = JSON.parse(await mailings("statistics", "second", "--json"));
  assert.deepEqual([total.accepted, total.leftOut], [3, 1]);
  assert.equal(JSON.parse(await mailings("statistics", "first", "--json")).total.withdrawn, 1);
});
