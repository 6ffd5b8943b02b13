// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { startInbox } from "@cdb/dev/inbox.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import type { MailName } from "../data/mailings/mails.ts";
import { Message } from "../data/mailings/message.ts";
import { asciiAddress } from "../data/people/email-spelling.ts";
import { internationalAddresses, names, naughtyStrings, oddTexts, usableAddresses } from "../test/corpora.ts";
import { organisation } from "../test/database.ts";
import { render } from "./render.ts";
import { openSmtp } from "./smtp.ts";
import { openTemplates } from "./templates.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cdb-smtp-"));
const inbox = await startInbox({ smtpPort: 0, httpPort: 0, folder });
const smtp = openSmtp(inbox.smtpUrl);
const letterhead = {
  organisation,
  frontUrl: "http://front.example.org",
  templates: openTemplates(),
  linkSecret: "secret",
};
let count = 0;

after(async () => {
  smtp.close();
  await inbox.stop();
  rmSync(folder, { recursive: true });
});

function aMail(recipient: string, mail: MailName, fields: Record<string, string>) {
  count += 1;
  const message = Object.assign(new Message(), { id: count, mail, recipient, language: "en", fields, secrets: null });
  return render(letterhead, Object.assign(message, { queuedAt: Temporal.Now.instant() }), null).mail;
}

test("a mail reaches every address that is taken, letter for letter, its domain as DNS has it", async () => {
  const addresses = { ...internationalAddresses };
  // The inbox takes one letter less than RFC 5321 has it.
  for (const address of Object.keys(usableAddresses)) if (address.length < 254) addresses[address] = address;
  for (const [given, expected] of Object.entries(addresses)) {
    assert.deepEqual(
      await smtp.send(aMail(given, "registered-already", { name: "Ada" })),
      { outcome: "accepted" },
      given,
    );
    const [newest] = inbox.messages();
    // The inbox reads the domain again; on the wire and in the header it is as DNS has it.
    assert.equal(asciiAddress(newest?.to ?? "").split("@")[0], expected.split("@")[0], given);
    assert.equal(newest?.headers.to?.toLowerCase(), expected.toLowerCase(), given);
  }
});

test("whatever somebody is called, it stands in their mail as text, and adds no header, no link and no recipient", async () => {
  const texts = [...names, ...oddTexts.filter((text) => text.length < 20_000), ...naughtyStrings];
  const plain = await sent("Ada");
  for (const name of texts) {
    const mail = await sent(name);
    assert.deepEqual(Object.keys(mail.headers).sort(), Object.keys(plain.headers).sort(), JSON.stringify(name));
    assert.equal(mail.to, "ada@example.org");
    assert.doesNotMatch(
      mail.html,
      /<(script|img|iframe|svg|foo|a href="(?!http:\/\/front|https:\/\/example))/i,
      JSON.stringify(name),
    );
    const kept = name.toWellFormed().replace(/\p{Cc}+/gu, " ");
    assert.ok(mail.text.replace(/\s+/g, " ").includes(kept.replace(/\s+/g, " ").trim()), JSON.stringify(name));
  }
});

async function sent(name: string) {
  const mail = aMail("ada@example.org", "registered-already", { name });
  assert.deepEqual(await smtp.send(mail), { outcome: "accepted" }, JSON.stringify(name));
  const [newest] = inbox.messages();
  assert.ok(newest);
  return newest;
}
