// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// An address that fell silent: which mails go there still, and the ways back.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { startSmtpSink } from "@cdb/dev/smtp-sink.ts";
import { sendMessage } from "../../mail/send-message.ts";
import { openSmtp } from "../../mail/smtp.ts";
import { openTemplates } from "../../mail/templates.ts";
import { freshDatabase, organisation } from "../../test/database.ts";
import { administrator, makePerson } from "../../test/make.ts";
import { sentMailing } from "../../test/sent-mailing.ts";
import type { Work } from "../database.ts";
import { followLink } from "../links/follow-link.ts";
import { SignedLink } from "../links/signed-link.ts";
import { Person } from "../people/person.ts";
import { silentAddressesOf } from "./address-trouble.ts";
import { registerBounce } from "./bounce.ts";
import { checkAddress } from "./bounce-mails.ts";
import { findMessage, queueMessage } from "./message.ts";
import { handOver } from "./recipients.ts";

const secret = "a secret of the tests";
const { database } = await freshDatabase();
const change = <T>(verb: (work: Work) => Promise<T>) => database.transaction(administrator, verb);
const said = { kind: "hard", status: "5.1.1", reason: "user-unknown", originalId: "", recipient: "" } as const;

async function silentPerson(secondaryEmail: string | null = null): Promise<Person> {
  const { person, mailingId } = await change(async (work) => {
    const person = Object.assign(await makePerson(work), { secondaryEmail });
    await work.write();
    return { person, mailingId: await sentMailing(work, person) };
  });
  const whose = { kind: "mailing", mailingId, personId: person.id } as const;
  for (let day = 0; day < 5; day += 1) {
    await change((work) => registerBounce(work, { ...said, key: randomUUID(), whose }));
    await database.pool.query("update address_trouble set counted_on = counted_on - 1 where person_id = $1", [
      person.id,
    ]);
  }
  return person;
}

const load = (id: number) => database.read(administrator, (work) => work.get(Person, id));
const silentOf = (id: number) =>
  database.read(administrator, async (work) => silentAddressesOf(work, await work.get(Person, id)));

/** Follows the link of the newest mail of this kind. */
async function follow(person: Person, mail: string): Promise<void> {
  const { rows } = await database.pool.query(
    "select link_id from message where person_id = $1 and mail = $2 order by id desc limit 1",
    [person.id, mail],
  );
  const token = await database.read(administrator, async (work) =>
    (await work.get(SignedLink, rows[0].link_id)).token(secret),
  );
  await change((work) => followLink(work, token, secret, { shownUntil: 0 }));
}

test("a mail that nobody asked for is not sent, and says why; the one that checks the address is", async () => {
  const sink = await startSmtpSink();
  const smtp = openSmtp(sink.url, 1);
  const office = {
    database,
    smtp,
    organisation,
    templates: openTemplates(),
    frontUrl: "https://x.example",
    linkSecret: secret,
  };
  const person = await silentPerson();
  const [thanks, asked] = await change(async (work) => {
    const mine = await work.get(Person, person.id);
    const thanks = await queueMessage(work, { mail: "thank-you", person: mine, fields: {} });
    await checkAddress(work, mine, "primary");
    return [thanks.id, thanks.id + 1];
  });
  for (const id of [thanks, asked]) assert.equal(await sendMessage(office, id), true);
  smtp.close();
  await sink.stop();
  const outcomes = await change(async (work) => [await findMessage(work, thanks), await findMessage(work, asked)]);
  assert.deepEqual(
    outcomes.map((it) => [it?.mail, it?.state, it?.reason]),
    [
      ["thank-you", "refused", "address-dead"],
      ["check-address", "accepted", null],
    ],
  );
});

test("who falls silent while a mailing is under way is left out of it", async () => {
  const person = await silentPerson();
  const left = await change(async (work) => {
    const mailingId = await sentMailing(work, await work.get(Person, person.id));
    await work.rows("update mailing set state = 'sending' where id = $1", [mailingId]);
    await work.rows("update mailing_recipient set state = 'waiting', handed_over_at = null where mailing_id = $1", [
      mailingId,
    ]);
    assert.deepEqual(await handOver(work, { id: mailingId, purpose: "newsletter" }, [person.id], []), []);
    return work.rows("select state, reason from mailing_recipient where mailing_id = $1", [mailingId]);
  });
  assert.deepEqual(left, [{ state: "left-out", reason: "address-dead" }]);
});

test("who says that it works again gets one mail an hour; its link makes it so", async () => {
  const person = await silentPerson();
  for (let times = 0; times < 3; times += 1)
    await change(async (work) => checkAddress(work, await work.get(Person, person.id), "primary"));
  const { rows } = await database.pool.query("select 1 from message where person_id = $1 and mail = 'check-address'", [
    person.id,
  ]);
  assert.equal(rows.length, 1);
  assert.deepEqual(await silentOf(person.id), [person.email]);
  await follow(person, "check-address");
  assert.deepEqual(await silentOf(person.id), []);
});

test("the question at the second address makes it the first, and mails go there from now on", async () => {
  const second = `${randomUUID()}@example.org`;
  const person = await silentPerson(second);
  await follow(person, "address-silent");
  const { email, secondaryEmail } = await load(person.id);
  assert.deepEqual([email, secondaryEmail], [second, person.email]);
  assert.deepEqual(await silentOf(person.id), [person.email]);
});

test("who has no second address is not asked to give one by mail", async () => {
  const person = await silentPerson();
  await change(async (work) => checkAddress(work, await work.get(Person, person.id), "secondary"));
  const { rows } = await database.pool.query("select mail from message where person_id = $1", [person.id]);
  assert.deepEqual(rows, []);
});
