// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, test } from "node:test";
import type { Operation } from "@cdb/api/operation.ts";
import { operations } from "@cdb/api/operations.ts";
import { problem } from "@cdb/api/problems.ts";
import type { Scope } from "@cdb/api/scopes.ts";
import { z } from "zod";
import { openAccount } from "../data/accounts/account.ts";
import { requestGroup } from "../data/accounts/group-requests.ts";
import { signCommand } from "../data/links/signed-command.ts";
import { prepareLink } from "../data/links/signed-link.ts";
import { webNameOf } from "../data/mailings/web-address.ts";
import { setConsent } from "../data/people/consent.ts";
import { Person } from "../data/people/person.ts";
import { approveRole } from "../data/people/role.ts";
import { Chance } from "../test/chance.ts";
import * as corpora from "../test/corpora.ts";
import { type Call, mailingCalls } from "../test/mailing-calls.ts";
import { makeSentMailing } from "../test/mailings.ts";
import { administrator, front, makeAPledge, makePerson } from "../test/make.ts";
import { paymentCalls } from "../test/payment-calls.ts";
import { secrets, testServer } from "../test/server.ts";
import { personToken, programToken } from "../test/tokens.ts";
import { type WrittenRow, WrittenRows } from "../test/written-rows.ts";

type Tree = Record<string, unknown>;
type Part = "params" | "query" | "body";
interface Field {
  part: Part;
  path: (string | number)[];
  /** Text is expected: nothing else will do. */
  text: boolean;
}

const { app, database, ownerUrl } = await testServer();
const written = await WrittenRows.watch(ownerUrl);
const chance = new Chance();
let ada: Person;
let sentId = 0;
let count = 0;
// A good call may need somebody or something new, which is not what is looked for.
let madeRows = false;

before(async () => {
  ada = await someone();
  sentId = (await database.transaction(administrator, (work) => makeSentMailing(work, { name: "news-1" }))).id;
  await database.transaction(front, async (work) => {
    const reader = await makePerson(work, { email: newAddress() });
    reader.confirm(work, "link");
    await setConsent(work, reader, "newsletter", true, origin);
  });
  for (const _ of ["P1", "P2"])
    await database.transaction(front, async (work) => makeAPledge(work, await work.get(Person, ada.id)));
});

const origin = { channel: "/subscribe", referrer: "https://example.org/", networkAddress: "203.0.113.9" };
const promise = () => ({
  amount: { amount: 2500, currency: "EUR" },
  interval: "once",
  method: "card",
  key: randomUUID(),
});
const postalAddress = { lines: ["Street 1"], postcode: "12345", city: "Berlin", region: "Berlin", country: "DE" };

// A good call of each operation, with every field that it takes. A new operation fails these tests until it stands here.
const good: Record<string, () => Call | Promise<Call>> = {
  "registrations.register": () => ({
    body: {
      name: "Ada",
      email: newAddress(),
      kind: "individual",
      language: "en",
      postalAddress,
      purposes: ["info"],
      signatures: { "open-letter": "2026-11-20" },
      volunteer: { team: "web", message: "I like to help.\nAda" },
      confirmation: "mail",
      origin,
    },
  }),
  "links.show": async () => ({ body: { token: await linkToken() } }),
  "links.follow": async () => ({
    body: { token: await linkToken(), act: "follow", shownUntil: 0, networkAddress: "203.0.113.9" },
  }),
  "commands.show": () => ({ body: signed({ wants_info: "yes", "signed_open-letter_on": "2026-11-20" }) }),
  "commands.run": () => ({
    body: { ...signed({ wants_info: "yes", "signed_open-letter_on": "2026-11-20" }), networkAddress: "203.0.113.9" },
  }),
  "pledges.make": () => ({
    body: {
      ...promise(),
      name: "Ada",
      email: newAddress(),
      kind: "individual",
      language: "en",
      purposes: ["info"],
      origin,
    },
  }),
  "pledges.makeMine": () => ({ body: { ...promise(), origin: { channel: "/donate", referrer: "" } } }),
  "pledges.changeMine": () => ({
    params: { reference: `${ada.donref("EX")}P1` },
    body: { amount: { amount: 2500 + (count++ % 100), currency: "EUR" }, do: "resume" },
  }),
  "pledges.listMine": () => ({}),
  "payables.show": () => ({ params: { reference: ada.donref("EX") } }),
  ...paymentCalls(() => ada.donref("EX"), newAddress),
  "bounces.report": () => ({
    body: { mail: `Subject: ${randomUUID()}\n\nHello`, encoding: "utf8", to: "bounces@example.org" },
  }),
  "people.showMe": () => ({}),
  "people.changeMe": async () => ({
    body: { name: "Ada", language: "en", birthday: "1915-12-10", postalAddress, version: await versionOf(ada.id) },
  }),
  "people.checkMyAddress": () => ({ body: { which: "primary" } }),
  "people.removeMySecondaryEmail": () => ({}),
  "people.requestEmailChange": () => ({ body: { email: newAddress(), which: "primary" } }),
  "people.setMyConsent": async () => ({
    params: { purpose: "info" },
    body: { granted: !(await isGranted()), channel: "/settings", networkAddress: "203.0.113.9" },
  }),
  "people.listMyConsentFacts": () => ({}),
  "people.listMyDonations": () => ({ query: { before: "1000" } }),
  "news.listMine": () => ({}),
  "people.listMyMessages": () => ({ query: { before: "t1000" } }),
  "people.listMyHistory": () => ({}),
  "people.exportMe": () => ({}),
  "people.showMyErasure": () => ({}),
  "people.requestMyErasure": () => ({ body: {} }),
  "people.cancelMyErasure": () => ({}),
  "people.signOutEverywhere": async () => ({ token: await personToken((await someone()).uuid) }),
  "people.find": () => ({ query: { text: "Lovelace", limit: "5" } }),
  "people.show": () => ({ params: { id: String(ada.id) } }),
  "people.showHistory": () => ({ params: { id: String(ada.id) } }),
  "selectors.count": () => ({ body: { selector: 'name = "*Ada*"' } }),
  "selectors.list": () => ({ body: { selector: 'name = "*Ada*"', after: 1, limit: 5 } }),
  "selectors.explain": () => ({ body: { selector: 'name = "*Ada*"', person: ada.id } }),
  ...mailingCalls(database, () => ada),
  "news.list": () => ({ query: { language: "de", page: "1" } }),
  "news.listInFull": () => ({ query: { language: "de" } }),
  "news.show": () => ({ params: { name: "news-1" }, query: { language: "de" } }),
  "news.showWebView": () => ({ params: { webName: webNameOf(sentId, secrets.links) }, query: { language: "de" } }),
  "signIn.find": () => ({ body: { identifier: "ada@example.org" } }),
  "signIn.sendLink": () => ({
    body: {
      identifier: "ada@example.org",
      uuid: ada.uuid,
      link: "http://localhost/login-link?token=x",
      code: "ABCD-EFGH",
      browser: "Firefox",
      service: "Wiki",
      language: "en",
    },
  }),
  "signIn.record": async () => ({
    body: {
      ...{ key: randomUUID(), uuid: (await someone()).uuid, kind: "access-allowed", at: "2026-11-20T14:05:00Z" },
      ...{ clientId: "wiki", service: "Wiki", session: "0123456789abcdef", network: "203.0.113.9" },
      ...{ browser: "Firefox, Linux", detail: "profile", endedGrants: [randomUUID()], endedKeys: [randomUUID()] },
    },
  }),
  "signIn.listEvents": () => ({ params: { uuid: ada.uuid } }),
  "signIn.showClaims": () => ({ params: { uuid: ada.uuid } }),
  "accounts.showMine": () => ({}),
  "accounts.chooseMine": async () => ({
    body: { username: freeUsername() },
    token: await personToken((await someVolunteer()).uuid),
  }),
  "accounts.requestGroup": async () => ({
    params: { group: "wiki-editors" },
    body: { message: "I like to write." },
    token: await personToken((await someVolunteer("with an account")).uuid),
  }),
  "accounts.leaveGroup": () => ({ params: { group: "wiki-editors" } }),
  "accounts.listRequests": () => ({}),
  "accounts.decideRequest": async () => ({
    params: { id: String(await someRequest()) },
    body: { approve: true, reason: "met in person" },
  }),
};

// What is accepted and not stored as it came, and why. Everything else that is accepted must be found in a row.
const notStored: Record<string, RegExp> = {
  "a hash of it is kept": /^payments\.admit body\.email$/,
  "told again under a known name, it is nothing new": /^payments\.register body\.noticeId$/,
  "what was to be paid tells whose attempt it was": /^payments\.reportDecline body\.reference$/,
  "a network address is shortened": /networkAddress$/,
  "what only opens, finds or proves":
    /\.(token|signature|command|identifier|selector|version|shownUntil|key|uuid|digest)$/,
  "what only steers": /\.(confirmation|limit|after|before|text|person)$/,
  "registrations are not counted by referrer":
    /^registrations\.register body\.origin\.referrer$|^pledges\.make body\.origin\.referrer$/,
  "what is to be read": /^news\.|^mailings\.(preview|test) body\.language$/,
  "what a mail says is kept in our words": /^bounces\.report body\.(mail|encoding|to)$/,
  "what is empty around a text is left out": /^mailings\.write body\./,
  "only parameters with a meaning count": /^commands\.\w+ body\.parameters\./,
  "zod leaves __proto__ out": /\.\*$/,
  "a moment is told in its own form": /happenedAt$|^mailings\.schedule body\.at$/,
};

test("every operation has a good call, which is taken", async () => {
  assert.deepEqual(operations.map(({ name }) => name).sort(), Object.keys(good).sort());
  for (const operation of operations) {
    const { status, text } = await send(operation, await goodCall(operation));
    assert.equal(status, operation.status, `${operation.name}: ${text}`);
  }
});

for (const operation of operations)
  test(`${operation.name} takes bad input without harm (seed ${chance.seed})`, async () => {
    await written.take();
    const findings: string[] = [];
    const find = (error: Error) => findings.push(error.message);
    for (const field of await fieldsOf(operation)) {
      for (const value of textsFor(operation, field)) await check(operation, field, value).catch(find);
      if (field.part !== "body" || field.path.at(-1) === "*") continue;
      for (const value of corpora.otherKinds) await check(operation, field, value).catch(find);
      for (const raw of corpora.oddJson) await check(operation, field, undefined, raw).catch(find);
    }
    await checkWholes(operation).catch(find);
    assert.deepEqual(findings, []);
  });

test("text that is not UTF-8 is refused, not mended", async () => {
  for (const operation of operations.filter(({ name }) => /^(registrations.register|people.changeMe)$/.test(name))) {
    const call = await goodCall(operation);
    put(call, { part: "body", path: ["name"], text: true }, "Jürgen");
    const answer = await send(operation, call, (json) => Buffer.from(json, "latin1"));
    assertRefused(answer, await written.take(), `${operation.name}: ${answer.status} ${answer.text}`);
  }
});

// A name, an email address and the lines of a postal address meet many texts where they are entered, others fewer: another share
// each time.
function textsFor({ name }: Operation, { path, text }: Field): readonly string[] {
  if (!text) return ["", "text", "1", "1e308"];
  const field = path.join(".");
  const email = /email|identifier/.test(field);
  const addresses = [corpora.usableAddresses, corpora.unusableAddresses, corpora.internationalAddresses];
  const words = [
    ...(email ? addresses.flatMap(Object.keys) : []),
    ...(/^(name|text)$|lines|city/.test(field) ? corpora.names : []),
    ...(/On$|_on$|At$|day|open-letter/.test(field) ? corpora.days : []),
  ];
  const share = shareOf(name, field);
  const [start, half] = [chance.upTo(share), chance.upTo(2)];
  return [
    ...words,
    ...corpora.oddTexts.filter((_, index) => share < 24 || index % 2 === half),
    ...corpora.naughtyStrings.filter((_, index) => index % share === start),
  ];
}

/** One of so many naughty strings. */
function shareOf(name: string, field: string): number {
  if (name === "registrations.register" && /^(name|email)$/.test(field)) return 4;
  if (name === "people.requestEmailChange") return 4;
  return /^(registrations\.register|people\.changeMe)$/.test(name) && /^name$|^postalAddress\.[^c]|city/.test(field)
    ? 12
    : 24;
}

async function check(operation: Operation, field: Field, value: unknown, raw?: string): Promise<void> {
  const call = await goodCall(operation);
  const marker = "a marker for raw JSON";
  put(call, field, raw === undefined ? value : marker);
  if (field.path[0] === "parameters") call.body = { ...call.body, ...sign(call.body as Tree) };
  const answer = await send(operation, call, (json) => (raw === undefined ? json : json.replace(`"${marker}"`, raw)));
  const name = `${operation.name} ${field.part}.${field.path.join(".")}`;
  const what = `${name} = ${(raw ?? JSON.stringify(value)).slice(0, 80)}: ${answer.status} ${answer.text.slice(0, 300)}`;
  const rows = await written.take();
  if (answer.status >= 400) return assertRefused(answer, rows, what, value ?? raw);
  if (field.part !== "body") return;
  assert.ok(!field.text || typeof value === "string" || raw?.startsWith('"'), `taken: ${what}`);
  const blank = /lines\.0$/.test(name) && typeof value === "string" && value.trim() === "";
  if (raw === undefined && !blank && operation.method !== "GET" && !Object.values(notStored).some((p) => p.test(name)))
    assert.ok(holds(rows, value), `not stored as given: ${what} ${JSON.stringify(rows).slice(0, 2000)}`);
  if (field.path.at(-1) === "email") await forgetAddress(value);
}

// What no field shows: the body as a whole, its form, its kind, its size.
async function checkWholes(operation: Operation): Promise<void> {
  const json = (body: string, type = "application/json") => ({ body, headers: { "Content-Type": type } });
  const whole = JSON.stringify((await goodCall(operation)).body ?? {});
  const inside = whole === "{}" ? "" : `,${whole.slice(1, -1)}`;
  const wholes: Record<string, { body: string; headers: Record<string, string> }> = {
    "an unknown field": json(`{"isAdmin":true${inside}}`),
    __proto__: json(`{"__proto__":{"isAdmin":true}${inside}}`),
    constructor: json(`{"constructor":{"prototype":{"isAdmin":true}}${inside}}`),
    "an unknown field with a long name": json(`{"${"x".repeat(10_000)}":1${inside}}`),
    "an array": json(`[${whole}]`),
    null: json("null"),
    text: json('"text"'),
    "half of it": json(`{"a":1${inside}`),
    "more than it": json(`${whole}${whole}`),
    "a mark before it": json(`\ufeff${whole}x`),
    "100,000 arrays in each other": json(`${"[".repeat(100_000)}${"]".repeat(100_000)}`),
    "2 MB": json(`{"a":"${"x".repeat(2_000_000)}"${inside}}`),
    "a form": json("name=Ada", "application/x-www-form-urlencoded"),
    "a form's kind": json(whole.replace("{", "{ "), "application/x-www-form-urlencoded"),
    XML: json("<name>Ada</name>", "text/xml"),
    "no kind": { body: whole.replace("{", "{ "), headers: {} },
  };
  for (const [what, { body, headers }] of Object.entries(wholes)) {
    if (operation.method === "GET") continue;
    const call = await goodCall(operation);
    const answer = await send(operation, call, () => body, headers);
    assertRefused(
      answer,
      await written.take(),
      `${operation.name} with ${what}: ${answer.status} ${answer.text.slice(0, 300)}`,
    );
  }
}

interface Answer {
  status: number;
  type: string;
  text: string;
}

function assertRefused({ status, type, text }: Answer, rows: WrittenRow[], what: string, value?: unknown): void {
  assert.ok(status >= 400 && status < 500, what);
  assert.equal(type, "application/problem+json", what);
  const { code, fields } = problem.parse(JSON.parse(text));
  assert.match(code, /^[a-z]+(-[a-z]+)*$/, what);
  if (code === "fields-invalid") assert.ok((fields ?? []).length > 0, what);
  // The name of an entry is told as that of the field while it looks like one.
  const told =
    typeof value === "string" && value.length >= 12 && !/^[\w-]{1,60}$/.test(value)
      ? JSON.stringify(value).slice(1, 63)
      : "\u0000";
  assert.ok(!text.includes(told.replace(/"$/, "")), `an echo: ${what}`);
  assert.ok(text.length < 3_000, `much text: ${what}`);
  assert.ok(rows.length === 0, `stored, though refused: ${what} ${JSON.stringify(rows)}`);
}

async function send(
  { method, path, scope }: Operation,
  { params = {}, query, body, token }: Call,
  onWire: (json: string) => string | Uint8Array<ArrayBuffer> = (json) => json,
  headers: Record<string, string> = { "Content-Type": "application/json" },
): Promise<Answer> {
  const address = path.replace(/\{(\w+)\}/g, (_, name) => encoded(params[name]));
  const search = Object.entries(query ?? {}).map(([name, value]) => `${name}=${encoded(value)}`);
  const response = await app.request(`${address}${search.length > 0 ? `?${search.join("&")}` : ""}`, {
    method,
    headers: { ...headers, Authorization: `Bearer ${token ?? (await tokenFor(scope))}` },
    body: method === "GET" ? null : onWire(body === undefined ? "" : JSON.stringify(body)),
  });
  const text = await response.text();
  assert.ok(
    response.status < 500,
    `${method} ${address} ${JSON.stringify(body)?.slice(0, 500)}: ${response.status} ${text}`,
  );
  return { status: response.status, type: response.headers.get("Content-Type") ?? "", text };
}

function encoded(value: unknown): string {
  return encodeURIComponent(String(value).toWellFormed());
}

const tokens = new Map<string, Promise<string>>();

function tokenFor(scope: Operation["scope"]): Promise<string> {
  const authTime = { claims: { auth_time: Math.floor(Date.now() / 1000) } };
  const token =
    tokens.get(scope) ??
    (scope.startsWith("self:") ? personToken(ada.uuid, authTime) : programToken("front", [scope as Scope]));
  tokens.set(scope, token);
  return token;
}

async function goodCall({ name }: Operation): Promise<Call> {
  const make = good[name];
  assert.ok(make, `${name} has no good call`);
  const call = structuredClone(await make());
  madeRows ||= name.startsWith("mailings.");
  if (madeRows) await written.take();
  madeRows = false;
  return call;
}

/** Every value and every container that the operation takes, as its schemas say. */
async function fieldsOf(operation: Operation): Promise<Field[]> {
  const call = await goodCall(operation);
  return (["params", "query", "body"] as const).flatMap((part) => {
    const schema = z.toJSONSchema(operation[part], { io: "input", unrepresentable: "any" }) as Tree;
    return walk(schema, call[part]).map((field) => ({ ...field, part }));
  });
}

function walk(schema: Tree, example: unknown, path: Field["path"] = []): Omit<Field, "part">[] {
  const parts = (schema.properties ?? {}) as Record<string, Tree>;
  const inner = Object.entries(parts).flatMap(([name, part]) => {
    const value = (example as Tree | undefined)?.[name];
    assert.ok(value !== undefined, `the good call lacks ${[...path, name].join(".")}`);
    return walk(part, value, [...path, name]);
  });
  if (schema.type === "array") inner.push(...walk(schema.items as Tree, (example as unknown[])[0], [...path, 0]));
  // The names in a record are input, too: `*` is one of them.
  if (schema.propertyNames) inner.push({ path: [...path, "*"], text: true });
  if (schema.propertyNames)
    for (const [name, value] of Object.entries(example as Tree))
      inner.push(...walk(schema.additionalProperties as Tree, value, [...path, name]));
  if (path.length === 0) return inner;
  const kinds = (schema.anyOf as Tree[] | undefined) ?? [schema];
  return [{ path, text: kinds.every(({ type }) => type === "string") }, ...inner];
}

function put(call: Call, { part, path }: Field, value: unknown): void {
  const place = path.slice(0, -1).reduce((inner, step) => inner[step] as Tree, (call[part] ?? {}) as Tree);
  const last = path.at(-1) as string;
  const name = last === "*" ? String(value) : last;
  const entry = last === "*" ? Object.values(place)[0] : value;
  Object.defineProperty(place, name, { value: entry, enumerable: true, configurable: true, writable: true });
}

function holds(rows: unknown, value: unknown): boolean {
  if (typeof value !== "string" && typeof value !== "number") return true;
  if (typeof rows === "object" && rows !== null)
    return Object.entries(rows).some(([name, inner]) => name === value || holds(inner, value));
  return rows === value;
}

async function someone(): Promise<Person> {
  madeRows = true;
  return database.transaction(front, (work) => makePerson(work, { email: newAddress(), name: "Ada Lovelace" }));
}

/** May choose a username; or has one. */
async function someVolunteer(account?: "with an account"): Promise<Person> {
  const { id } = await someone();
  return database.transaction(front, async (work) => {
    const person = await work.get(Person, id, "lock");
    await approveRole(work, person, { name: "volunteer", team: "events", reason: "" });
    if (account) await openAccount(work, person, freeUsername());
    return person;
  });
}

async function someRequest(): Promise<number> {
  const { id } = await someVolunteer("with an account");
  await database.transaction(front, async (work) => requestGroup(work, await work.get(Person, id), "wiki-editors", ""));
  return (await database.pool.query("select max(id) as id from role")).rows[0].id;
}

function freeUsername(): string {
  count += 1;
  return `volunteer.${count}`;
}

function newAddress(): string {
  count += 1;
  return `ada.${count}@good.example.org`;
}

function linkToken(): Promise<string> {
  madeRows = true;
  return database.transaction(front, async (work) => (await prepareLink(work, ada, "confirm", 1)).token(secrets.links));
}

function signed(parameters: Tree): Tree {
  return sign({ command: "confirm", parameters: { ...parameters, person: String(ada.id) } });
}

function sign({ parameters, ...rest }: Tree): Tree {
  const { person, ...others } = (parameters ?? {}) as Record<string, string>;
  if (![person, ...Object.values(others)].every((value) => typeof value === "string")) return { ...rest, parameters };
  return { ...rest, parameters, signature: signCommand("confirm", String(person), others, secrets.commands) };
}

async function versionOf(id: number): Promise<number> {
  return (await database.pool.query("select version from person where id = $1", [id])).rows[0].version;
}

async function isGranted(): Promise<boolean> {
  const facts =
    "select fact from consent where person_id = $1 and purpose = 'info' and fact <> 'requested' order by id desc limit 1";
  return (await database.pool.query(facts, [ada.id])).rows[0]?.fact === "granted";
}

// The same address comes again with another field or operation: as somebody new.
async function forgetAddress(email: unknown): Promise<void> {
  madeRows = true;
  await database.pool.query("update person set email = id || '@gone.example.org' where email = $1", [email]);
}
