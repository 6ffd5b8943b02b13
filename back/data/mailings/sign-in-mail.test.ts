// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { freshDatabase } from "../../test/database.ts";
import { administrator, front, makePerson } from "../../test/make.ts";
import { queueLoginLink } from "../accounts/login-link.ts";
import { recordSignInEvent } from "../accounts/sign-in-event.ts";
import type { Work } from "../database.ts";
import { confirmSecondaryEmail, removeSecondaryEmail, requestEmailChange } from "../people/email-change.ts";
import { requestErasure } from "../people/erasure.ts";
import { mergePeople } from "../people/merge-people.ts";
import { Person } from "../people/person.ts";
import { forgive, troubleOf } from "./address-trouble.ts";

const { database } = await freshDatabase();
const change = <T>(verb: (work: Work) => Promise<T>) => database.transaction(administrator, verb);

interface Reader {
  id: number;
  first: string;
  second: string;
}

function reader(): Promise<Reader> {
  return database.transaction(front, async (work) => {
    const person = await makePerson(work);
    person.confirm(work, "link");
    const [first, second] = [person.email ?? "", `${randomUUID()}@example.net`];
    await confirmSecondaryEmail(work, person, { oldEmail: first, newEmail: second });
    return { id: person.id, first, second };
  });
}

const silence = ({ id }: Reader, address: string) =>
  change(async (work) => (await troubleOf(work, await work.get(Person, id), address)).fallSilent(work));

/** Asks for a link to sign in, and changes the password. Returns which mail went where. */
async function mailsAboutSigningIn({ id, first, second }: Reader): Promise<string[]> {
  const { rows: before } = await database.pool.query("select coalesce(max(id), 0) as id from message");
  const words = { browser: "Firefox", service: "The site", language: "en", clientId: "", session: "", network: "" };
  await change(async (work) => {
    const { uuid } = await work.get(Person, id);
    await queueLoginLink(work, {
      ...words,
      identifier: first,
      uuid,
      link: "https://auth.example/x",
      code: "ABCD-EFGH",
    });
    const event = { key: randomUUID(), uuid, kind: "password-changed", at: Temporal.Now.instant() } as const;
    await recordSignInEvent(work, { ...words, ...event, detail: "", endedGrants: [] });
  });
  const { rows } = await database.pool.query(
    "select mail, recipient, secrets is not null as opens from message where id > $1 order by id",
    [before[0].id],
  );
  assert.ok(rows.every(({ mail, opens }) => opens === (mail === "login-link")));
  return rows.map(
    ({ mail, recipient }) => `${mail} ${recipient === second ? "second" : recipient === first ? "first" : recipient}`,
  );
}

const toFirst = ["login-link first", "password-changed first"];
const toBoth = ["login-link first", "login-link second", "password-changed first", "password-changed second"];

test("while the first address is silent, mails about signing in go to the second, too, and only then", async () => {
  const ada = await reader();
  assert.deepEqual(await mailsAboutSigningIn(ada), toFirst);
  await silence(ada, ada.first);
  assert.deepEqual(await mailsAboutSigningIn(ada), toBoth);
  await silence(ada, ada.second);
  assert.deepEqual(await mailsAboutSigningIn(ada), toFirst);
  await change(async (work) => forgive(work, await work.get(Person, ada.id), "a test"));
  assert.deepEqual(await mailsAboutSigningIn(ada), toFirst);
});

test("who has no second address, or only asked for one, gets none there", async () => {
  const ben = await reader();
  await change(async (work) => {
    const person = await work.get(Person, ben.id);
    removeSecondaryEmail(work, person);
    await requestEmailChange(work, person, ben.second, "secondary");
  });
  await silence(ben, ben.first);
  assert.deepEqual(await mailsAboutSigningIn(ben), toFirst);
});

test("an address that came by a merge is told, and gets no link that signs in", async () => {
  const cleo = await reader();
  const second = `Twin-${randomUUID()}@example.net`;
  await change(async (work) => {
    removeSecondaryEmail(work, await work.get(Person, cleo.id));
    const twin = await makePerson(work, { email: second });
    twin.confirm(work, "payment");
    await work.write();
    await mergePeople(work, cleo.id, twin.id, "the same");
  });
  await silence(cleo, cleo.first);
  assert.deepEqual(await mailsAboutSigningIn({ ...cleo, second }), [...toFirst, "password-changed second"]);
});

test("who is about to be erased hears of it at the second address, too, while the first is silent", async () => {
  const dora = await reader();
  await silence(dora, dora.first);
  await change(async (work) => requestErasure(work, await work.get(Person, dora.id)));
  const { rows } = await database.pool.query(
    "select recipient from message where person_id = $1 and mail = 'erasure-planned' order by id",
    [dora.id],
  );
  assert.deepEqual(
    rows.map(({ recipient }) => recipient),
    [dora.first, dora.second],
  );
});
