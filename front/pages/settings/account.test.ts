// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The pages about one's username, services and groups.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { anAccount } from "../../test/back.ts";
import { fieldsIn, textIn } from "../../test/html.ts";
import { openTown } from "../../test/town.ts";

const town = await openTown();
const ada = town.visitor();

beforeEach(async () => {
  town.back.account = anAccount();
  town.back.calls.length = 0;
  await ada.signIn();
});

test("a free username stands in the field; another that is free is written there by a link", async () => {
  assert.equal(fieldsIn((await ada.get("/settings/username")).text).get("username"), "ada");
  const picked = await ada.get("/settings/username?pick=ada.lovelace");
  assert.equal(fieldsIn(picked.text).get("username"), "ada.lovelace");
  const foreign = await ada.get("/settings/username?pick=evil");
  assert.equal(fieldsIn(foreign.text).get("username"), "ada");
});

test("a username is taken by the button, a capital letter is meant small; then it is shown with its address", async () => {
  const { status, location } = await ada.post("/settings/username", { username: " Ada.L " });
  assert.deepEqual([status, location], [303, "/settings/username?done=1"]);
  assert.match(textIn((await ada.get("/settings/username")).text), /ada\.l.*ada\.l@example\.org/s);
});

test("one that is taken, or is none, is told beside the field, and what was typed stays", async () => {
  for (const [username, sentence] of [
    ["taken", /Somebody else has this username/],
    ["a b", /A username has 3 to 32/],
    ["", /Please fill this in|A username has 3 to 32/],
  ] as const) {
    const { status, text } = await ada.post("/settings/username", { username });
    assert.equal(status, 422, username);
    assert.match(textIn(text), sentence);
    assert.equal(fieldsIn(text).get("username"), username);
  }
});

test("who is not entitled sees the ways to a username, who is paused what that means", async () => {
  town.back.account.mayChoose = false;
  assert.match((await ada.get("/settings/username")).text, /href="\/support".*href="\/volunteer"/s);
  Object.assign(town.back.account, { username: "ada", state: "paused" });
  assert.match(textIn((await ada.get("/settings/username")).text), /paused.*opens by itself/s);
});

test("services show what is open, what may be asked for, and what waits; asking and leaving are buttons", async () => {
  Object.assign(town.back.account, { username: "ada", state: "open" });
  const page = async () => textIn((await ada.get("/settings/services")).text);
  assert.match(await page(), /Chat.*Open.*Wiki.*Ask for it.*Source of the web site.*not open to you.*Coordinators/s);
  await ada.post("/settings/services/wiki-editors", { message: "I write.\r\nOften." });
  assert.deepEqual(town.back.called("accounts.requestGroup")[0]?.body, { message: "I write.\nOften." });
  assert.match(await page(), /You asked for the group Wiki editors/);
  await ada.post("/settings/services/wiki-editors/leave", {});
  assert.match(await page(), /Ask for it/);
});

test("nobody asks for a group that follows by itself, or that is none", async () => {
  for (const group of ["volunteers", "no-such-group", "__proto__"])
    assert.equal((await ada.post(`/settings/services/${group}`, { message: "" })).status, 404, group);
});

test("the way to what waits stands with those who decide", async () => {
  assert.doesNotMatch((await ada.get("/settings")).text, /href="\/staff"/);
  town.back.account.staff = true;
  assert.match((await ada.get("/settings")).text, /href="\/staff"/);
});
