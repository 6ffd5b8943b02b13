// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A mailing by the command line: written, looked at, and refused where something is wrong.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { startInbox } from "@cdb/dev/inbox.ts";
import { setConsent } from "../data/people/consent.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, makePerson } from "../test/make.ts";
import { type Outcome, runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const folder = mkdtempSync(path.join(tmpdir(), "cdb-mailings-"));
const inbox = await startInbox({ smtpPort: 0, httpPort: 0, folder });
const settings = {
  ...{ DATABASE_URL: url, FRONT_URL: "https://my.example.org", LINK_SECRET: "a secret of tests" },
  SMTP_URL: inbox.smtpUrl,
};
const cdb = (...args: string[]) => runCdb(["mailings", ...args], settings);
const file = (name: string) => path.join(folder, name);

after(async () => {
  await inbox.stop();
  rmSync(folder, { recursive: true });
});

before(async () => {
  writeFileSync(
    file("en.md"),
    "Dear {name|friend},\r\n\r\nYou gave {donations.last.amount|nothing yet}.\r\n\r\n*news*: [give](https://example.org/?ref={reference})\r\n",
  );
  await database.transaction(administrator, async (work) => {
    for (const [name, language, agrees] of [
      ["Ada", "en", true],
      ["Zoë", "de", true],
      ["Bob", "en", false],
    ] as const) {
      const person = await makePerson(work, {
        name,
        language,
        email: `${name.replace("ë", "e").toLowerCase()}@example.org`,
      });
      person.confirm(work, "link");
      if (agrees) await setConsent(work, person, "newsletter", true, { channel: "/settings" });
    }
    await makePerson(work, { name: "Una", email: "una@example.org" });
  });
  await good(cdb("create", "news", "--purpose", "newsletter"));
});

async function good(running: Promise<Outcome>): Promise<string> {
  const { code, out, err } = await running;
  assert.equal(code, 0, err);
  return out;
}

async function refused(running: Promise<Outcome>, sentence: RegExp, expected = 1): Promise<void> {
  const { code, out, err } = await running;
  assert.match(err, sentence);
  assert.deepEqual([code, out], [expected, ""]);
}

test("a mailing is written, shown with who gets it and who does not, and why", async () => {
  await refused(cdb("preview", "news"), /There is no text yet/);
  await good(cdb("write", "news", "--language", "en", "--subject", "News for {name|you}", "--file", file("en.md")));
  const shown = await good(cdb("show", "news"));
  assert.match(shown, /^state +draft$/m);
  assert.match(shown, /^text en +News for \{name\|you\} \(\d+ signs\)$/m);
  assert.match(shown, /^gets it +2 of 4 who are picked: en 2$/m);
  assert.match(shown, /^left out +1: they have not agreed/m);
  assert.match(shown, /^left out +1: they have not confirmed/m);
  assert.match(await good(cdb("explain", "news", "ada@example.org")), /^Ada gets it, in en\.$/m);
  assert.match(await good(cdb("explain", "news", "bob@example.org")), /^Bob does not get it: they have not agreed/m);
  await good(cdb("change", "news", "--selector", 'language == "de"'));
  const bob = JSON.parse(await good(cdb("explain", "news", "ada@example.org", "--json")));
  assert.deepEqual([bob.gets, bob.why, bob.conditions[0].holds], [false, "not-picked", false]);
  assert.equal(JSON.parse(await good(cdb("audience", "news", "--json"))).gets, 1);
  await good(cdb("change", "news", "--selector", ""));
  assert.match(await good(cdb("list")), /news +newsletter +draft/);
});

test("a preview shows every header, text and HTML as a reader gets them, and sends nothing", async () => {
  const preview = await good(cdb("preview", "news", "--as", "zoe@example.org", "--html", file("news.html")));
  for (const header of ["From", "To", "Subject", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "List-ID"])
    assert.match(preview, new RegExp(`^${header}: `, "m"));
  assert.match(preview, /^Return-Path: <bounces\+m\d+-\d+-[0-9a-f]{20}@example\.org>$/m);
  assert.match(preview, /^Dear Zoë,$/m);
  assert.match(preview, /^You gave nothing yet\.$/m);
  assert.match(preview, /give <https:\/\/example\.org\/\?ref=EX\d+>/);
  assert.match(readFileSync(file("news.html"), "utf8"), /<p>Dear Zoë,<\/p>/);
  assert.match(await good(cdb("preview", "news")), /^Dear friend,$/m);
  await refused(cdb("preview", "news", "--language", "de"), /no text in this language/);
  await refused(cdb("preview", "news", "--html", "/nowhere/x.html"), /The file cannot be written/);
  assert.equal(inbox.messages().length, 0);
});

test("a test goes to one address at once, is marked, counts nowhere, and its links withdraw nothing", async () => {
  await good(cdb("test", "news", "--to", "tester@example.org", "--as", "ada@example.org"));
  const [mail, ...more] = inbox.messages();
  assert.deepEqual([mail?.to, mail?.subject, more.length], ["tester@example.org", "[Test] News for Ada", 0]);
  const { rows } = await database.pool.query("select count(*)::int as n from mailing_recipient");
  assert.deepEqual(rows, [{ n: 0 }]);
  const links = await database.pool.query("select count(*)::int as n from signed_link where command = 'unsubscribe'");
  assert.deepEqual(links.rows, [{ n: 0 }]);
  await refused(cdb("test", "news", "--to", "a@example.org, b@example.org"), /It must be an email address/, 2);
  const dead = runCdb(["mailings", "test", "news", "--to", "a@example.org"], {
    ...settings,
    SMTP_URL: "smtp://127.0.0.1:1",
  });
  await refused(dead, /The mail server did not take it/, 3);
});

test("a text that is none, a field or a language that is none are refused with the reason, and nothing changes", async () => {
  const before = await good(cdb("export", "news"));
  const write = (name: string, text: string | Uint8Array, ...args: string[]) => {
    writeFileSync(file(name), text);
    return cdb("write", "news", "--language", "en", "--file", file(name), ...args);
  };
  await refused(cdb("write", "news", "--language", "en", "--file", file("none.md")), /There is no such file/);
  await refused(cdb("write", "news", "--language", "en", "--file", folder), /The file cannot be read/);
  await refused(write("big.md", "x".repeat(5_000_000)), /larger than a megabyte/);
  await refused(write("long.md", "x".repeat(200_000)), /A text has 100000 signs at most/);
  await refused(write("latin.md", Buffer.from("Grüße", "latin1")), /not UTF-8.*iconv/);
  await refused(write("nul.md", "a\0b"), /A text has/);
  await refused(write("empty.md", "\r\n \n"), /A text has/);
  await refused(cdb("write", "news", "--language", "en"), /A text has/);
  await refused(write("field.md", "Dear {nmae}"), /no field \{nmae\}; there are \{name\}/);
  await refused(write("loop.md", "{name|{name}}"), /A field is written/);
  await refused(write("link.md", "[here]({name})"), /The address of a link/);
  await refused(write("ok.md", "x", "--subject", "{name} {reference|}"), /A subject of fields alone/);
  await refused(write("ok.md", "x", "--subject", "a\nBcc: evil@example.org"), /A subject is one line/);
  await refused(
    cdb("write", "news", "--language", "xx", "--subject", "s", "--file", file("en.md")),
    /in this language/,
  );
  await refused(cdb("write", "news", "--language", "de", "--file", file("en.md")), /needs its --subject/, 2);
  await refused(cdb("write", "other", "--language", "en", "--file", file("en.md")), /cdb mailings list/);
  assert.equal(await good(cdb("export", "news")), before);
});

test("a mailing needs a purpose that permits mails, a name of its own, and a selector that can be read", async () => {
  await refused(cdb("create", "news", "--purpose", "newsletter"), /There is a mailing of this name/);
  await refused(cdb("create", "other"), /required option '--purpose/, 2);
  await refused(cdb("create", "other", "--purpose", "none"), /no such purpose/);
  await refused(cdb("create", "other", "--purpose", "donor-list"), /Nobody agreed to mails/);
  await refused(cdb("create", "12", "--purpose", "info"), /A name has small letters/);
  await refused(cdb("create", "other", "--purpose", "info", "--selector", "contry == 1"), /Did you mean country/);
  await refused(cdb("create", "other", "--purpose", "info", "--reply-to", "a@b, c@d"), /no email address/);
  await refused(cdb("change", "news"), /Say what to change/, 2);
  await refused(cdb("remove-text", "news", "--language", "de"), /no text in this language/);
  assert.match(await good(cdb("fields")), /\{donations\.last\.amount\} +what they gave last/);
});

test("nobody approves what they wrote, and nothing is sent before it is approved", async () => {
  await refused(cdb("schedule", "news"), /Only a mailing that is approved/);
  const { code, err } = await cdb("approve", "news", "--yes");
  assert.match(err, /^digest +[0-9a-f]{64}$/m);
  assert.match(err, /Somebody else has to approve/);
  assert.equal(code, 1);
  const asked = await cdb("approve", "news");
  assert.match(asked.err, /Type its name to approve it: .*Nothing is approved\.\n$/s);
  assert.equal(asked.code, 2);
  for (const [at, sentence, exit] of [
    ["tomorrow", /It must be a day and a time/, 2],
    ["2026-13-01T09:00", /It must be a day and a time/, 2],
  ] as const)
    await refused(cdb("schedule", "news", "--at", at), sentence, exit);
  await refused(cdb("schedule", "news", "--at", "2020-01-01T09:00"), /This moment has passed/);
  await refused(cdb("unknown", "news"), /Say --send-again, or --accept/, 2);
  await refused(cdb("unknown", "news", "--accept"), /nobody of whom it is unknown/);
  for (const verb of ["pause", "resume", "stop"]) assert.equal((await cdb(verb, "news")).code, 1);
});

test("however many get it, all are listed, page by page, once each and without a name or an address", async () => {
  await good(cdb("create", "large", "--purpose", "newsletter"));
  await database.pool.query(
    `with made as (insert into person (name, email, language, registration, registered_at, confirmed_at)
        select 'Reader', 'reader' || n || '@example.net', 'en', 'confirmed', now(), now() from generate_series(1, 4500) n returning id),
      agreed as (insert into consent (person_id, purpose, fact, wording, wording_language, wording_version, wording_hash, channel, actor, at)
        select id, 'newsletter', 'granted', 'w', 'en', 1, 'h', '/', 'test', now() from made returning id, person_id),
      link as (insert into signed_link (person_id, command, details, made_at, expires_at)
        select id, 'unsubscribe', '{}', now(), now() from made returning id, person_id)
    insert into mailing_recipient (mailing_id, person_id, position, consent_id, link_id, language, domain, state)
      select mailing.id, agreed.person_id, agreed.person_id, agreed.id, link.id, 'en', 'example.net',
        case when agreed.person_id % 2 = 0 then 'accepted' else 'refused' end
      from agreed join link using (person_id), mailing where mailing.name = 'large'`,
  );
  const csv = await good(cdb("recipients", "large", "--csv"));
  const [header = "", ...lines] = csv.trimEnd().split("\r\n");
  assert.equal(header, "person,consent,language,domain,state,reason,attempts,handedOverAt,settledAt");
  assert.deepEqual([lines.length, new Set(lines.map((line) => line.split(",")[0])).size], [4_500, 4_500]);
  assert.doesNotMatch(csv, /@|Reader/);
  const { recipients } = JSON.parse(await good(cdb("recipients", "large", "--json")));
  assert.equal(recipients.length, 4_500);
  const refusals = await good(cdb("recipients", "large", "--state", "refused"));
  assert.equal(refusals.trimEnd().split("\n").length, 2_251);
  await refused(cdb("recipients", "large", "--json", "--csv"), /not for both/, 2);
  assert.deepEqual(JSON.parse(await good(cdb("recipients", "news", "--json"))), { recipients: [] });
  await database.pool.query("update mailing set state = 'sent', began_at = now() where name = 'large'");
  const read = await good(cdb("explain", "large", "reader8@example.net"));
  assert.match(read, /^Reader: (accepted|refused), in en, by the consent \d+\.$/m);
  assert.match(await good(cdb("explain", "large", "ada@example.org")), /^Ada was not among those who get it when/m);
});
