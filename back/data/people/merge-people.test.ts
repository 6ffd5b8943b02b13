// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import { freshDatabase, organisation } from "../../test/database.ts";
import { administrator, aNotice, aSignInEvent, front, makeAPledge, makePerson } from "../../test/make.ts";
import { sentMailing } from "../../test/sent-mailing.ts";
import { openAccount } from "../accounts/account.ts";
import { recordSignInEvent } from "../accounts/sign-in-event.ts";
import { verifyHistory } from "../history.ts";
import { followLink, showLink } from "../links/follow-link.ts";
import { prepareLink, SignedLink } from "../links/signed-link.ts";
import { unsubscribeLink } from "../links/unsubscribe-link.ts";
import { registerBounce } from "../mailings/bounce.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { mergeRules } from "../privacy/merge-rules.ts";
import { explain } from "../selectors/explain-person.ts";
import { findWrongStats } from "../selectors/person-stats.ts";
import { countPeople } from "../selectors/pick-people.ts";
import { compileSelector } from "../selectors/selector.ts";
import { consentStates, recordConsents, setConsent } from "./consent.ts";
import { confirmSecondaryEmail, removeSecondaryEmail } from "./email-change.ts";
import { erase, requestErasure } from "./erasure.ts";
import { exportPerson } from "./export.ts";
import { findByEmail, findPeople, findWhoSignsIn, getPerson } from "./find-people.ts";
import { mergePeople } from "./merge-people.ts";
import { Person } from "./person.ts";
import { register } from "./registration.ts";
import { requestRole } from "./role.ts";
import { suppressionHash } from "./suppression.ts";
import { unmergePeople } from "./unmerge-people.ts";

const { database } = await freshDatabase();
const secret = "a secret for links in tests";

async function make(wish: Parameters<typeof makePerson>[1] = {}): Promise<Person> {
  return database.transaction(front, async (work) => {
    const person = await makePerson(work, wish);
    person.confirm(work, "coordinator");
    return person;
  });
}
const merge = (keep: { id: number }, gone: { id: number }) =>
  database.transaction(administrator, (work) => mergePeople(work, keep.id, gone.id, "the same phone number"));
const unmerge = (id: number) =>
  database.transaction(administrator, (work) => unmergePeople(work, id, "two sisters after all"));
const load = ({ id }: { id: number }) => database.read(front, (work) => work.get(Person, id));
const granted = async ({ id }: { id: number }) =>
  (await database.read(front, (work) => consentStates(work, id))).filter((it) => it.granted).map((it) => it.purpose);

/** Everything that is kept, table by table, but for the history, what only counts changes, and what was asked and decided. */
async function allRows(): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  for (const name of ["person", "consent", "person_stats", ...Object.keys(mergeRules).map((it) => it.split(".")[0])]) {
    if (["history", "merge", "duplicate"].includes(name as string)) continue;
    const { rows } = await database.pool.query(
      `select to_jsonb(t) - 'version' - 'desired_version' - 'signed_out_at' as row from ${name} t order by 1`,
    );
    all[name as string] = rows.map(({ row }) => row);
  }
  return all;
}

/** Two people with a row in every table, some of them the same. */
async function makeRich(): Promise<[Person, Person]> {
  const stamp = randomUUID().slice(0, 8);
  const [keep, gone] = [await make({ name: "Ada L." }), await make({ name: "Ada Lovelace" })];
  await database.transaction(front, async (work) => {
    const [one, other] = [await work.get(Person, keep.id), await work.get(Person, gone.id)];
    const postalAddress = { lines: ["Street 1"], postcode: "12345", city: "Berlin", country: "DE" };
    other.change(work, { postalAddress, birthday: Temporal.PlainDate.from("1980-02-29") });
    for (const person of [one, other]) {
      await requestRole(work, person, { team: "web", message: `hello of ${person.id}` });
      await prepareLink(work, person, "keep-alive", 30);
      await recordSignInEvent(work, aSignInEvent(person.uuid));
      const whose = { kind: "mailing", mailingId: await sentMailing(work, person), personId: person.id } as const;
      const told = { kind: "hard", status: "5.1.1", reason: "user-unknown", originalId: "", recipient: "" } as const;
      await registerBounce(work, { key: randomUUID(), ...told, whose });
      const { email } = person;
      const wish = { name: "x", email: email ?? "", kind: "individual", language: "en", purposes: ["info"] } as const;
      const signatures = { "open-letter": "2026-01-02" };
      const origin = { channel: "/subscribe" };
      await register(work, { ...wish, purposes: ["info"], signatures, confirmation: "mail", origin });
      const pledge = await makeAPledge(work, person);
      await registerPayment(work, "hand", `${stamp}-${person.id}`, aNotice({ reference: pledge.reference }));
    }
    await openAccount(work, other, `ada-${stamp}`);
    await setConsent(work, other, "newsletter", true, { channel: "/settings" });
  });
  await database.pool.query("update signature set confirmed_at = now() where person_id = $1", [gone.id]);
  await database.pool.query("update role set state = 'approved', decided_at = now() where person_id = $1", [gone.id]);
  return [await load(keep), await load(gone)];
}

test("every column that names a person has a rule for merging", async () => {
  const { rows } = await database.pool.query(
    `select conrelid::regclass || '.' || attname as name from pg_constraint
      join pg_attribute on attrelid = conrelid and attnum = any(conkey)
      where contype = 'f' and confrelid = 'person'::regclass
    union select table_name || '.' || column_name from information_schema.columns
      where table_schema = 'public' and column_name like '%person_id' order by 1`,
  );
  assert.deepEqual(
    rows.map(({ name }) => name),
    Object.keys(mergeRules).sort(),
  );
});

test("all that one has goes to the other, who keeps what is theirs and gets what they lack", async () => {
  const [keep, gone] = await makeRich();
  await merge(keep, gone);
  for (const [name, rule] of Object.entries(mergeRules)) {
    if ("stays" in rule) continue;
    const [table, column] = name.split(".");
    const { rows } = await database.pool.query(`select 1 from ${table} where ${column} = $1`, [gone.id]);
    assert.equal(rows.length, 0, name);
    const theirs = await database.pool.query(`select 1 from ${table} where ${column} = $1`, [keep.id]);
    if (table !== "person") assert.ok(theirs.rows.length > 0, name);
  }
  const merged = await load(keep);
  assert.deepEqual([merged.name, merged.email, merged.secondaryEmail], ["Ada L.", keep.email, gone.email]);
  assert.deepEqual([merged.city, String(merged.birthday)], ["Berlin", "1980-02-29"]);
  const { registration, mergedInto, email } = await load(gone);
  assert.deepEqual([registration, mergedInto, email], ["merged", keep.id, null]);
  const { rows } = await database.pool.query(
    "select (select confirmed_at is not null from signature where person_id = $1) as signed, state from role where person_id = $1",
    [keep.id],
  );
  assert.deepEqual(rows, [{ signed: true, state: "approved" }]);
  assert.deepEqual(await database.read(front, findWrongStats), []);
  const tasks = await database.pool.query(
    "select 1 from pgboss.job where name = 'write-entry' and data->>'username' = (select username from account where person_id = $1)",
    [keep.id],
  );
  assert.ok((tasks.rowCount ?? 0) >= 2);
});

test("taken back, everything is as it was, and what came to the survivor since stays there", async () => {
  const [keep, gone] = await makeRich();
  const before = await allRows();
  const { id } = await merge(keep, gone);
  await unmerge(id);
  assert.deepEqual(await allRows(), before);
  const again = await merge(keep, gone);
  const { reference } = await database.transaction(front, async (work) =>
    makeAPledge(work, await work.get(Person, keep.id)),
  );
  assert.equal(reference, `${keep.donref("EX")}P2`);
  await unmerge(again.id);
  const third = await database.transaction(front, async (work) => makeAPledge(work, await work.get(Person, keep.id)));
  assert.equal(third.reference, `${keep.donref("EX")}P3`);
  const { rows } = await database.pool.query("select reference from pledge where person_id = $1", [gone.id]);
  assert.deepEqual(rows, [{ reference: `${gone.donref("EX")}P1` }]);
  assert.deepEqual(await database.read(front, findWrongStats), []);
  await assert.rejects(unmerge(again.id), { code: "unmerged-already" });
  const { rows: journals } = await database.pool.query("select journal from merge where kept_id = $1", [keep.id]);
  assert.deepEqual(journals, [{ journal: {} }, { journal: {} }]);
  assert.deepEqual((await verifyHistory(database.query)).broken, []);
});

test("the history of both tells of the merge, by whom and why, and no value of the other's", async () => {
  const [keep, gone] = [await make(), await make()];
  const { id } = await merge(keep, gone);
  const entries = await database.pool.query(
    "select person_id, verb, actor, reason, changes from history left join history_detail on history_id = id where record = 'merge' and record_id = $1",
    [String(id)],
  );
  const told = { actor: "administrator:test", reason: "the same phone number", changes: null };
  assert.deepEqual(entries.rows, [
    { person_id: keep.id, verb: "merged", ...told },
    { person_id: gone.id, verb: "merged-away", ...told },
  ]);
});

test("by address, reference and name of the one who is gone the survivor is found, also by their money", async () => {
  const [keep, gone] = [await make({ name: "Survivor" }), await make({ name: "Wanda Wandering" })];
  const second = `second${gone.id}@example.org`;
  await database.pool.query("update person set secondary_email = $2 where id = $1", [keep.id, second]);
  await merge(keep, gone);
  assert.equal((await load(gone)).email, gone.email, "the survivor has a second address of their own");
  await database.read(front, async (work) => {
    assert.equal((await findWhoSignsIn(work, gone.email ?? ""))?.person.id, keep.id);
    assert.equal((await getPerson(work, gone.donref("EX"))).id, keep.id);
    assert.deepEqual(
      (await findPeople(work, "wandering", 5)).map(({ id }) => id),
      [keep.id],
    );
    for (const text of [`id == ${gone.id}`, `id == ${gone.id} and registration != "erased"`]) {
      const selector = compileSelector(organisation, text, work.now);
      assert.equal(await countPeople(work, selector), 0, text);
      assert.equal((await explain(work, selector, await work.get(Person, gone.id))).picked, false, text);
    }
  });
  await database.transaction(front, (work) =>
    registerPayment(work, "hand", `late-${gone.id}`, aNotice({ reference: gone.donref("EX") })),
  );
  const { rows } = await database.pool.query("select count(*)::int as n from donation where person_id = $1", [keep.id]);
  assert.deepEqual(rows, [{ n: 1 }]);
});

test("the survivor may take over the last address too, and give the second up", async () => {
  const [keep, gone] = [await make(), await make()];
  const { id } = await merge(keep, gone);
  await database.transaction(front, async (work) => removeSecondaryEmail(work, await work.get(Person, keep.id)));
  assert.equal(await database.read(front, (work) => findByEmail(work, gone.email ?? "")), undefined);
  await unmerge(id);
  assert.equal((await load(gone)).email, gone.email);
  await database.pool.query("update person set secondary_email = 'k' || id || '@example.net' where id = $1", [keep.id]);
  const again = await merge(keep, gone);
  await database.transaction(front, async (work) => {
    const details = { oldEmail: keep.email ?? "", newEmail: gone.email ?? "" };
    await confirmSecondaryEmail(work, await work.get(Person, keep.id), details);
  });
  await assert.rejects(unmerge(again.id), { code: "email-address-taken" });
});

test("links of the one who is gone stop, but for those that take a consent back: they act for the survivor", async () => {
  const [keep, gone] = [await make(), await make()];
  const tokens = await database.transaction(front, async (work) => {
    const person = await work.get(Person, gone.id);
    await setConsent(work, await work.get(Person, keep.id), "newsletter", true, { channel: "x" });
    const links = [await prepareLink(work, person, "keep-alive", 30), await unsubscribeLink(work, person)];
    return links.map((link) => link.token(secret));
  });
  const [stopped = "", unsubscribe = ""] = tokens;
  const { id } = await merge(keep, gone);
  assert.equal((await database.read(front, (work) => showLink(work, stopped, secret))).state, "used");
  const follow = (token: string) =>
    database.transaction(front, (work) => followLink(work, token, secret, { shownUntil: 0 }));
  await assert.rejects(follow(stopped), { code: "person-not-active" });
  assert.deepEqual((await database.read(front, (work) => showLink(work, unsubscribe, secret))).purposes, [
    "newsletter",
  ]);
  assert.equal((await follow(unsubscribe)).outcome, "done");
  assert.deepEqual(await granted(keep), []);
  await unmerge(id);
  assert.equal((await follow(stopped)).outcome, "done");
  const alive = await database.read(front, (work) =>
    work.find(SignedLink, sql`person_id = ${gone.id} and uses_left > 1`),
  );
  assert.ok(alive);
});

test("a withdrawal that is younger than the other's grant wins, in whatever order we heard of them", async () => {
  const at = (day: string) => Temporal.Instant.from(`${day}T12:00:00Z`);
  const grant = (person: Person, on: string) =>
    database.transaction(administrator, async (work) =>
      recordConsents(work, [{ person, purpose: "newsletter", at: at(on), channel: "list" }]),
    );
  const withdraw = (person: Person) =>
    database.transaction(front, async (work) => {
      await setConsent(work, person, "newsletter", true, { channel: "x" });
      await setConsent(work, person, "newsletter", false, { channel: "x" });
    });
  for (const who of ["keep", "gone"] as const) {
    const [keep, gone] = [await make(), await make()];
    const [no, yes] = who === "keep" ? [keep, gone] : [gone, keep];
    await withdraw(no);
    await grant(yes, "2019-05-01");
    const { id } = await merge(keep, gone);
    assert.deepEqual(await granted(keep), [], who);
    assert.deepEqual(await database.read(front, findWrongStats), []);
    await unmerge(id);
    assert.deepEqual([await granted(yes), await granted(no)], [["newsletter"], []], who);
  }
  const [keep, gone] = [await make(), await make()];
  await withdraw(keep);
  await database.transaction(front, (work) => setConsent(work, gone, "newsletter", true, { channel: "x" }));
  await merge(keep, gone);
  assert.deepEqual(await granted(keep), ["newsletter"], "the newest word of the same human is a yes");
});

test("what only one asked for and nobody confirmed is not granted by the merge", async () => {
  const [keep, gone] = [await make(), await make({ purposes: ["newsletter"] })];
  await merge(keep, gone);
  assert.deepEqual(await granted(keep), []);
});

test("a no that was said while they were one holds for both afterwards", async () => {
  const [keep, gone] = [await make(), await make()];
  await database.transaction(front, (work) => setConsent(work, gone, "newsletter", true, { channel: "x" }));
  const { id } = await merge(keep, gone);
  await database.transaction(front, async (work) =>
    setConsent(work, await work.get(Person, keep.id), "newsletter", false, { channel: "x" }),
  );
  await unmerge(id);
  assert.deepEqual([await granted(keep), await granted(gone)], [[], []]);
});

test("people who cannot be one are refused with the reason, and nothing has changed", async () => {
  const [one, other] = [await make(), await make()];
  const unconfirmed = await database.transaction(front, (work) => makePerson(work));
  const blocked = await make();
  await database.transaction(front, async (work) => (await work.get(Person, blocked.id)).block(work, ""));
  const leaving = await make();
  await database.transaction(front, async (work) => requestErasure(work, await work.get(Person, leaving.id)));
  const [first, second] = [await make(), await make()];
  await database.transaction(front, async (work) => {
    await openAccount(work, first, `first${first.id}`);
    await openAccount(work, second, `second${second.id}`);
  });
  const before = await allRows();
  await assert.rejects(merge(one, one), { code: "same-person" });
  await assert.rejects(merge(one, { id: 999_999 }), { code: "person-unknown" });
  await assert.rejects(merge(one, blocked), { code: "person-not-active" });
  await assert.rejects(merge(leaving, one), { code: "erasure-planned" });
  await assert.rejects(merge(unconfirmed, one), { code: "survivor-unconfirmed" });
  await assert.rejects(merge(first, second), { code: "two-accounts" });
  assert.deepEqual(await allRows(), before);
  await merge(one, unconfirmed);
  assert.equal((await load(one)).secondaryEmail, null, "nobody confirmed that address");
  await merge(other, one);
  await assert.rejects(merge(other, one), { code: "person-not-active" });
});

test("merges upon merges lead to the last survivor, and are taken back in their order", async () => {
  const [a, b, c] = [await make(), await make(), await make()];
  const first = await merge(b, a);
  const second = await merge(c, b);
  assert.deepEqual([(await load(a)).mergedInto, (await load(b)).mergedInto], [c.id, c.id]);
  await assert.rejects(unmerge(first.id), { code: "merged-on" });
  await unmerge(second.id);
  assert.deepEqual([(await load(a)).mergedInto, (await load(b)).mergedInto], [b.id, null]);
  await unmerge(first.id);
  assert.equal((await load(a)).registration, "confirmed");
});

test("the survivor's export shows what came from the other, and their erasure takes it all", async () => {
  const word = "canary9b2c";
  const [keep, gone] = [await make({ name: word }), await make({ name: `${word} gone`, email: `${word}@example.org` })];
  await database.transaction(front, async (work) => {
    const person = await work.get(Person, gone.id);
    person.change(work, { name: `${word} gone for good` });
    await prepareLink(work, person, "change-email", 1, { newEmail: `${word}-new@example.org` });
    await requestRole(work, person, { team: "web", message: `${word} message` });
    await requestRole(work, await work.get(Person, keep.id), { team: "web", message: `${word} other message` });
  });
  await database.pool.query("update role set state = 'approved' where person_id = $1", [gone.id]);
  const { id } = await merge(keep, gone);
  const exported = await database.read(front, async (work) => exportPerson(work, await work.get(Person, keep.id)));
  const table = (name: string) => JSON.stringify(exported.tables.find((it) => it.table === name)?.rows);
  assert.match(table("person"), new RegExp(`${word} gone`));
  assert.match(table("merge"), new RegExp(`${word} other message`));
  assert.match(table("history"), new RegExp(`"person_id":${gone.id}\\b`));
  await assert.rejects(
    database.transaction(front, async (work) => requestErasure(work, await work.get(Person, gone.id))),
    { code: "person-merged" },
  );
  await database.transaction({ kind: "worker" }, async (work) =>
    erase(work, await work.get(Person, keep.id), secret, "silently"),
  );
  const forgotten = await database.pool.query(
    "select data->>'uuid' as uuid from pgboss.job where name = 'end-sign-ins' and data->>'forget' = 'true'",
  );
  for (const { uuid } of [keep, gone])
    assert.ok(
      forgotten.rows.some((row) => row.uuid === uuid),
      "auth forgets how both proved who they are",
    );
  const { rows: tables } = await database.pool.query(
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  );
  for (const { name } of tables) {
    const { rowCount } = await database.pool.query(`select 1 from "${name}" t where t::text like '%${word}%'`);
    assert.equal(rowCount, 0, name);
  }
  await assert.rejects(unmerge(id), { code: "person-erased" });
  const hash = suppressionHash(`${word}@example.org`, secret);
  const { rowCount } = await database.pool.query("select 1 from suppression where address_hash = $1", [hash]);
  assert.equal(rowCount, 1);
});
