// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A person's own data: seen, changed, and kept from being overwritten.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openTown } from "../test/town.ts";

const town = await openTown();
const ada = town.visitor();
await ada.signIn();

beforeEach(() => {
  town.back.calls.length = 0;
  town.back.refusal = undefined;
});

test("nothing of it is shown or changed without signing in", async () => {
  for (const path of ["", "/profile", "/address", "/email-address", "/consents", "/donations", "/mails"]) {
    assert.equal((await town.visitor().get(`/settings${path}`)).status, 303, path);
    const sent = await town.visitor().post(`/settings${path}`, { name: "Eve", version: "3" });
    assert.equal(sent.status, 401, path);
  }
  assert.deepEqual(town.back.calls, []);
});

test("the overview shows what we know", async () => {
  const seen = await ada.get("/settings");
  for (const text of ["Ada Lovelace", "ada@example.org", "EX427", "Analytical Street 1", "United Kingdom"])
    assert.ok(seen.text.includes(text), text);
  assert.match(seen.headers.get("cache-control") ?? "", /no-store/);
});

test("name and language are changed, and the pages follow the language", async () => {
  await ada.get("/?lang=en");
  const sent = await ada.post("/settings/profile", {
    version: String(town.back.me.version),
    name: "Ada <b>",
    language: "de",
  });
  assert.equal(sent.location, "/settings/profile?done=1");
  const seen = await ada.get(sent.location ?? "");
  assert.match(seen.text, /<html lang="de">[\s\S]*Gespeichert\.[\s\S]*value="Ada &lt;b&gt;"/);
  await ada.post("/settings/profile", { version: String(town.back.me.version), name: "Ada Lovelace", language: "en" });
});

test("a change made elsewhere meanwhile is told, what was typed stays, and saving again works", async () => {
  const stale = { version: String(town.back.me.version - 1), name: "Ada Byron", language: "en" };
  const seen = await ada.post("/settings/profile", stale);
  assert.equal(seen.status, 409);
  assert.match(seen.text, /changed elsewhere meanwhile[\s\S]*value="Ada Byron"/);
  assert.notEqual(town.back.me.name, "Ada Byron");
  const shown = /name="version" value="(\d+)"/.exec(seen.text)?.[1] ?? "";
  assert.equal((await ada.post("/settings/profile", { ...stale, version: shown })).status, 303);
  assert.equal(town.back.me.name, "Ada Byron");
});

const version = () => String(town.back.me.version);

test("a postal address is changed, or refused beside its field", async () => {
  const good = { address: "Street 1\r\n\r\nBack yard", postcode: "10115", city: "Berlin", country: "DE" };
  assert.equal((await ada.post("/settings/address", { version: version(), ...good })).status, 303);
  assert.deepEqual(town.back.me.postalAddress, {
    lines: ["Street 1", "Back yard"],
    postcode: "10115",
    city: "Berlin",
    region: "",
    country: "DE",
  });
  const bad: [Record<string, string>, string][] = [
    [{ address: "1\n2\n3\n4\n5" }, "address"],
    [{ address: "x".repeat(141) }, "address"],
    [{ city: "a\u0000b" }, "city"],
    [{ postcode: "1".repeat(21) }, "postcode"],
    [{ country: "Germany" }, "country"],
  ];
  for (const [fields, name] of bad) {
    const seen = await ada.post("/settings/address", { version: version(), ...good, ...fields });
    assert.equal(seen.status, 422, name);
    assert.ok(seen.text.includes(`id="${name}-error"`), name);
  }
  assert.equal((await ada.post("/settings/address", { ...good, version: "x" })).status, 422);
});

test("consent is granted and withdrawn by one button each, with page and network as proof", async () => {
  const page = await ada.get("/settings/consents");
  assert.match(page.text, /Send me your newsletter once a month/);
  const from = { "X-Forwarded-For": "203.0.113.9" };
  const sent = await ada.post("/settings/consents", { purpose: "newsletter", granted: "yes" }, from);
  assert.equal(sent.status, 303);
  assert.deepEqual(town.back.called("people.setMyConsent")[0]?.body, {
    granted: true,
    channel: "/settings/consents",
    networkAddress: "203.0.113.9",
  });
  assert.match((await ada.get("/settings/consents")).text, /You agreed on 20 November 2026/);
  await ada.post("/settings/consents", { purpose: "newsletter", granted: "no" });
  assert.equal(town.back.me.consents[1]?.granted, false);
  assert.match((await ada.get("/settings/consents")).text, /You stopped this on 20 November 2026/);
  for (const fields of [{ purpose: "unknown", granted: "yes" }, { purpose: "info" }, { granted: "no" }, {}])
    assert.equal((await ada.post("/settings/consents", fields as Record<string, string>)).status, 422);
});

test("the proof of consents names its person, each step and where it was taken, in words", async () => {
  const fact = {
    ...{ purpose: "newsletter", wording: "Send <it>", wordingLanguage: "en", wordingVersion: 1, wordingHash: "0" },
    ...{ at: "2026-05-01T10:00:00Z", network: "203.0.113.0" },
  };
  town.back.consentFacts = [
    { ...fact, fact: "withdrawn", channel: "complaint", network: null },
    { ...fact, fact: "granted", channel: "/subscribe" },
  ];
  const { text } = await ada.get("/settings/consents/proof");
  assert.match(text, /Ada Byron<\/strong>, ada@example\.org/);
  assert.match(
    text,
    /Monthly newsletter: stopped[\s\S]*<q>Send &lt;it&gt;<\/q>[\s\S]*1 May 2026[^<]* · marked as spam</,
  );
  assert.match(text, /newsletter: agreed[\s\S]* · \/subscribe · 203\.0\.113\.0</);
});

test("beside each consent stands what was sent for it last, with the way to it", async () => {
  assert.doesNotMatch((await ada.get("/settings/consents")).text, /Sent last/);
  const sent = {
    name: "news-1",
    purpose: "newsletter",
    language: "de",
    subject: "<Neues>",
    sentAt: "2026-11-19T23:30:00Z",
  };
  const webName = `7-${"0".repeat(20)}`;
  town.back.myNews = [
    { ...sent, webName: null },
    { ...sent, name: "friends", subject: "For friends", webName },
  ];
  const { text } = await ada.get("/settings/consents");
  assert.equal(text.split("Sent last").length, 2, "nothing was sent for the others");
  assert.match(
    text,
    /id="newsletter"[\s\S]*href="\/news\/news-1\?language=de" lang="de">&lt;Neues&gt;<[\s\S]*20 November 2026/,
  );
  assert.ok(text.includes(`href="/mailings/${webName}"`));
  town.back.myNews = [];
});

test("the address form has the fields of its country, keeps what was typed, and saves nothing before “Save”", async () => {
  const typed = { version: version(), address: "1 Main St", postcode: "94016", city: "Town", region: "CA" };
  const shown = await ada.post("/settings/address", { ...typed, country: "US", show: "1" });
  assert.equal(shown.status, 200);
  assert.ok(shown.text.indexOf('id="city"') < shown.text.indexOf('id="region"'));
  assert.ok(shown.text.indexOf('id="region"') < shown.text.indexOf('id="postcode"'));
  assert.match(shown.text, /1 Main St[\s\S]*value="CA"/);
  assert.deepEqual(town.back.called("people.changeMe"), []);
  assert.equal((await ada.post("/settings/address", { ...typed, version: version(), country: "US" })).status, 303);
  assert.equal(town.back.me.postalAddress.region, "CA");
});

test("a birthday is told, taken back, or refused beside its field", async () => {
  const save = (birthday: string) =>
    ada.post("/settings/profile", { version: version(), name: "Ada", language: "en", birthday });
  assert.equal((await save("1980-12-31")).status, 303);
  assert.match((await ada.get("/settings")).text, /31 December 1980/);
  assert.equal((await save("")).status, 303);
  assert.equal(town.back.me.birthday, null);
  for (const wrong of ["31.12.1980", "1980-02-30", "x"])
    assert.match((await save(wrong)).text, /id="birthday-error"/, wrong);
});

test("a pledge is given another amount, ended and taken up again; somebody else's is not there", async () => {
  const amount = { amount: 1000, currency: "EUR" };
  const reference = "EX427P1";
  town.back.payables.set(reference, { reference, kind: "pledge", amount, interval: "monthly", ended: false });
  const page = "/settings/donations/EX427P1";
  assert.match((await ada.get("/settings/donations")).text, /href="\/settings\/donations\/EX427P1"/);
  assert.equal((await ada.post(page, { do: "change", amount: "15" })).status, 303);
  assert.match((await ada.get(page)).text, /€15 every month</);
  for (const wrong of ["", "1.2.3", "-1", "abc"])
    assert.match((await ada.post(page, { do: "change", amount: wrong })).text, /id="amount-error"/, wrong);
  await ada.post(page, { do: "end" });
  assert.match((await ada.get(page)).text, /Resume it/);
  await ada.post(page, { do: "resume" });
  assert.match((await ada.get(page)).text, /End this pledge/);
  assert.equal((await ada.post(page, { do: "other" })).status, 422);
  assert.equal((await ada.get("/settings/donations/EX999P1")).status, 404);
});

test("another amount of what PayPal renews is said to need a consent there; of others it is not", async () => {
  const amount = { amount: 1000, currency: "EUR" };
  for (const [reference, method] of [
    ["EX427P8", "paypal"],
    ["EX427P9", "card"],
  ] as const) {
    town.back.payables.set(reference, { reference, kind: "pledge", amount, interval: "monthly", ended: false });
    town.back.renewals.set(reference, method);
    const { text } = await ada.get(`/settings/donations/${reference}`);
    assert.equal(text.includes("needs your consent at PayPal"), method === "paypal");
  }
});

test("donations, pledges and mails are listed, escaped", async () => {
  town.back.donations.push({
    id: 1,
    amount: { amount: 2550, currency: "EUR" },
    receivedOn: "2026-08-01",
    reference: "EX427<",
    state: "refunded",
    provider: "stripe",
    bookedAt: "2026-08-01T23:30:00Z",
    thankedAt: "2026-08-03T10:00:00Z",
    changes: [{ kind: "refunded", amount: { amount: 2550, currency: "EUR" }, on: "2026-08-09" }],
  });
  town.back.messages.push({
    key: "t1",
    mailing: null,
    mail: "thank-you",
    subject: "Thank you <Ada>",
    text: "Dear Ada,\n<b>",
    state: "accepted",
    queuedAt: "2026-08-01T10:00:00Z",
    sentAt: "2026-08-01T23:30:00Z",
    ...{ recipient: "ada@example.org", returnedAt: null, trouble: null },
  });
  assert.match(
    (await ada.get("/settings/donations")).text,
    /1 August 2026[\s\S]*EX427&lt;[\s\S]*given back[\s\S]*<li>2 August 2026: booked<\/li><li>3 August 2026: our thanks were sent<\/li><li>9 August 2026: €25\.50 given back[\s\S]*€25\.50<\/td>/,
  );
  assert.match((await ada.get("/settings/mails")).text, /Thank you &lt;Ada&gt;[\s\S]*2 August 2026[\s\S]*&lt;b&gt;/);
  const csv = await ada.get("/settings/donations.csv");
  assert.match(csv.headers.get("content-disposition") ?? "", /attachment/);
  assert.equal(
    csv.text.split("\r\n")[1],
    "2026-08-01,25.50,EUR,EX427 ,refunded,stripe,2026-08-01T23:30:00Z,2026-08-03T10:00:00Z,2026-08-09 refunded 25.50 EUR",
  );
  assert.equal(JSON.parse((await ada.get("/settings/donations.json")).text).donations[0].amount.amount, 2550);
  for (const before of ["1", "x", "-1", "9".repeat(30), "%00"])
    assert.equal((await ada.get(`/settings/donations?before=${before}`)).status, 200, before);
});

test("a mail that came back says when and why, one that was refused why", async () => {
  const mail = { mail: "thank-you", subject: "Thanks", text: "Dear Ada", queuedAt: "2026-08-01T10:00:00Z" };
  const newsletter = { purpose: "newsletter", consentedAt: "2026-01-01T10:00:00Z", webName: `1-${"0".repeat(20)}` };
  const [sentAt, returnedAt, recipient] = ["2026-08-01T10:01:00Z", "2026-08-02T10:00:00Z", "ada@example.org"];
  const sent = { ...mail, state: "accepted", sentAt, returnedAt, recipient, mailing: null };
  const shown = async (...messages: typeof town.back.messages) => {
    town.back.messages = messages;
    return (await ada.get("/settings/mails")).text;
  };
  const back = await shown({ ...sent, key: "t2", trouble: "mailbox-full" });
  assert.match(back, /came back on 2 August 2026[\s\S]*To ada@example\.org[\s\S]*The mailbox there was full/);
  assert.match(back, /href="\/settings\/email-address">Look at your addresses/);
  const spam = await shown({ ...sent, key: "m1", recipient: "", mailing: newsletter, trouble: "complaint" });
  assert.match(spam, /marked as spam on 2 August 2026[\s\S]*no longer write to you about this/);
  const ours = await shown({ ...sent, state: "refused", key: "t3", sentAt: null, returnedAt: null, trouble: "policy" });
  assert.match(ours, /did not arrive[\s\S]*That is ours to fix/);
  for (const text of [spam, ours]) assert.doesNotMatch(text, /Look at your addresses/);
  assert.doesNotMatch(await shown({ ...sent, key: "t4", returnedAt: null, trouble: null }), /class="error"/);
});

test("who is not answering at their address learns it when they sign in, and has it checked", async () => {
  assert.doesNotMatch((await ada.get("/settings")).text, /come back/);
  Object.assign(town.back.me, {
    secondaryEmail: "second@example.net",
    silentAddresses: ["ada@example.org", "second@example.net"],
  });
  for (const path of ["/settings", "/settings/email-address"]) {
    const { text } = await ada.get(path);
    assert.match(text, /Our mails to ada@example\.org come back/);
    assert.match(text, /Our mails to second@example\.net come back/);
  }
  assert.match(
    (await ada.post("/settings/email-address/check", { which: "secondary" })).text,
    /A mail is on its way there/,
  );
  await ada.post("/settings/email-address/check", { which: "<script>" });
  assert.deepEqual(
    town.back.called("people.checkMyAddress").map(({ body }) => body),
    [{ which: "secondary" }, { which: "primary" }],
  );
  Object.assign(town.back.me, { secondaryEmail: null, silentAddresses: [] });
});

test("another email address is asked for, and needs a sign-in of a moment ago", async () => {
  const asked = await ada.post("/settings/email-address", { email: "ada@example.net" });
  assert.match(asked.text, /a mail is on its way/);
  assert.deepEqual(town.back.called("people.requestEmailChange")[0]?.body, {
    email: "ada@example.net",
    which: "primary",
  });
  assert.match((await ada.post("/settings/email-address", { email: "nobody" })).text, /id="email-error"/);
  await ada.post("/settings/email-address", { email: "second@example.net", which: "secondary" });
  assert.equal(town.back.called("people.requestEmailChange")[1]?.body.which, "secondary");
  town.back.me.secondaryEmail = "second@example.net";
  assert.match((await ada.get("/settings/email-address")).text, /second@example\.net/);
  assert.equal((await ada.post("/settings/email-address/second/remove", {})).status, 303);
  assert.equal(town.back.me.secondaryEmail, null);
  town.back.refusal = { status: 403, code: "sign-in-again" };
  const again = await ada.post("/settings/email-address", { email: "ada@example.net" });
  assert.equal(again.status, 403);
  assert.match(again.text, /href="\/sign-in\?again=1&amp;return=\/settings\/email-address"/);
});
