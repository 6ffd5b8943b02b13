// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a mailing is made of for the wire, in pieces, reads as what is shown of it before.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { simpleParser } from "mailparser";
import { names, naughtyStrings, oddTexts } from "../test/corpora.ts";
import { organisation } from "../test/database.ts";
import { readForm } from "./mailing-form.ts";
import { layOut } from "./mailing-mail.ts";
import { composeMail } from "./mime.ts";

const desk = { organisation, frontUrl: "https://my.example.org", linkSecret: "a secret of the tests" };
const mailing = { id: 12, purpose: "newsletter", replyTo: "editors@example.org" };
const to = {
  ...{ personId: 7, email: "ada@example.net", language: "en", domain: "example.net", attempts: 1, consentId: 3 },
  consentedAt: Temporal.Instant.from("2026-01-02T23:30:00Z"),
  link: { id: randomUUID(), expiresAt: "2036-01-01T00:00:00Z" },
};
const laidOut = (body: string, subject = "News", language = "en") =>
  layOut(desk, mailing, readForm({ language, subject, body }, organisation));

async function read(raw: Buffer) {
  const mail = await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true });
  const [from, replyTo] = [mail.from?.text, mail.replyTo?.text];
  const recipients = [mail.to].flat().flatMap((some) => some?.value ?? []);
  const headers = [...mail.headerLines].map(({ line }) => line).filter((line) => !/^(date|content-type):/i.test(line));
  return { ...{ from, replyTo, recipients, subject: mail.subject, messageId: mail.messageId }, headers, mail };
}

const bodies = [
  "Dear {name},\n\nyou are {name|somebody}.{name}{name}\n\n{name}",
  "{name}",
  `{name} ${"a word ".repeat(60)}{name}\n.\n..{name}\n.{name}\nFrom {name}\n\n${"x".repeat(2_000)}{name}${"ä".repeat(200)}`,
  "Trailing \n\t\n=\n=3D{name} \n--=_of_a_mailing--\n\n{name}\t\n",
];

test("the pieces of a mailing come together as the library would have written them at once, whatever somebody is called", async () => {
  const called = ["", "Ada", ...names, ...naughtyStrings, ...oddTexts.filter((name) => name.length < 2_000)];
  for (const body of bodies) {
    const { mail, compose } = laidOut(body, "For {name|you}, {name}");
    for (const name of body === bodies[0] ? called : called.slice(0, 40)) {
      const reader = { ...to, fields: { name } };
      const whole = mail(reader);
      const [ours, theirs] = [await read(compose(reader).raw), await read(await composeMail(whole))];
      assert.equal(ours.mail.text, whole.text);
      assert.equal(ours.mail.html, whole.html);
      const sorted = ({ mail: _, headers, ...rest }: typeof ours) => ({ ...rest, headers: headers.toSorted() });
      assert.deepEqual(sorted(ours), sorted(theirs));
    }
  }
});

test("every line is short and plain, and the mail is the same for every try but for its hour", () => {
  const { compose } = laidOut(bodies.join("\n\n"), "For {name}", "de");
  const made = () => compose({ ...to, fields: { name: `Zoë ${"ß".repeat(300)}` } }).raw.toString("latin1");
  for (const line of made().split("\r\n")) assert.match(line, /^[\t\x20-\x7e]{0,200}$/);
  const timeless = (text: string) => text.replace(/^Date: .*$/m, "");
  assert.equal(timeless(made()), timeless(made()));
});

test("the footer says when they agreed, by the organisation's day, and links what withdraws it", () => {
  const { text, html, headers } = laidOut("Hello").mail({ ...to, fields: {} });
  assert.match(text, /because you agreed on 3 January 2026 to “Monthly newsletter”/);
  const [address = ""] = /https:\S+unsubscribe\S+/.exec(text) ?? [];
  assert.equal(headers?.["List-Unsubscribe"], `<${address}>`);
  assert.ok(html.includes(`<a href="${address}">Stop it with one click</a>`));
  assert.match(html, /<a href="https:\/\/my\.example\.org\/mailings\/[\w-]+\?language=en">Read it on the web<\/a>/);
});
