// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { sql } from "kysely";
import { freshDatabase } from "../../test/database.ts";
import { aRegistration, front, makePerson } from "../../test/make.ts";
import { consentStates } from "../people/consent.ts";
import { Person } from "../people/person.ts";
import { register } from "../people/registration.ts";
import { followLink, showLink } from "./follow-link.ts";
import { runCommand, showCommand, signCommand } from "./signed-command.ts";
import { prepareLink, SignedLink } from "./signed-link.ts";

const { database } = await freshDatabase();
const secret = "a secret for links in tests";

async function registered(purposes: string[]): Promise<{ personId: number; token: string }> {
  return database.transaction(front, async (work) => {
    const person = await register(work, aRegistration({ purposes, signatures: { "open-letter": "2026-11-01" } }));
    const link = await work.find(SignedLink, sql`person_id = ${person.id}`);
    return { personId: person.id, token: link?.token(secret) ?? "" };
  });
}

const show = (token: string) => database.transaction(front, (work) => showLink(work, token, secret));
const follow = (token: string, shownUntil = 1e9) =>
  database.transaction(front, (work) =>
    followLink(work, token, secret, { shownUntil, networkAddress: "203.0.113.77" }),
  );
const granted = (personId: number) =>
  database.read(front, async (work) =>
    (await consentStates(work, personId)).filter((state) => state.granted).map((state) => state.purpose),
  );

test("showing a link any number of times changes nothing", async () => {
  const { personId, token } = await registered(["newsletter"]);
  for (let time = 0; time < 5; time += 1) assert.deepEqual((await show(token)).purposes, ["newsletter"]);
  const person = await database.read(front, (work) => work.get(Person, personId));
  assert.deepEqual([person.registration, await granted(personId)], ["unconfirmed", []]);
});

test("following a link confirms the person and grants what was asked for, with both halves of the proof", async () => {
  const { personId, token } = await registered(["newsletter", "info"]);
  assert.equal((await follow(token)).outcome, "done");
  assert.deepEqual((await granted(personId)).sort(), ["info", "newsletter"]);
  const { rows } = await database.pool.query(
    "select fact, network, wording_hash, wording, request_id, message_id from consent where person_id = $1 and purpose = 'info' order by id",
    [personId],
  );
  assert.deepEqual(
    rows.map((row) => [row.fact, row.network]),
    [
      ["requested", "203.0.113.0"],
      ["granted", "203.0.113.0"],
    ],
  );
  assert.equal(rows[1].wording_hash, createHash("sha256").update(rows[1].wording).digest("hex"));
  assert.ok(rows[1].request_id && rows[1].message_id);
  const signature = await database.pool.query("select confirmed_at from signature where person_id = $1", [personId]);
  assert.ok(signature.rows[0].confirmed_at);
});

test("a link works once: followed 50 times at once it is done once", async () => {
  const { personId, token } = await registered(["newsletter"]);
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => follow(token)));
  assert.equal(outcomes.filter(({ outcome }) => outcome === "done").length, 1);
  const { rows } = await database.pool.query(
    "select count(*)::int as n from consent where person_id = $1 and fact = 'granted'",
    [personId],
  );
  assert.equal(rows[0].n, 1);
});

test("only what was shown is granted: a request that came after the page was opened waits", async () => {
  const { personId, token } = await registered(["info"]);
  const { shownUntil, person } = await show(token);
  await database.transaction(front, (work) =>
    register(work, aRegistration({ email: person.email ?? "", purposes: ["newsletter"] })),
  );
  await follow(token, shownUntil);
  assert.deepEqual(await granted(personId), ["info"]);
});

test("a link that was changed in any character is not ours", async () => {
  const { token } = await registered([]);
  for (let at = 0; at < token.length - 1; at += 7) {
    const changed = token.slice(0, at) + (token[at] === "a" ? "b" : "a") + token.slice(at + 1);
    await assert.rejects(show(changed), { code: "link-unknown" }, changed);
  }
  for (const nonsense of ["", ".", "x".repeat(300), `${token}x`, token.split(".")[0] ?? ""])
    await assert.rejects(show(nonsense), { code: "link-unknown" });
  await assert.rejects(
    database.transaction(front, (work) => showLink(work, token, "another secret")),
    { code: "link-unknown" },
  );
});

test("an expired link says so and does nothing", async () => {
  const token = await database.transaction(front, async (work) =>
    (await prepareLink(work, await makePerson(work), "confirm", -1)).token(secret),
  );
  assert.equal((await show(token)).state, "expired");
  await assert.rejects(follow(token), { code: "link-expired" });
});

const signed = (personId: number, parameters: Record<string, string>) => ({
  command: "confirm",
  parameters: { ...parameters, person: String(personId) },
  signature: signCommand("confirm", String(personId), parameters, "cmd_passphrase"),
});

test("a signed command is signed exactly as outside programs do it", () => {
  const hex = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");
  assert.equal(
    signCommand("confirm", "42", {}, "cmd_passphrase"),
    hex("command=persons.confirm;record_id=42;cmd_passphrase"),
  );
  assert.equal(
    signCommand("confirm", "42", { wants_info: "yes", a: "ä b&c", signed_pmpc_on: "2026-01-02" }, "cmd_passphrase"),
    hex("command=persons.confirm;record_id=42;a=ä b&c;signed_pmpc_on=2026-01-02;wants_info=yes;cmd_passphrase"),
  );
});

test("a signed command confirms the registration and applies what it says", async () => {
  const person = await database.transaction(front, (work) => makePerson(work));
  const command = signed(person.id, {
    wants_info: "on",
    wants_newsletter_info: "TRUE",
    wants_other_info: "yes",
    "signed_open-letter_on": "2026-05-01",
  });
  await database.transaction(front, (work) => showCommand(work, command, "cmd_passphrase"));
  assert.deepEqual(await granted(person.id), []);
  for (let time = 0; time < 2; time += 1)
    await database.transaction(front, (work) =>
      runCommand(work, command, "cmd_passphrase", { channel: "signed command" }),
    );
  assert.deepEqual((await granted(person.id)).sort(), ["info", "newsletter"]);
  const { rows } = await database.pool.query(
    "select signed_on::text, confirmed_at is not null as confirmed from signature where person_id = $1",
    [person.id],
  );
  assert.deepEqual(rows, [{ signed_on: "2026-05-01", confirmed: true }]);
});

test("a signed command with a wrong signature, person, command or parameter is not ours", async () => {
  const { id } = await database.transaction(front, (work) => makePerson(work));
  const good = signed(id, { wants_info: "yes" });
  const bad = [
    { ...good, signature: good.signature.replace(/^./, (first) => (first === "0" ? "1" : "0")) },
    { ...good, signature: "" },
    { ...good, signature: `${good.signature}00` },
    { ...good, command: "erase" },
    { ...good, parameters: { ...good.parameters, person: String(id + 1) } },
    { ...good, parameters: { ...good.parameters, wants_newsletter_info: "yes" } },
    { ...good, parameters: { person: String(id) } },
  ];
  for (const command of bad)
    await assert.rejects(
      database.transaction(front, (work) => runCommand(work, command, "cmd_passphrase", { channel: "x" })),
      { code: "link-unknown" },
    );
  assert.deepEqual(await granted(id), []);
});
