// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import { type MailName, mails } from "../data/mailings/mails.ts";
import { organisation } from "../test/database.ts";
import { exampleOf } from "./mail-examples.ts";
import { readReturnPath } from "./return-path.ts";
import { openTemplates } from "./templates.ts";

const templates = openTemplates();
const fsfe = readOrganisation(new URL("../../organisations/fsfe", import.meta.url).pathname);
const linkSecret = "a secret of tests";
const names = Object.keys(mails) as MailName[];

for (const name of names)
  test(`the mail ${name} says all that it has to, in every language and for every organisation`, () => {
    for (const profile of [organisation, fsfe])
      for (const language of ["en", "de"]) {
        const letterhead = { organisation: profile, templates, frontUrl: "https://my.example.org", linkSecret };
        const { mail, kept } = exampleOf(letterhead, name, language);
        assert.ok(mail.subject.trim() !== "" && mail.text.length > 80, `${language}: ${mail.subject}`);
        assert.doesNotMatch(`${mail.subject}${mail.text}`, /[{}]|undefined|\[object/);
        assert.doesNotMatch(
          mail.text,
          /[^\n]{90}\n\S/,
          "a paragraph is one line: its HTML would break where the line ends",
        );
        assert.equal(mail.text.includes("link=…"), mails[name].link, language);
        assert.ok(!kept.body.includes("link=…") && !kept.body.includes("ABCD-EFGH"), "secrets are not kept");
        assert.match(mail.html, new RegExp(`<html lang="${language}">`));
        assert.ok(mail.text.includes(profile.name), language);
      }
  });

test("a mail that does not arrive comes back to an address that tells which it was", () => {
  const letterhead = { organisation, templates, frontUrl: "https://my.example.org", linkSecret };
  const { mail } = exampleOf(letterhead, "thank-you", "en");
  assert.deepEqual(readReturnPath(mail.returnPath ?? "", linkSecret), { kind: "message", messageId: 0 });
  const { bounces: _, ...without } = organisation.mail;
  const elsewhere = { ...letterhead, organisation: { ...organisation, mail: without } };
  assert.equal(exampleOf(elsewhere, "thank-you", "en").mail.returnPath, undefined);
});
