// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshDatabase } from "../test/database.ts";
import { administrator, makeAPledge, makePerson } from "../test/make.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const cdb = (...args: string[]) => runCdb(args, { DATABASE_URL: url });

test("a coordinator sees who waits, takes one in and says no to another", async () => {
  const [vera, otto] = await database.transaction(administrator, async (work) => {
    const people = [
      await makePerson(work, { name: "Vera", volunteer: { team: "web", message: "I know CSS" } }),
      await makePerson(work, { name: "Otto", volunteer: { team: "", message: "=1+1" } }),
    ];
    for (const person of people) person.confirm(work, "link");
    return people.map((person) => String(person.id));
  });
  assert.match((await cdb("people", "waiting")).out, /Vera .*web .*I know CSS/);
  assert.match((await cdb("people", "waiting", "--csv")).out, /,'=1\+1\r\n/);
  assert.match((await cdb("people", "approve", vera ?? "")).out, /Vera is confirmed\.\nvolunteer \(web\): approved/);
  assert.match((await cdb("people", "refuse", otto ?? "", "--reason", "no place")).out, /volunteer: refused/);
  assert.equal((await cdb("people", "waiting")).out, "Nobody waits.\n");
  const again = await cdb("people", "refuse", otto ?? "");
  assert.deepEqual([again.code, again.err], [1, "This person has no such role and asked for none.\n"]);
});

test("approving somebody who asked for nothing confirms the registration; staff are named so", async () => {
  const { id } = await database.transaction(administrator, (work) => makePerson(work, { name: "Sam" }));
  assert.equal((await cdb("people", "approve", `${id}`)).out, "Sam is confirmed.\n");
  assert.match((await cdb("people", "approve", `${id}`, "--as", "staff")).out, /staff: approved/);
  assert.equal((await cdb("people", "approve", `${id}`, "--as", "king")).code, 2);
});

test("a pledge is listed, changed, ended and taken up again; the donor can be asked by mail first", async () => {
  const pledge = await database.transaction(administrator, async (work) =>
    makeAPledge(work, await makePerson(work), { interval: "monthly" }),
  );
  const { reference } = pledge;
  assert.match((await cdb("pledges", "list", reference.replace(/P1$/, ""))).out, /€25\.00 +monthly +transfer +open/);
  assert.match((await cdb("pledges", "change", reference.toLowerCase(), "30.50")).out, /€30\.50, monthly, open/);
  assert.equal((await cdb("pledges", "change", reference, "40", "--ask")).out, "The donor is asked by mail.\n");
  const { rows } = await database.pool.query(
    "select fields->>'newAmount' as amount from message where mail = 'new-amount'",
  );
  assert.deepEqual(rows, [{ amount: "€40.00" }]);
  assert.match((await cdb("pledges", "end", reference)).out, /ended/);
  assert.equal((await cdb("pledges", "change", reference, "50")).code, 1);
  assert.match((await cdb("pledges", "resume", reference)).out, /open/);
  assert.equal((await cdb("pledges", "end", "EX99P1")).code, 1);
});
