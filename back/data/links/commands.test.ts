// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { freshDatabase } from "../../test/database.ts";
import { aNotice, aRegistration, front, makeAPledge, makePerson } from "../../test/make.ts";
import type { Work } from "../database.ts";
import { Pledge } from "../donations/pledge.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { consentStates, setConsent } from "../people/consent.ts";
import { carryOutErasure, findPlannedErasure } from "../people/erasure.ts";
import { Person } from "../people/person.ts";
import { register } from "../people/registration.ts";
import { rolesOf } from "../people/role.ts";
import { followLink, refuseLink, showLink, undoLink } from "./follow-link.ts";
import { prepareLink, SignedLink } from "./signed-link.ts";
import { unsubscribeLink } from "./unsubscribe-link.ts";

const { database } = await freshDatabase();
const secret = "a secret for links in tests";
const seen = { shownUntil: 1e9, networkAddress: "203.0.113.77" };

const show = (token: string) => database.read(front, (work) => showLink(work, token, secret));
const follow = (token: string) => database.transaction(front, (work) => followLink(work, token, secret, seen));
const undo = (token: string) => database.transaction(front, (work) => undoLink(work, token, secret, seen));
const refuse = (token: string) => database.transaction(front, (work) => refuseLink(work, token, secret));
const granted = (personId: number) =>
  database.read(front, async (work) =>
    (await consentStates(work, personId))
      .filter((state) => state.granted)
      .map((state) => state.purpose)
      .sort(),
  );

async function subscriber(purposes: string[], purpose?: string): Promise<{ id: number; token: string }> {
  return database.transaction(front, async (work) => {
    const person = await makePerson(work);
    for (const name of purposes) await setConsent(work, person, name, true, { channel: "/subscribe" });
    return { id: person.id, token: (await unsubscribeLink(work, person, purpose)).token(secret) };
  });
}

test("an unsubscribing link withdraws its purpose and leaves the others, and the proof says how", async () => {
  const { id, token } = await subscriber(["info", "newsletter"], "newsletter");
  assert.deepEqual((await show(token)).purposes, ["newsletter"]);
  assert.deepEqual(await granted(id), ["info", "newsletter"]);
  assert.equal((await follow(token)).outcome, "done");
  assert.deepEqual(await granted(id), ["info"]);
  const { rows } = await database.pool.query(
    "select fact, channel, network from consent where person_id = $1 order by id desc limit 1",
    [id],
  );
  assert.deepEqual(rows, [{ fact: "withdrawn", channel: "/command/unsubscribe", network: "203.0.113.0" }]);
});

test("an unsubscribing link without a purpose withdraws all, works for years, and is the same in every mail", async () => {
  const { id, token } = await subscriber(["info", "newsletter"]);
  const again = await database.transaction(front, async (work) => unsubscribeLink(work, await work.get(Person, id)));
  assert.equal(again.token(secret), token);
  assert.ok(again.expiresAt.epochMilliseconds > Date.now() + 9 * 365 * 86_400_000);
  await follow(token);
  assert.deepEqual(await granted(id), []);
  assert.equal((await follow(token)).outcome, "done", "pressed again it says the same");
});

test("unsubscribing can be undone for 14 days, exactly what it did, and once", async () => {
  const { id, token } = await subscriber(["info", "newsletter"], "info");
  await assert.rejects(undo(token), { code: "link-final" }, "nothing was done yet");
  assert.equal((await follow(token)).undoable, true);
  assert.equal((await show(token)).undoable, true);
  assert.equal((await undo(token)).outcome, "undone");
  assert.deepEqual(await granted(id), ["info", "newsletter"]);
  assert.equal((await show(token)).undoable, false);
  await follow(token);
  assert.deepEqual(await granted(id), ["newsletter"], "the link still works afterwards");
  await database.pool.query("update signed_link set followed_at = now() - interval '15 days' where person_id = $1", [
    id,
  ]);
  assert.equal((await show(token)).undoable, false);
  await assert.rejects(undo(token), { code: "link-final" });
  assert.deepEqual(await granted(id), ["newsletter"]);
});

async function pledged(
  command: "end-pledge" | "change-pledge",
  amount?: string,
  method: "card" | "transfer" = "transfer",
) {
  return database.transaction(front, async (work) => {
    const person = await makePerson(work);
    const pledge = await makeAPledge(work, person, { interval: "monthly", method });
    const details = { pledge: String(pledge.id), ...(amount && { amount }) };
    return { id: pledge.id, token: (await prepareLink(work, person, command, 30, details)).token(secret) };
  });
}

const pledgeOf = (id: number) => database.read(front, (work) => work.get(Pledge, id));

test("a link ends a pledge, and takes the end back", async () => {
  const { id, token } = await pledged("end-pledge");
  assert.deepEqual((await show(token)).pledge?.amount, { amount: 2500, currency: "EUR" });
  assert.deepEqual([(await follow(token)).outcome, (await pledgeOf(id)).state], ["done", "ended"]);
  assert.deepEqual([(await follow(token)).outcome, (await pledgeOf(id)).state], ["done-already", "ended"]);
  assert.deepEqual([(await undo(token)).outcome, (await pledgeOf(id)).state], ["undone", "open"]);
  assert.equal((await undo(token)).outcome, "undone", "twice is once");
});

test("a link accepts a new amount, and takes it back", async () => {
  const { id, token } = await pledged("change-pledge", "4000");
  assert.deepEqual((await show(token)).pledge?.newAmount, { amount: 4000, currency: "EUR" });
  await follow(token);
  assert.equal((await pledgeOf(id)).amount, 4000);
  await undo(token);
  assert.equal((await pledgeOf(id)).amount, 2500);
});

test("what renews at a provider is brought in line by a task in the same transaction", async () => {
  const { id, token } = await pledged("end-pledge", undefined, "card");
  const tasks = async () =>
    (
      await database.pool.query("select 1 from pgboss.job where name = 'align-renewal' and data->>'pledgeId' = $1", [
        String(id),
      ])
    ).rowCount;
  const pledge = await pledgeOf(id);
  await database.transaction(front, (work) =>
    registerPayment(work, "stripe", `in_${id}`, aNotice({ reference: pledge.reference, renewal: "sub_1" })),
  );
  assert.equal(await tasks(), 0);
  await follow(token);
  assert.equal(await tasks(), 1);
  await undo(token);
  assert.equal(await tasks(), 2);
});

async function entered(before?: (work: Work, person: Person) => void): Promise<{ id: number; token: string }> {
  return database.transaction(front, async (work) => {
    const known = await makePerson(work);
    before?.(work, known);
    const wish = { email: known.email ?? "", purposes: ["info"], signatures: { "open-letter": "2026-11-01" } };
    await register(work, aRegistration({ ...wish, volunteer: { team: "web", message: "I know CSS." } }));
    const link = await work.find(SignedLink, sql`person_id = ${known.id} and command = 'confirm'`);
    return { id: known.id, token: link?.token(secret) ?? "" };
  });
}

test("confirming tells the coordinators of who wants to volunteer", async () => {
  const { id, token } = await entered();
  assert.deepEqual((await show(token)).teams, ["web"]);
  const mails = () =>
    database.pool.query("select recipient from message where mail = 'volunteer-waits' and fields->>'number' = $1", [
      String(id),
    ]);
  assert.equal((await mails()).rowCount, 0);
  await follow(token);
  assert.deepEqual((await mails()).rows, [{ recipient: "volunteers@example.org" }]);
});

test("“this was not me” erases a registration that nobody confirmed, and leaves no wish behind", async () => {
  const { id, token } = await entered();
  assert.equal((await show(token)).refusable, true);
  assert.equal((await refuse(token)).outcome, "refused");
  const erasure = await database.read(front, (work) => findPlannedErasure(work, id));
  await database.transaction({ kind: "worker" }, (work) => carryOutErasure(work, erasure?.id ?? 0, secret));
  assert.equal((await database.read(front, (work) => work.get(Person, id))).registration, "erased");
  assert.equal((await database.pool.query("select 1 from signature where person_id = $1", [id])).rowCount, 0);
  await assert.rejects(follow(token), { code: "person-not-active" });
});

test("“this was not me” leaves somebody who was there before as they were", async () => {
  const { id, token } = await entered((work, person) => person.confirm(work, "link"));
  await refuse(token);
  assert.equal((await follow(token)).outcome, "done-already");
  assert.deepEqual(await granted(id), []);
  const after = await database.read(front, async (work) => ({
    person: await work.get(Person, id),
    roles: await rolesOf(work, id),
    shown: await showLink(work, token, secret),
    erasure: await findPlannedErasure(work, id),
  }));
  assert.equal(after.person.registration, "confirmed");
  assert.deepEqual([after.roles, after.shown.purposes, after.shown.signatures], [[], [], []]);
  assert.equal(after.erasure, undefined);
});

test("a link that has nothing to refuse says so", async () => {
  const { token } = await subscriber(["info"]);
  await assert.rejects(refuse(token), { code: "link-final" });
});
