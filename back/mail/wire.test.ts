// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What mail programs and servers find in our mails: headers, envelope, signature.
import assert from "node:assert/strict";
import { createHash, createVerify, generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { startSmtpSink } from "@cdb/dev/smtp-sink.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { Message } from "../data/mailings/message.ts";
import { organisation as example } from "../test/database.ts";
import { dkimRecord, readDkim } from "./dkim.ts";
import { readForm } from "./mailing-form.ts";
import { layOut } from "./mailing-mail.ts";
import { render } from "./render.ts";
import { openSmtp } from "./smtp.ts";
import { openTemplates } from "./templates.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dkim-"));
const keyFile = path.join(folder, "key.pem");
const pemOf = (modulusLength: number) => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength });
  return String(privateKey.export({ type: "pkcs8", format: "pem" }));
};
writeFileSync(keyFile, pemOf(2_048));
const settings = { MAIL_DKIM_DOMAIN: "example.org", MAIL_DKIM_SELECTOR: "cdb2026", MAIL_DKIM_KEY_FILE: keyFile };
const dkim = readDkim(settings);
assert.ok(dkim);
const sink = await startSmtpSink();
const smtp = openSmtp(sink.url, 1, dkim);
after(async () => {
  smtp.close();
  await sink.stop();
  rmSync(folder, { recursive: true });
});

const organisation = { ...example, mail: { ...example.mail, bounces: "bounces@example.org" } };
const desk = { organisation, frontUrl: "https://my.example.org", linkSecret: "a secret of the tests" };
const addressee = {
  ...{ personId: 7, email: "ada@example.net", language: "de", domain: "example.net", attempts: 1, consentId: 3 },
  consentedAt: Temporal.Instant.from("2026-01-02T03:04:05Z"),
  link: { id: randomUUID(), expiresAt: "2036-01-01T00:00:00Z" },
  fields: { name: "Åda\r\nBcc: all@example.org" },
};
const newsletter = () => {
  const form = readForm(
    {
      language: "de",
      subject: "Für {name}",
      body: "Hallo {name},\n\n.ein Punkt am Anfang  \nund *mehr*",
    },
    organisation,
  );
  return layOut(desk, { id: 12, purpose: "newsletter", replyTo: "" }, form).compose(addressee);
};
const thankYou = () => {
  const known = { id: 5, mail: "thank-you", recipient: "ada@example.net", language: "en", secrets: null };
  const fields = { name: "Ada", amount: "€25.00", day: "2 January 2026", reference: "EX1" };
  const message = Object.assign(new Message(), { ...known, fields, queuedAt: Temporal.Now.instant() });
  return render({ ...desk, templates: openTemplates() }, message, null).mail;
};

/** The mail as the next server gets it. */
async function sent(
  mail: Parameters<typeof smtp.send>[0],
): Promise<{ head: string; body: string; values(name: string): string[] }> {
  let raw = "";
  sink.see = (text) => {
    raw = text;
  };
  assert.deepEqual(await smtp.send(mail), { outcome: "accepted" });
  const at = raw.indexOf("\r\n\r\n");
  const [head, body] = [raw.slice(0, at), `${raw.slice(at + 4).replace(/^\.\./gm, ".")}\r\n`];
  const lines = head.split(/\r\n(?![ \t])/);
  const values = (name: string) =>
    lines
      .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
      .map((line) =>
        line
          .slice(name.length + 1)
          .replace(/\s+/g, " ")
          .trim(),
      );
  return { head, body, values };
}

// RFC 6376 section 3.4, written here once more, so that nothing of the library that signs checks itself.
const relaxedHeader = (line: string) => {
  const at = line.indexOf(":");
  return `${line.slice(0, at).toLowerCase().trim()}:${line
    .slice(at + 1)
    .replace(/\r\n/g, "")
    .replace(/[ \t]+/g, " ")
    .trim()}`;
};
const relaxedBody = (body: string) =>
  body
    .replace(/[ \t]+/g, " ")
    .replace(/ \r\n/g, "\r\n")
    .replace(/(\r\n)*$/, "\r\n");

function verify({ head, body }: { head: string; body: string }): { ok: boolean; covered: string[] } {
  const lines = head.split(/\r\n(?![ \t])/);
  const signature = lines.find((line) => /^dkim-signature:/i.test(line)) ?? "";
  const tags = new Map(
    signature
      .slice(15)
      .split(";")
      .map((tag) => [tag.split("=", 1)[0]?.trim(), tag.slice(tag.indexOf("=") + 1).replace(/\s+/g, "")]),
  );
  assert.equal(createHash("sha256").update(relaxedBody(body), "latin1").digest("base64"), tags.get("bh"), "the body");
  const covered = (tags.get("h") ?? "").split(":").map((name) => name.toLowerCase());
  const rest = [...lines];
  const signed = covered.flatMap((name) => {
    const at = rest.findLastIndex((line) => line.toLowerCase().startsWith(`${name}:`));
    return at < 0 ? [] : rest.splice(at, 1).map(relaxedHeader);
  });
  const text = [...signed, relaxedHeader(signature.replace(/(\bb=)[\s\S]*$/, "$1"))].join("\r\n");
  const record = /p=(.*)/.exec(dkimRecord(dkim as NonNullable<typeof dkim>))?.[1] ?? "";
  const key = { key: Buffer.from(record, "base64"), format: "der", type: "spki" } as const;
  const ok = createVerify("sha256")
    .update(text, "latin1")
    .verify(key, tags.get("b") ?? "", "base64");
  return { ok, covered };
}

test("a newsletter has each header that mail programs act on once, and comes back to an address of its own", async () => {
  const { head, values } = await sent(newsletter());
  const [unsubscribe = "", ...more] = values("List-Unsubscribe");
  assert.deepEqual(more, []);
  assert.match(unsubscribe, /^<https:\/\/my\.example\.org\/command\/unsubscribe\?link=[\w.-]+>$/);
  assert.deepEqual(values("List-Unsubscribe-Post"), ["List-Unsubscribe=One-Click"]);
  assert.match(values("List-Id").join(), /^newsletter <newsletter\.my\.example\.org>$/);
  assert.deepEqual(values("Precedence"), ["bulk"]);
  assert.deepEqual([values("Auto-Submitted"), values("Bcc")], [[], []]);
  for (const once of ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version"])
    assert.equal(values(once).length, 1, once);
  assert.match(sink.taken.at(-1)?.from ?? "", /^bounces\+m12-7-[0-9a-f]{20}@example\.org$/);
  assert.ok(head.split("\r\n").every((line) => line.length < 998 && /^[\x20-\x7e\t]*$/.test(line)));
});

test("a mail to one person says that a program wrote it, is no bulk, and comes back to an address of its own, too", async () => {
  const { values } = await sent(thankYou());
  assert.deepEqual(values("Auto-Submitted"), ["auto-generated"]);
  for (const none of ["Precedence", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"])
    assert.deepEqual(values(none), [], none);
  assert.match(sink.taken.at(-1)?.from ?? "", /^bounces\+t5-[0-9a-f]{20}@example\.org$/);
});

test("the signature is that of the key in DNS, and covers what RFC 8058 wants covered", async () => {
  for (const mail of [newsletter(), thankYou()]) {
    const { ok, covered } = verify(await sent(mail));
    assert.equal(ok, true);
    for (const name of ["from", "to", "subject", "date", "message-id"]) assert.ok(covered.includes(name), name);
  }
  const { covered } = verify(await sent(newsletter()));
  for (const name of ["list-unsubscribe", "list-unsubscribe-post", "list-id"]) assert.ok(covered.includes(name), name);
});

test("a mail that somebody changed on its way has no valid signature any more", async () => {
  const mail = await sent(newsletter());
  assert.equal(verify({ ...mail, head: mail.head.replace("link=", "link=x") }).ok, false);
  assert.throws(() => verify({ ...mail, body: mail.body.replace("Hallo", "Tach") }), /the body/);
});

test("settings for signing go together, and a key that cannot sign is refused at the start, unquoted", () => {
  assert.equal(readDkim({}), undefined);
  assert.throws(() => readDkim({ MAIL_DKIM_DOMAIN: "example.org" }), /belong together/);
  const broken = { ...settings, MAIL_DKIM_KEY_FILE: path.join(folder, "broken.pem") };
  assert.throws(() => readDkim(broken), /cannot be read \(ENOENT\)/);
  const { privateKey } = generateKeyPairSync("ed25519");
  for (const text of ["a secret", pemOf(768), String(privateKey.export({ type: "pkcs8", format: "pem" }))]) {
    writeFileSync(broken.MAIL_DKIM_KEY_FILE, text);
    assert.throws(
      () => readDkim(broken),
      (error: Error) => /must be a/.test(error.message) && !error.message.includes("secret"),
    );
  }
});
