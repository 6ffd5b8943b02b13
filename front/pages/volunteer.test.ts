// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openTown } from "../test/town.ts";

const town = await openTown();
const guest = town.visitor();
const filled = { name: "Vera Volunteer", email: "vera@example.org", team: "web", message: "I know CSS.\r\nAnd Go." };

beforeEach(() => {
  town.back.calls.length = 0;
});

test("whoever wants to volunteer chooses a team and says what we should know", async () => {
  assert.match((await guest.get("/volunteer")).text, /Booths and events/);
  const sent = await guest.post("/volunteer", filled);
  assert.match(sent.text, /Please check your mailbox/);
  const { body } = town.back.called("registrations.register")[0] ?? {};
  assert.deepEqual(body.volunteer, { team: "web", message: "I know CSS.\nAnd Go." });
  assert.equal(body.origin.channel, "/volunteer");
});

test("a program that fills in the hidden field gets the same answer and nothing is stored", async () => {
  assert.match((await guest.post("/volunteer", { ...filled, password: "x" })).text, /Please check your mailbox/);
  assert.deepEqual(town.back.called("registrations.register"), []);
});

test("what is wrong is said beside its field, and what was typed is kept", async () => {
  const wrong: [Record<string, string>, string][] = [
    [{ name: " " }, "name"],
    [{ email: "vera" }, "email"],
    [{ team: "No Team" }, "team"],
    [{ message: "x".repeat(2_001) }, "message"],
    [{ message: "a\u0000b" }, "message"],
  ];
  for (const [fields, name] of wrong) {
    const seen = await guest.post("/volunteer", { ...filled, ...fields });
    assert.equal(seen.status, 422, name);
    assert.ok(seen.text.includes(`id="${name}-error"`), name);
  }
  assert.deepEqual(town.back.called("registrations.register"), []);
});
