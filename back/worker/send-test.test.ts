// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type SmtpSink, startSmtpSink } from "@cdb/dev/smtp-sink.ts";
import { makeMailing } from "../data/mailings/mailing.ts";
import { saveText } from "../data/mailings/mailing-text.ts";
import { erase } from "../data/people/erasure.ts";
import { Person } from "../data/people/person.ts";
import { openSmtp } from "../mail/smtp.ts";
import { openTemplates } from "../mail/templates.ts";
import { freshDatabase, organisation } from "../test/database.ts";
import { administrator, makePerson } from "../test/make.ts";
import { sendTest } from "./send-test.ts";

const { database } = await freshDatabase();
const sink: SmtpSink = await startSmtpSink();
const smtp = openSmtp(sink.url, 1);
const office = {
  ...{ database, smtp, organisation, templates: openTemplates(), linkSecret: "a secret of tests" },
  frontUrl: "https://my.example.org",
};

after(async () => {
  smtp.close();
  await sink.stop();
});

test("a test reaches whoever asked for it and nobody else, is tried again, and not sent to who has left", async () => {
  const task = await database.transaction(administrator, async (work) => {
    const person = await makePerson(work, { email: "wanda@example.org" });
    const mailing = await makeMailing(work, {
      ...{ name: "news", purpose: "newsletter", selector: "", replyTo: "", public: false },
    });
    await saveText(work, mailing, { language: "en", subject: "News", body: "Hello" });
    return { mailingId: mailing.id, personId: person.id, language: "en" };
  });
  sink.answerTo = () => "451 4.3.0 later";
  assert.equal(await sendTest(office, task), false);
  sink.answerTo = () => undefined;
  assert.equal(await sendTest(office, task), true);
  assert.deepEqual(
    sink.taken.map(({ from, to }) => [from, to]),
    [[organisation.mail.from, "wanda@example.org"]],
  );
  assert.match(sink.taken[0]?.messageId ?? "", /^<cdb-test-/);
  await database.transaction(administrator, async (work) =>
    erase(work, await work.get(Person, task.personId, "lock"), "secret"),
  );
  assert.equal(await sendTest(office, task), true);
  assert.equal(sink.taken.length, 1);
});
