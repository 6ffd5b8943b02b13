// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "@cdb/api/client.ts";
import { startDirectory } from "@cdb/dev/directory/server.ts";
import { startInbox } from "@cdb/dev/inbox.ts";
import { until } from "@cdb/dev/until.ts";
import { openDirectory } from "@cdb/directory/directory.ts";
import { openLog } from "@cdb/runtime/log.ts";
import { openAccount } from "../data/accounts/account.ts";
import { queueLoginLink } from "../data/accounts/login-link.ts";
import type { Work } from "../data/database.ts";
import { endPledge, pausePledge, resumePledge } from "../data/donations/change-pledge.ts";
import { Pledge } from "../data/donations/pledge.ts";
import { Message } from "../data/mailings/message.ts";
import { registerPayment } from "../data/payments/register-payment.ts";
import { changePerson } from "../data/people/change-person.ts";
import { erase } from "../data/people/erasure.ts";
import { Person } from "../data/people/person.ts";
import { register } from "../data/people/registration.ts";
import { sendMessage } from "../mail/send-message.ts";
import { openSmtp } from "../mail/smtp.ts";
import { openTemplates } from "../mail/templates.ts";
import { freshDatabase, organisation } from "../test/database.ts";
import { administrator, aNotice, aRegistration, front, makeAPledge, makePerson } from "../test/make.ts";
import { openWorker } from "./open-worker.ts";

const { database, url } = await freshDatabase();
const folder = mkdtempSync(path.join(tmpdir(), "cdb-worker-"));
const inbox = await startInbox({ smtpPort: 0, httpPort: 0, folder });
const smtp = openSmtp(inbox.smtpUrl);
const linkSecret = "a secret for links in tests";
const office = {
  database,
  smtp,
  organisation,
  templates: openTemplates(),
  frontUrl: "https://my.example.org",
  linkSecret,
};
const ldap = await startDirectory({ file: path.join(folder, "directory.json") });
const directory = openDirectory(ldap);
/** What auth was asked; it does not answer the first time. */
const endings: { uuid: string; forget?: boolean | undefined }[] = [];
let authAnswers = false;
const auth: Client = {
  call: async (_operation, input) => {
    if (!authAnswers) {
      authAnswers = true;
      throw new Error("auth is away");
    }
    endings.push((input as { body: (typeof endings)[number] }).body);
    return undefined as never;
  },
};
const worker = await openWorker(url, office, directory, { renewals: {}, listers: {}, auth }, openLog("test", "silent"));
after(async () => {
  await worker.stop();
  smtp.close();
  directory.close();
  await ldap.stop();
  await inbox.stop();
  rmSync(folder, { recursive: true });
});

const message = (recipient: string, mail = "%") =>
  database.pool
    .query("select * from message where recipient = $1 and mail like $2 order by id desc limit 1", [recipient, mail])
    .then(({ rows }) => rows[0]);

async function untilState(recipient: string, state: string): Promise<ReturnType<typeof message>> {
  for (let tries = 0; tries < 400; tries += 1) {
    const found = await message(recipient);
    if (found?.state === state) return found;
    await pause(50);
  }
  throw new Error(`no mail to ${recipient} became ${state}: ${JSON.stringify(await message(recipient))}`);
}

test("a mail goes out in the person's language, as text and HTML, and its link is nowhere kept", async () => {
  await database.transaction(front, (work) =>
    register(work, aRegistration({ email: "greta@example.org", language: "de" })),
  );
  const mail = await inbox.waitFor("greta@example.org");
  assert.match(mail.subject, /^Bitte bestätigen: Example Foundation$/);
  assert.match(mail.text, /https:\/\/my\.example\.org\/command\/confirm\?link=[0-9a-f-]{36}\.[\w-]{43}/);
  assert.match(mail.html ?? "", /<a href="https:&#47;|<a href="https:\/\//);
  assert.equal(mail.headers["auto-submitted"], "auto-generated");
  const kept = await untilState("greta@example.org", "accepted");
  assert.match(kept.body, /…/);
  assert.doesNotMatch(JSON.stringify(kept), /command\/confirm\?link=/);
  assert.match(kept.message_id, /^<cdb-\d+-\w+@example\.org>$/);
});

const aLink = {
  identifier: "lena@example.org",
  uuid: null,
  link: "https://id.example.org/sign-in/link?token=SECRETTOKEN",
  code: "K7PQ2M9X",
  browser: "Firefox",
  service: "the site",
  language: "en",
};

test("the secrets of a sign-in link are gone from the database once it is sent", async () => {
  const person = await database.transaction(front, (work) => makePerson(work, { email: "lena@example.org" }));
  await database.transaction(front, (work) => queueLoginLink(work, { ...aLink, uuid: person.uuid }));
  const mail = await inbox.waitFor("lena@example.org");
  assert.ok(mail.text.includes("SECRETTOKEN") && mail.text.includes("K7PQ2M9X"));
  const kept = await untilState("lena@example.org", "accepted");
  assert.equal(kept.secrets, null);
  assert.doesNotMatch(JSON.stringify(kept), /SECRETTOKEN|K7PQ2M9X/);
});

test("how to pay comes with the code to scan", async () => {
  await database.transaction(front, async (work) =>
    makeAPledge(work, await makePerson(work, { email: "pay@example.org" })),
  );
  const mail = await inbox.waitFor("pay@example.org");
  assert.match(mail.text, /DE02 1203 0000 0000 2020 51/);
  assert.match(mail.html ?? "", /<img /);
});

test("what people type never makes a header or live HTML", async () => {
  const person = await database.transaction(front, (work) =>
    makePerson(work, { email: "eve@example.org", name: "<script>alert(1)</script> {link} Bcc" }),
  );
  await database.pool.query("update person set name = name || E'\\r\\nBcc: victim@example.org' where id = $1", [
    person.id,
  ]);
  await database.transaction(front, async (work) =>
    makeAPledge(work, (await work.get((await import("../data/people/person.ts")).Person, person.id)) as Person),
  );
  const mail = await inbox.waitFor("eve@example.org");
  assert.doesNotMatch(mail.html ?? "", /<script>/);
  assert.equal(mail.headers.bcc, undefined);
  assert.equal(inbox.messages("victim@example.org").length, 0);
});

test("while the mail server has trouble mails wait, and then go out once", async () => {
  inbox.refuse("temporary", /patient@/);
  await database.transaction(front, (work) => register(work, aRegistration({ email: "patient@example.org" })));
  while ((await message("patient@example.org")).reason === null) await pause(50);
  inbox.refuse(undefined);
  await inbox.waitFor("patient@example.org");
  const kept = await untilState("patient@example.org", "accepted");
  assert.ok(kept.attempts >= 2);
  assert.equal(inbox.messages("patient@example.org").length, 1);
});

test("a mail that is refused for good says so, without the address in the reason", async () => {
  inbox.refuse("permanent", /refused@/);
  await database.transaction(front, (work) => register(work, aRegistration({ email: "refused@example.org" })));
  const kept = await untilState("refused@example.org", "refused");
  assert.match(kept.reason, /^5\d\d/);
  assert.doesNotMatch(kept.reason, /@/);
  inbox.refuse(undefined);
});

test("a connection that breaks while the text is under way leaves the decision to a person, who can send again", async () => {
  inbox.refuse("drop", /dropped@/);
  await database.transaction(front, (work) => register(work, aRegistration({ email: "dropped@example.org" })));
  const kept = await untilState("dropped@example.org", "unknown");
  inbox.refuse(undefined);
  await database.transaction({ kind: "administrator", name: "test" }, async (work) =>
    (await work.get(Message, kept.id)).sendAgain(work),
  );
  await untilState("dropped@example.org", "accepted");
  assert.equal(inbox.messages("dropped@example.org").length, 1);
});

test("an organisation's own template takes the place of ours, and one with an unknown field is refused at the start", () => {
  const own = path.join(folder, "own");
  mkdirSync(own);
  writeFileSync(path.join(own, "thank-you.en.eml"), "Subject: Our own thanks\n\nHello {name}, {amount}!\n");
  assert.equal(openTemplates([own]).find("thank-you", "en").subject, "Our own thanks");
  writeFileSync(path.join(own, "thank-you.de.eml"), "Subject: x\n\n{password} { iban }\n");
  writeFileSync(path.join(own, "login-link.en.eml"), "Subject: x\n\nYour link\n");
  assert.throws(
    () => openTemplates([own]),
    /login-link\.en\.eml.*lacks \{loginLink\}, \{code\}.*thank-you\.de\.eml.*\{password\}, \{ iban \}/s,
  );
});

test("a mail that the person's erasure overtakes is not sent, and nothing of it comes back", async () => {
  inbox.refuse("temporary", /leaver@/);
  const person = await database.transaction(front, (work) =>
    register(work, aRegistration({ email: "leaver@example.org" })),
  );
  while ((await message("leaver@example.org")).attempts < 1) await pause(20);
  await database.transaction(front, async (work) =>
    erase(work, await work.get(Person, person.id), linkSecret, "silently"),
  );
  inbox.refuse(undefined);
  const underWay = () =>
    database.pool.query("select 1 from message where person_id = $1 and state = 'handed-over'", [person.id]);
  while ((await underWay()).rowCount) await pause(20);
  const { rows } = await database.pool.query(
    "select state, recipient, subject, body, fields from message where person_id = $1",
    [person.id],
  );
  assert.deepEqual(rows, [{ state: "refused", recipient: "", subject: null, body: null, fields: {} }]);
});

test("an address that mail programs would read as a list reaches nobody else", async () => {
  const identifiers = [
    "x1,victim@example.org",
    "x2;victim@example.org",
    "(x3)victim@example.org",
    "<victim@example.org>",
  ];
  for (const identifier of identifiers)
    await database.transaction(front, (work) => queueLoginLink(work, { ...aLink, identifier, uuid: null }));
  await database.pool
    .query(
      "insert into message (recipient, mail, language, fields, queued_at) values ('y,victim@example.org', 'address-unknown', 'en', '{}', now()) returning id",
    )
    .then(({ rows }) => sendMessage(office, rows[0].id));
  assert.equal(inbox.messages("victim@example.org").length, 0);
});

test("a mail that is under way is left alone by a second try, and one abandoned long ago is doubted", async () => {
  const { rows } = await database.pool.query(
    "insert into message (recipient, mail, language, fields, queued_at, state, handed_over_at) values ('busy@example.org', 'address-unknown', 'en', '{}', now(), 'handed-over', now()) returning id",
  );
  assert.equal(await sendMessage(office, rows[0].id), false);
  assert.equal((await message("busy@example.org")).state, "handed-over");
  await database.pool.query("update message set handed_over_at = now() - interval '4 minutes' where id = $1", [
    rows[0].id,
  ]);
  assert.equal(await sendMessage(office, rows[0].id), true);
  assert.equal((await message("busy@example.org")).state, "unknown");
});

async function untilEntry(
  username: string,
  is: (entry: Awaited<ReturnType<typeof directory.findEntry>>) => boolean,
): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (is(await directory.findEntry(username))) return;
    await pause(50);
  }
  throw new Error(`the entry of ${username} did not become as it should`);
}

test("an account appears in the directory, follows the person's name and address, keeps its password and groups, and goes with them", async () => {
  const { id } = await database.transaction(front, async (work) => {
    const person = await makePerson(work, { name: "Karl von Konto", email: "karl@example.org" });
    await openAccount(work, person, "karl");
    return person;
  });
  await untilEntry("karl", (entry) => entry?.mail === "karl@example.org" && entry.surname === "Konto");
  await directory.setPassword("karl", "a long enough password");
  await directory.writeEntry({
    username: "karl",
    displayName: "Karl",
    surname: "Konto",
    mail: "karl@example.org",
    groups: ["translators"],
  });
  await database.transaction(front, async (work) =>
    changePerson(work, await work.get(Person, id), { name: "Karla Konto" }),
  );
  await untilEntry("karl", (entry) => entry?.displayName === "Karla Konto");
  assert.deepEqual(await directory.groupsOf("karl"), ["translators"]);
  assert.equal((await directory.checkPassword("karl", "a long enough password")).outcome, "right");
  await database.transaction(front, async (work) => erase(work, await work.get(Person, id), linkSecret, "silently"));
  await untilEntry("karl", (entry) => entry === undefined);
});

test("who is in a group by a pledge leaves it with the pledge and comes back with it, and no comparison has to find it", async () => {
  const pledge = await database.transaction(front, async (work) => {
    const person = await makePerson(work, { email: "sophie@example.org" });
    const amount = { amount: 1_000, currency: "EUR" };
    const made = await makeAPledge(work, person, { amount, interval: "monthly" });
    const happenedAt = new Date().toISOString();
    await registerPayment(work, "hand", "sophie", aNotice({ amount, reference: made.reference, happenedAt }));
    await openAccount(work, person, "sophie");
    return made;
  });
  const isSupporter = (is: boolean) =>
    untilEntry("sophie", (entry) => entry !== undefined && entry.groups.includes("supporters") === is);
  const change = (verb: (work: Work, own: Pledge) => void) =>
    database.transaction(front, async (work) => verb(work, await work.get(Pledge, pledge.id, "lock")));
  await isSupporter(true);
  for (const leave of [pausePledge, endPledge, (work: Work, own: Pledge) => own.lapse(work)]) {
    await change(leave);
    await isSupporter(false);
    await change(resumePledge);
    await isSupporter(true);
  }
});

test("the night's work stands in the schedule, and what is over goes when it is due", async () => {
  const { rows } = await database.pool.query(
    "select cron, timezone from pgboss.schedule where name = 'apply-retention'",
  );
  assert.deepEqual(rows, [{ cron: "17 3 * * *", timezone: "Europe/Berlin" }]);
  const { id } = await database.transaction(front, (work) => makePerson(work));
  await database.pool.query("update person set registered_at = now() - interval '50 days' where id = $1", [id]);
  await database.transaction(front, async (work) => work.queue({ name: "apply-retention" }));
  const registration = () => database.pool.query("select registration from person where id = $1", [id]);
  while ((await registration()).rows[0].registration !== "erased") await pause(50);
});

test("whoever confirms and looks like somebody else waits for a person's decision, and everybody is looked at by night", async () => {
  const { rows } = await database.pool.query("select cron from pgboss.schedule where name = 'find-duplicates'");
  assert.deepEqual(rows, [{ cron: "47 3 * * *" }]);
  const postalAddress = { lines: ["Ilica 5"], postcode: "10000", city: "Zagreb", country: "HR" };
  const make = () =>
    database.transaction(front, async (work) => {
      const person = await makePerson(work, { name: "Marija Jurić Zagorka", postalAddress });
      person.confirm(work, "coordinator");
      return person.id;
    });
  const pair = [await make(), await make()];
  const noted = () => database.pool.query("select 1 from duplicate where person_id = $1 and other_id = $2", pair);
  while ((await noted()).rowCount === 0) await pause(50);
  await database.pool.query("delete from duplicate");
  await database.transaction(front, async (work) => work.queue({ name: "find-duplicates" }));
  while ((await noted()).rowCount === 0) await pause(50);
});

test("a worker that is killed again and again loses no mail, and doubts at most those it was sending", async () => {
  const fresh = await freshDatabase();
  const total = 150;
  await fresh.database.transaction(front, async (work) => {
    for (let n = 0; n < total; n += 1) await register(work, aRegistration({ email: `many${n}@example.net` }));
  });
  const environment = {
    ...process.env,
    DATABASE_URL: fresh.url,
    SMTP_URL: inbox.smtpUrl,
    LINK_SECRET: linkSecret,
    WORKER_HEALTH_PORT: "0",
    LOG_LEVEL: "fatal",
  };
  const states = async () =>
    Object.fromEntries(
      (await fresh.database.pool.query("select state, count(*)::int as n from message group by state")).rows.map(
        ({ state, n }) => [state, n],
      ),
    );
  let kills = 0;
  for (let done = 0; done < total; ) {
    const child = fork(path.join(import.meta.dirname, "..", "worker.ts"), {
      env: environment,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const exited = new Promise((resolve) => child.once("exit", resolve));
    await new Promise((resolve) => child.once("message", resolve));
    await pause(kills < 4 ? 20 + Math.random() * 120 : 2_500);
    child.kill(kills < 4 ? "SIGKILL" : "SIGTERM");
    await exited;
    kills += 1;
    // A job of a killed worker is taken again once its lease is over; tests do not wait for that.
    await fresh.database.pool.query(
      "update pgboss.job set state = 'retry', start_after = now() where state in ('active', 'retry', 'failed')",
    );
    await fresh.database.pool.query(
      "update message set handed_over_at = now() - interval '1 hour' where state = 'handed-over'",
    );
    const now = await states();
    done = (now.accepted ?? 0) + (now.unknown ?? 0);
    assert.ok(kills < 30, JSON.stringify(now));
  }
  const { accepted = 0, unknown = 0 } = await states();
  assert.equal(accepted + unknown, total);
  assert.ok(unknown <= 10 * 4, `${unknown} of unknown fate`);
  const received = new Map<string, number>();
  for (const mail of inbox.messages().filter((it) => JSON.stringify(it.to).includes("@example.net")))
    received.set(JSON.stringify(mail.to), (received.get(JSON.stringify(mail.to)) ?? 0) + 1);
  assert.deepEqual(
    [...received.values()].filter((count) => count !== 1),
    [],
  );
  assert.ok(received.size >= accepted);
});

test("whoever signs out everywhere, is blocked or erased is signed out at auth, though it was away", async () => {
  const uuids = await database.transaction(administrator, async (work) => {
    const [ada, bob, cleo] = [await makePerson(work), await makePerson(work), await makePerson(work)];
    ada.signOutEverywhere(work);
    bob.block(work, "a test");
    await erase(work, cleo, "a secret", "silently");
    return [ada.uuid, bob.uuid, cleo.uuid];
  });
  const theirs = () => endings.filter(({ uuid }) => uuids.includes(uuid));
  await until(async () => theirs().length === 3);
  assert.deepEqual(
    theirs()
      .map(({ uuid, forget }) => [uuid, forget])
      .sort(),
    uuids.map((uuid, at) => [uuid, at === 2]).sort(),
  );
});
