// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { aRequest } from "../../test/back.ts";
import { textIn } from "../../test/html.ts";
import { openTown } from "../../test/town.ts";

const town = await openTown();
const carla = town.visitor();

beforeEach(async () => {
  Object.assign(town.back, { refusal: undefined, requests: [aRequest(17), aRequest(18)] });
  town.back.calls.length = 0;
  await carla.signIn("/sign-in?staff=1&return=/staff");
});

test("whoever is not signed in is led to a sign-in that asks for the staff's scope, and comes back", async () => {
  const { status, location } = await town.visitor().get("/staff");
  assert.deepEqual([status, location], [303, "/sign-in?staff=1&return=/staff"]);
  const scopesAt = async (path: string) => {
    const seen = await town.visitor().get(path);
    return new URL(seen.location ?? "").searchParams.get("scope")?.split(" ") ?? [];
  };
  assert.ok((await scopesAt("/sign-in?staff=1")).includes("accounts:approve"));
  assert.ok(!(await scopesAt("/sign-in")).includes("accounts:approve"));
});

test("without the group, or with one factor only, the page says how to get in and shows nobody", async () => {
  for (const code of ["scope-missing", "second-factor-missing"]) {
    town.back.refusal = { status: 403, code };
    for (const path of ["/staff", "/staff/17"]) {
      const { status, text } = await carla.get(path);
      assert.equal(status, 403);
      assert.match(text, /href="\/sign-in\?staff=1&amp;return=\/staff"/);
      assert.doesNotMatch(text, /Bea/);
    }
  }
});

test("what waits is listed, shown one by one, and decided by a button", async () => {
  assert.match(textIn((await carla.get("/staff")).text), /Bea.*Wants to be in the group Wiki editors/s);
  assert.match(textIn((await carla.get("/staff/17")).text), /bea@example\.org.*I like to write\./s);
  const { location } = await carla.post("/staff/17", { decision: "refuse", reason: "full" });
  assert.equal(location, "/staff?done=1");
  const [call] = town.back.called("accounts.decideRequest");
  assert.deepEqual(call?.body, { approve: false, reason: "full" });
});

test("who comes second is told, and sees what is left to do", async () => {
  town.back.requests = [aRequest(18)];
  const { status, text } = await carla.post("/staff/17", { decision: "approve", reason: "" });
  assert.equal(status, 409);
  assert.match(textIn(text), /Somebody else was quicker/);
  assert.match(text, /href="\/staff\/18"/);
});

test("a button that is none decides nothing", async () => {
  for (const decision of ["", "yes", "approve "])
    assert.equal((await carla.post("/staff/17", { decision, reason: "" })).status, 422);
  for (const number of ["0", "-1", "1e3", "999999999999999999999", "x"])
    assert.equal((await carla.post(`/staff/${number}`, { decision: "approve", reason: "" })).status, 404, number);
  assert.equal(town.back.called("accounts.decideRequest").length, 0);
});
