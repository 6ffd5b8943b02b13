// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshDatabase } from "../../test/database.ts";
import { front, makePerson } from "../../test/make.ts";
import { followLink } from "../links/follow-link.ts";
import { SignedLink } from "../links/signed-link.ts";
import { removeSecondaryEmail, requestEmailChange, type Which } from "./email-change.ts";
import { findByEmail } from "./find-people.ts";
import { Person } from "./person.ts";

const { database } = await freshDatabase();
const secret = "a secret for links in tests";

async function ask(personId: number, email: string, which?: Which): Promise<void> {
  await database.transaction(front, async (work) =>
    requestEmailChange(work, await work.get(Person, personId), email, which),
  );
}

async function newestMail(recipient: string): Promise<{ mail: string; token: string } | undefined> {
  const { rows } = await database.pool.query(
    "select mail, link_id from message where recipient = $1 order by id desc limit 1",
    [recipient],
  );
  if (!rows[0]) return undefined;
  const linkId = rows[0].link_id;
  const token = linkId
    ? await database.read(front, async (work) => (await work.get(SignedLink, linkId)).token(secret))
    : "";
  return { mail: rows[0].mail, token };
}

const follow = (token = "") =>
  database.transaction(front, (work) => followLink(work, token, secret, { shownUntil: 0 }));
const emailOf = (personId: number) => database.read(front, async (work) => (await work.get(Person, personId)).email);
const person = (email: string) => database.transaction(front, (work) => makePerson(work, { email }));

test("a new address counts once it is confirmed there, and the old one is told", async () => {
  const { id } = await person("old@example.org");
  await ask(id, "new@example.org");
  assert.equal(await emailOf(id), "old@example.org");
  const mail = await newestMail("new@example.org");
  assert.equal(mail?.mail, "confirm-email-change");
  await follow(mail?.token);
  assert.equal(await emailOf(id), "new@example.org");
  assert.equal((await newestMail("old@example.org"))?.mail, "email-changed");
});

test("the old address can take the change back, which ends every session", async () => {
  const { id } = await person("victim@example.org");
  await ask(id, "thief@example.org");
  await follow((await newestMail("thief@example.org"))?.token);
  await follow((await newestMail("victim@example.org"))?.token);
  const restored = await database.read(front, (work) => work.get(Person, id));
  assert.equal(restored.email, "victim@example.org");
  assert.ok(restored.signedOutAt);
});

test("an address that somebody has is told by mail, and nothing changes", async () => {
  const { id } = await person("asks@example.org");
  await person("taken@example.org");
  await ask(id, "TAKEN@example.org");
  assert.equal((await newestMail("TAKEN@example.org"))?.mail, "email-change-taken");
  assert.equal(await emailOf(id), "asks@example.org");
});

test("an address that somebody took meanwhile is refused when it is confirmed", async () => {
  const { id } = await person("slow@example.org");
  await ask(id, "wanted@example.org");
  const mail = await newestMail("wanted@example.org");
  await person("wanted@example.org");
  await assert.rejects(follow(mail?.token), { code: "email-address-taken" });
  assert.equal(await emailOf(id), "slow@example.org");
});

test("of two changes asked for, the second is outdated once the first is confirmed", async () => {
  const { id } = await person("twice@example.org");
  await ask(id, "first@example.org");
  await ask(id, "second@example.org");
  await follow((await newestMail("first@example.org"))?.token);
  await assert.rejects(follow((await newestMail("second@example.org"))?.token), { code: "email-change-outdated" });
  assert.ok(await database.read(front, (work) => findByEmail(work, "first@example.org")));
});

test("a second address counts once it is confirmed there; the first is told, and both find the person", async () => {
  const { id } = await person("both@example.org");
  await ask(id, "second-of-both@example.org", "secondary");
  assert.equal((await newestMail("second-of-both@example.org"))?.mail, "confirm-secondary-email");
  assert.equal(await database.read(front, (work) => findByEmail(work, "second-of-both@example.org")), undefined);
  await follow((await newestMail("second-of-both@example.org"))?.token);
  assert.equal((await newestMail("both@example.org"))?.mail, "secondary-email-added");
  assert.equal((await database.read(front, (work) => findByEmail(work, "Second-Of-Both@example.org")))?.id, id);
  assert.equal(await emailOf(id), "both@example.org");
});

test("nobody registers under somebody's second address, or takes it as theirs", async () => {
  const { id } = await person("holder@example.org");
  await ask(id, "held@example.org", "secondary");
  const mail = await newestMail("held@example.org");
  await follow(mail?.token);
  assert.equal((await person("held@example.org")).id, id);
  const other = await person("wants-it@example.org");
  await ask(other.id, "held@example.org", "secondary");
  assert.equal((await newestMail("held@example.org"))?.mail, "email-change-taken");
});

test("the second address made the first keeps the other as the second, and can be removed", async () => {
  const { id } = await person("one@example.org");
  await ask(id, "two@example.org", "secondary");
  await follow((await newestMail("two@example.org"))?.token);
  await ask(id, "two@example.org");
  await follow((await newestMail("two@example.org"))?.token);
  const swapped = await database.read(front, (work) => work.get(Person, id));
  assert.deepEqual([swapped.email, swapped.secondaryEmail], ["two@example.org", "one@example.org"]);
  await database.transaction(front, async (work) => removeSecondaryEmail(work, await work.get(Person, id)));
  assert.equal(await database.read(front, (work) => findByEmail(work, "one@example.org")), undefined);
});

test("only the letters' case may change, too", async () => {
  const { id } = await person("case@example.org");
  await ask(id, "Case@Example.org");
  await follow((await newestMail("Case@Example.org"))?.token);
  assert.equal(await emailOf(id), "Case@Example.org");
});
