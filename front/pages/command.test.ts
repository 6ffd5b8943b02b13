// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Prepared links: opening one shows, only the button acts.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { aLink } from "../test/back.ts";
import { openTown } from "../test/town.ts";

const town = await openTown();
const reader = town.visitor();
const elsewhere = { Origin: "https://elsewhere.example.net" };

beforeEach(() => {
  town.back.calls.length = 0;
  town.back.links = new Map([
    ["token", aLink()],
    ["expired", aLink({ state: "expired" })],
    ["german", aLink({ language: "de" })],
    ["moved", aLink({ command: "change-email", newEmail: "n•••@example.net", purposes: [], signatures: [] })],
    ["f".repeat(64), aLink()],
  ]);
});

test("GET and HEAD show what a link would do, and never act", async () => {
  for (let time = 0; time < 3; time += 1) await reader.send("HEAD", "/command/confirm?link=token", undefined, {});
  const seen = await reader.get("/command/confirm?link=token");
  assert.equal(seen.status, 200);
  assert.match(seen.text, /a•••@example\.org/);
  assert.match(seen.text, /newsletter once a month/);
  assert.match(seen.text, /open-letter/);
  assert.equal(seen.text.match(/<button>/g)?.length, 1);
  assert.deepEqual(town.back.called("links.follow"), []);
});

test("the button acts once, with what was shown", async () => {
  const done = await reader.post("/command/confirm?link=token", { go: "1", shownUntil: "7" });
  assert.equal(done.status, 200);
  assert.match(done.text, /it is confirmed/);
  assert.deepEqual(town.back.called("links.follow")[0]?.body, { token: "token", act: "follow", shownUntil: 7 });
  const again = await reader.post("/command/confirm?link=token", { go: "1", shownUntil: "7" });
  assert.match(again.text, /was done already/);
  assert.match((await reader.get("/command/confirm?link=token")).text, /was done already/);
});

test("an outside program posts a signed command from anywhere; its parameters travel raw and unsigned ones stay behind", async () => {
  const query = `person=42&wants_info=yes&name=J%C3%BCrgen+%26+Co%3D&lang=de&signature=${"f".repeat(64)}&go=1`;
  const shown = await reader.get(`/command/confirm?${query}`);
  assert.equal(shown.status, 200);
  assert.match(shown.text, /<html lang="en">/, "`lang` is the caller's here, not ours");
  assert.doesNotMatch(shown.text, /class="languages"/);
  const done = await reader.post(`/command/confirm?${query}`, { go: "1" }, elsewhere);
  assert.equal(done.status, 200);
  const expected = { person: "42", wants_info: "yes", name: "Jürgen & Co=", lang: "de" };
  assert.deepEqual(town.back.called("commands.run")[0]?.body, {
    command: "confirm",
    parameters: expected,
    signature: "f".repeat(64),
  });
  assert.deepEqual(town.back.called("commands.show")[0]?.body.parameters, expected);
});

test("without go=1, without what was shown, or with broken parameters nothing happens", async () => {
  const refused: [string, Record<string, string> | string, number][] = [
    ["?link=token", {}, 400],
    ["?link=token", { go: "0", shownUntil: "7" }, 400],
    ["?link=token", { go: "1" }, 400],
    ["?link=token", { go: "1", shownUntil: "-1" }, 400],
    ["?link=token", "go=1&go=1&shownUntil=7", 400],
    ["?link=token&link=other", { go: "1", shownUntil: "7" }, 400],
    ["?link=%ED%A0%80", { go: "1", shownUntil: "7" }, 400],
    ["?link=tampered", { go: "1", shownUntil: "7" }, 404],
    ["?link=expired", { go: "1", shownUntil: "7" }, 410],
    [`?link=${"x".repeat(5_000)}`, { go: "1", shownUntil: "7" }, 400],
    [`?person=42&signature=${"0".repeat(64)}`, { go: "1" }, 404],
    ["?person=42", { go: "1" }, 404],
    ["?person=42&signature=%00", { go: "1" }, 404],
    ["", { go: "1" }, 404],
  ];
  for (const [query, body, status] of refused)
    assert.equal((await reader.post(`/command/confirm${query}`, body)).status, status, `${query.slice(0, 40)} ${body}`);
  assert.equal((await reader.post("/command/erase?link=token", { go: "1", shownUntil: "7" })).status, 404);
  assert.deepEqual([...town.back.called("links.follow"), ...town.back.called("commands.run")], []);
});

test("a mail program's one click unsubscribes at once: no cookie, no origin, no redirect; opening the link does not", async () => {
  town.back.links.set("stop", aLink({ command: "unsubscribe", purposes: ["newsletter"], signatures: [] }));
  const program = town.visitor();
  const seen = await program.get("/command/unsubscribe?link=stop");
  assert.match(seen.text, /This stops:[\s\S]*Monthly newsletter/);
  assert.deepEqual(town.back.called("links.follow"), []);
  const clicked = await program.send("POST", "/command/unsubscribe?link=stop", "List-Unsubscribe=One-Click", {
    "Content-Type": "application/x-www-form-urlencoded",
  });
  assert.equal(clicked.status, 200);
  assert.deepEqual(town.back.called("links.follow")[0]?.body, { token: "stop", act: "follow", shownUntil: 0 });
  assert.match((await program.get("/command/unsubscribe?link=stop")).text, /value="undo"/);
});

test("what was done can be taken back by its own button, and what nobody asked for can be refused", async () => {
  town.back.links.set("stop", aLink({ command: "unsubscribe", purposes: ["newsletter"], signatures: [] }));
  const done = await reader.post("/command/unsubscribe?link=stop", { go: "1", shownUntil: "0" });
  assert.match(done.text, /no more of these mails[\s\S]*Take it back/);
  const undone = await reader.post("/command/unsubscribe?link=stop", { go: "undo", shownUntil: "0" });
  assert.match(undone.text, /as it was before/);
  town.back.links.set("not-mine", aLink({ refusable: true }));
  assert.match((await reader.get("/command/confirm?link=not-mine")).text, /This was not me/);
  const refused = await reader.post("/command/confirm?link=not-mine", { go: "refuse", shownUntil: "0" });
  assert.match(refused.text, /is dropped/);
  assert.equal((await reader.post("/command/confirm?link=token", { go: "undo", shownUntil: "0" })).status, 409);
});

test("a pledge is shown with what it would become", async () => {
  const pledge = {
    reference: "EX427P1",
    interval: "monthly" as const,
    amount: { amount: 1000, currency: "EUR" },
    newAmount: { amount: 1500, currency: "EUR" },
  };
  town.back.links.set("more", aLink({ command: "change-pledge", purposes: [], signatures: [], pledge }));
  assert.match((await reader.get("/command/change-pledge?link=more")).text, /EX427P1: €15 instead of €10, every month/);
});

test("expired, tampered and unknown links have a page that says so", async () => {
  const expired = await reader.get("/command/confirm?link=expired");
  assert.deepEqual([expired.status, /has expired/.test(expired.text)], [410, true]);
  const unknown = await reader.get("/command/confirm?link=tampered");
  assert.deepEqual([unknown.status, /not valid/.test(unknown.text)], [404, true]);
  assert.equal((await reader.get("/command/constructor?link=token")).status, 404);
});

test("the page speaks the person's language unless the reader chose one", async () => {
  assert.match((await reader.get("/command/confirm?link=german")).text, /<html lang="de">/);
  assert.match((await reader.get("/command/confirm?link=german&lang=en")).text, /<html lang="en">/);
  const other = town.visitor();
  await other.get("/?lang=en");
  assert.match((await other.get("/command/confirm?link=german")).text, /<html lang="en">/);
});

test("a change of email address says which address comes in place of which", async () => {
  const seen = await reader.get("/command/change-email?link=moved");
  assert.match(seen.text, /n•••@example\.net instead of a•••@example\.org/);
});
