// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { freshDatabase } from "../../test/database.ts";
import { administrator, makePerson } from "../../test/make.ts";
import { historyOf } from "../history.ts";
import { findWrongStats } from "../selectors/person-stats.ts";
import { consentFacts, consentStates, setConsent } from "./consent.ts";
import { erase } from "./erasure.ts";
import { findByEmail } from "./find-people.ts";
import { type ImportWish, importPeople, type PersonOfList } from "./import-people.ts";
import type { Person } from "./person.ts";

const { database } = await freshDatabase();
const wish: ImportWish = { update: false, ask: false, secret: "a secret for tests" };
const day = (text: string) => Temporal.PlainDate.from(text);
const given = (on: string) => ({ on: day(on), wordingVersion: 1 });

function anEntry(email: string, entry: Partial<PersonOfList> = {}): PersonOfList {
  return { name: "Ida Import", email, kind: "individual", consents: [], channel: "import list.csv", ...entry };
}

function importing(list: PersonOfList[], wishes: Partial<ImportWish> = {}) {
  return database.transaction(administrator, (work) => importPeople(work, list, { ...wish, ...wishes }));
}

function get(email: string): Promise<Person> {
  return database.read(administrator, async (work) => {
    const person = await findByEmail(work, email);
    assert.ok(person, email);
    return person;
  });
}

async function mailsTo(email: string): Promise<string[]> {
  const { rows } = await database.pool.query("select mail from message where recipient = $1", [email]);
  return rows.map(({ mail }) => mail);
}

test("who is imported is confirmed by the coordinator, gets no mail, and the history says so", async () => {
  const postalAddress = { lines: ["Hauptstraße 1", ""], postcode: "10115", city: "Berlin", country: "DE" };
  const birthday = day("1980-02-29");
  const [imported] = await importing([anEntry("ida@example.org", { language: "de", postalAddress, birthday })]);
  const person = await get("IDA@example.org");
  assert.deepEqual(imported, { outcome: "added", person: person.id });
  assert.deepEqual([person.registration, person.language, person.addressLines], ["confirmed", "de", ["Hauptstraße 1"]]);
  assert.equal(person.birthday?.toString(), "1980-02-29");
  const history = await database.read(administrator, (work) => historyOf(work, person.id));
  assert.deepEqual(
    history.map(({ verb, actor, reason }) => [verb, actor, reason]),
    [
      ["confirmed", "administrator:test", "coordinator"],
      ["imported", "administrator:test", ""],
    ],
  );
  assert.deepEqual(await mailsTo("ida@example.org"), []);
});

test("a known address, first or second, is left as it is, also when imported twice", async () => {
  const { id } = await database.transaction(administrator, (work) =>
    makePerson(work, { name: "Known Already", email: "Known@example.org" }),
  );
  await database.pool.query("update person set secondary_email = 'second@example.org' where id = $1", [id]);
  const list = ["known@example.org", "SECOND@example.org"].map((email) => anEntry(email, { language: "de" }));
  for (const _ of [1, 2]) {
    const known = { outcome: "known", person: id };
    assert.deepEqual(await importing(list), [known, known]);
  }
  const { name, language, registration, version } = await get("known@example.org");
  assert.deepEqual([name, language, registration, version], ["Known Already", "en", "unconfirmed", 1]);
});

test("a consent is recorded with its day, its channel and the wording of its version", async () => {
  const consents = [{ purpose: "newsletter", given: given("2024-05-01") }];
  await importing([anEntry("agreed@example.org", { language: "de", consents })]);
  const { id } = await get("agreed@example.org");
  const facts = await database.read(administrator, (work) => consentFacts(work, id));
  assert.deepEqual(
    facts.map((it) => [it.fact, it.at.toString(), it.channel, it.wordingLanguage, it.wordingVersion, it.actor]),
    [["granted", "2024-05-01T10:00:00Z", "import list.csv", "de", 1, "administrator:test"]],
  );
  assert.deepEqual(await database.read(administrator, findWrongStats), []);
});

test("a consent without day, of another wording, or of a day to come is refused, and nothing is stored", async () => {
  const refused: [PersonOfList["consents"][number], string][] = [
    [{ purpose: "newsletter", given: null }, "consent-day-unknown"],
    [{ purpose: "newsletter", given: { on: day("2024-05-01"), wordingVersion: 7 } }, "wording-unknown"],
    [{ purpose: "newsletter", given: given("2999-01-01") }, "consent-in-future"],
    [{ purpose: "nonsense", given: given("2024-05-01") }, "purpose-unknown"],
  ];
  for (const [consent, code] of refused) {
    const [outcome] = await importing([anEntry("unproven@example.org", { consents: [consent] })]);
    assert.equal(outcome?.outcome === "refused" && outcome.code, code);
  }
  assert.equal(await database.read(administrator, (work) => findByEmail(work, "unproven@example.org")), undefined);
});

test("a consent older than a withdrawal does not come back; a newer one does", async () => {
  const person = await database.transaction(administrator, async (work) => {
    const added = await makePerson(work, { email: "withdrew@example.org" });
    await setConsent(work, added, "newsletter", true, { channel: "/settings" });
    await setConsent(work, added, "newsletter", false, { channel: "/settings" });
    return added;
  });
  const states = () => database.read(administrator, (work) => consentStates(work, person.id));
  const granted = async () => (await states()).find(({ purpose }) => purpose === "newsletter")?.granted;
  const today = Temporal.Now.plainDateISO("Europe/Berlin");
  const entry = (on: Temporal.PlainDate) =>
    anEntry("withdrew@example.org", {
      consents: [{ purpose: "newsletter", given: { on, wordingVersion: 1 } }],
    });
  for (const on of [day("2020-01-01"), today]) {
    assert.deepEqual(await importing([entry(on)], { update: true }), [{ outcome: "known", person: person.id }]);
    assert.equal(await granted(), false);
  }
  await database.transaction(administrator, async (work) => {
    const stranger = await makePerson(work, { email: "withdrew-long-ago@example.org" });
    await work.query
      .insertInto("consent")
      .values({
        ...{ personId: stranger.id, purpose: "newsletter", fact: "withdrawn", wording: "", wordingLanguage: "en" },
        ...{ wordingVersion: 1, wordingHash: "", channel: "/settings", network: null, actor: "worker" },
        ...{ requestId: null, messageId: null, at: Temporal.Instant.from("2020-01-01T10:00:00Z") },
      })
      .execute();
  });
  const later = { ...entry(day("2020-01-02")), email: "withdrew-long-ago@example.org" };
  assert.equal((await importing([later], { update: true }))[0]?.outcome, "filled");
});

test("updating fills what is empty and overwrites nothing", async () => {
  await database.transaction(administrator, (work) =>
    makePerson(work, { name: "Half Empty", email: "half@example.org" }),
  );
  const entry = (city: string, birthday: string) =>
    anEntry("half@example.org", {
      postalAddress: { lines: [], postcode: "", city, country: "FR" },
      birthday: day(birthday),
    });
  assert.equal((await importing([entry("Lyon", "1990-01-01")], { update: true }))[0]?.outcome, "filled");
  assert.equal((await importing([entry("Paris", "1991-01-01")], { update: true }))[0]?.outcome, "known");
  const person = await get("half@example.org");
  assert.deepEqual([person.name, person.city, person.birthday?.year], ["Half Empty", "Lyon", 1990]);
});

test("a list that names both addresses of a person adds one consent", async () => {
  const { id } = await database.transaction(administrator, (work) => makePerson(work, { email: "one@example.org" }));
  await database.pool.query("update person set secondary_email = 'two@example.org' where id = $1", [id]);
  const consents = [{ purpose: "info", given: given("2024-05-01") }];
  const list = ["one@example.org", "two@example.org"].map((email) => anEntry(email, { consents }));
  await importing(list, { update: true });
  assert.equal((await database.read(administrator, (work) => consentFacts(work, id))).length, 1);
});

test("the address of somebody who left does not come back", async () => {
  await database.transaction(administrator, async (work) => {
    const person = await makePerson(work, { email: "left@example.org" });
    await work.write();
    await erase(work, person, wish.secret, "silently");
  });
  const [outcome] = await importing([anEntry("LEFT@example.org")]);
  assert.deepEqual([outcome?.outcome, outcome?.outcome === "refused" && outcome.code], ["refused", "suppressed"]);
});

test("a domain that is not accepted, an unknown language, an unlikely birthday: each is refused, the others enter", async () => {
  const outcomes = await importing([
    anEntry("spam@mailinator.com"),
    anEntry("good@example.org"),
    anEntry("latin@example.org", { language: "la" }),
    anEntry("old@example.org", { birthday: day("1805-01-01") }),
  ]);
  assert.deepEqual(
    outcomes.map((it) => (it.outcome === "refused" ? [it.code, it.field] : it.outcome)),
    [["email-address-refused", "email"], "added", ["language-unknown", "language"], ["birthday-unlikely", "birthday"]],
  );
});

test("asked by mail are those without a consent, and only when that is wished", async () => {
  const wanted = [{ purpose: "newsletter", given: null }];
  const list = [
    anEntry("asked@example.org"),
    anEntry("wants@example.org", { consents: wanted }),
    anEntry("proven@example.org", { consents: [{ purpose: "info", given: given("2025-01-01") }] }),
  ];
  await importing(list, { ask: true });
  for (const [email, registration, mails] of [
    ["asked@example.org", "unconfirmed", ["confirm-registration"]],
    ["wants@example.org", "unconfirmed", ["confirm-registration"]],
    ["proven@example.org", "confirmed", []],
  ] as const) {
    assert.equal((await get(email)).registration, registration, email);
    assert.deepEqual(await mailsTo(email), mails, email);
  }
  const { id } = await get("wants@example.org");
  const facts = await database.read(administrator, (work) => consentFacts(work, id));
  assert.deepEqual(
    facts.map(({ fact }) => fact),
    ["requested"],
  );
});

test("two who import the same list at once enter everybody once", async () => {
  const list = Array.from({ length: 50 }, (_, at) => anEntry(`twin${at}@example.org`));
  const outcomes = (await Promise.all([importing(list), importing(list.toReversed())])).flat();
  assert.equal(outcomes.filter(({ outcome }) => outcome === "added").length, 50);
  assert.equal(outcomes.filter(({ outcome }) => outcome === "known").length, 50);
});
