// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, beforeEach, test } from "node:test";
import { line } from "@cdb/api/shapes.ts";
import { Chance } from "@cdb/back/test/chance.ts";
import * as corpora from "@cdb/back/test/corpora.ts";
import { postalAddressOf } from "@cdb/back/test/postal-addresses.ts";
import { countriesIn } from "./countries.ts";
import { aLink, anAccount, aRequest } from "./test/back.ts";
import { fieldsIn, tagsIn, textIn } from "./test/html.ts";
import { openTown, type Seen, type Visitor } from "./test/town.ts";

interface Sheet {
  address: string;
  /** Where a person finds the form; absent: it stands on other people's pages. */
  page?: string;
  who: "guest" | "ada";
  /** A good one, with every field that is read. */
  fields: () => Record<string, string>;
}

const town = await openTown();
const chance = new Chance();
const visitors: Record<Sheet["who"], Visitor> = { guest: town.visitor(), ada: town.visitor() };

const subscription = () => ({
  name: "Ada",
  email1: "ada@example.org",
  language: "en",
  referrer: "https://example.org/",
  category: "o",
  address: "Street 1",
  zip: "10115",
  city: "Berlin",
  country: "DE",
  wants_info: "yes",
  wants_newsletter_info: "yes",
  "signed_open-letter_on": "2026-11-20",
  password: "",
});
const gift = () => ({
  interval: "once",
  amount: "25",
  amount_once: "",
  amount_monthly: "",
  amount_quarterly: "",
  amount_yearly: "",
  method: "transfer",
  key: randomUUID(),
  name: "Ada",
  email: "ada@example.org",
  category: "o",
  purposes: "info",
  referrer: "https://example.org/",
});

// Every form that front takes. A new one fails these tests until it stands here.
const sheets: Record<string, Sheet> = {
  "/subscribe": { address: "/subscribe", page: "/subscribe", who: "guest", fields: subscription },
  "/subscribe-api": { address: "/subscribe-api", who: "guest", fields: subscription },
  "/command/:name": {
    address: "/command/confirm?link=good",
    page: "/command/confirm?link=good",
    who: "guest",
    fields: () => ({ go: "1", shownUntil: "7" }),
  },
  "/pay/:reference": {
    address: "/pay/EX427Z1",
    who: "guest",
    fields: () => ({ amount: "25", email: "ada@example.org", success_url: "", cancel_url: "" }),
  },
  "/donate": { address: "/donate", page: "/donate", who: "guest", fields: gift },
  "/support": { address: "/support", page: "/support", who: "guest", fields: gift },
  "/payonline/:reference": {
    address: "/payonline/EX427Z1",
    page: "/payonline/EX427Z1",
    who: "guest",
    fields: () => ({ amount: "25", method: "card", key: randomUUID() }),
  },
  "/volunteer": {
    address: "/volunteer",
    page: "/volunteer",
    who: "guest",
    fields: () => ({ name: "Ada", email: "ada@example.org", team: "web", message: "I help.", password: "" }),
  },
  "/sign-out": { address: "/sign-out", who: "guest", fields: () => ({ everywhere: "" }) },
  "/settings/profile": {
    address: "/settings/profile",
    page: "/settings/profile",
    who: "ada",
    fields: () => ({ name: "Ada", language: "en", birthday: "1980-12-31", version: String(town.back.me.version) }),
  },
  "/settings/address": {
    address: "/settings/address",
    page: "/settings/address",
    who: "ada",
    fields: () => ({
      address: "Street 1",
      postcode: "10115",
      city: "Berlin",
      region: "",
      country: "DE",
      show: "",
      version: String(town.back.me.version),
    }),
  },
  "/settings/email-address": {
    address: "/settings/email-address",
    page: "/settings/email-address",
    who: "ada",
    fields: () => ({ email: "ada@example.com", which: "primary" }),
  },
  "/settings/email-address/check": {
    address: "/settings/email-address/check",
    who: "ada",
    fields: () => ({ which: "primary" }),
  },
  "/settings/email-address/second/remove": {
    address: "/settings/email-address/second/remove",
    who: "ada",
    fields: () => ({}),
  },
  "/settings/consents": {
    address: "/settings/consents",
    page: "/settings/consents",
    who: "ada",
    fields: () => ({ purpose: "info", granted: "yes" }),
  },
  "/settings/donations/:reference": {
    address: "/settings/donations/EX427P1",
    page: "/settings/donations/EX427P1",
    who: "ada",
    fields: () => ({ do: "change", amount: "30" }),
  },
  "/settings/username": {
    address: "/settings/username",
    page: "/settings/username",
    who: "ada",
    fields: () => {
      town.back.account = anAccount();
      return { username: "ada" };
    },
  },
  "/settings/services/:group": {
    address: "/settings/services/wiki-editors",
    page: "/settings/services/wiki-editors",
    who: "ada",
    fields: () => ({ message: "I like to write." }),
  },
  "/settings/services/:group/leave": {
    address: "/settings/services/wiki-editors/leave",
    who: "ada",
    fields: () => ({}),
  },
  "/staff/:request": {
    address: "/staff/17",
    page: "/staff/17",
    who: "ada",
    fields: () => {
      town.back.requests = [aRequest(17)];
      return { reason: "met in person", decision: "approve" };
    },
  },
  "/settings/leave": {
    address: "/settings/leave",
    page: "/settings/leave",
    who: "ada",
    fields: () => ({ stay: "no" }),
  },
};
// What providers tell is signed; front/webhooks.test.ts has it.
const otherPosts = /^\/webhooks\//;

before(async () => {
  await visitors.ada.signIn();
  town.back.payables.set("EX427P1", {
    reference: "EX427P1",
    kind: "pledge",
    amount: { amount: 2500, currency: "EUR" },
    interval: "monthly",
    ended: false,
  });
  town.back.payables.set("EX427Z1", {
    reference: "EX427Z1",
    kind: "extra",
    amount: null,
    interval: null,
    ended: false,
  });
});

beforeEach(() => {
  town.back.calls.length = 0;
});

const post = ({ who, address }: Sheet, fields: Record<string, string> | string, headers?: Record<string, string>) => {
  town.back.links.set("good", aLink());
  return visitors[who].post(address, fields, headers);
};

test("every form of front stands here, with all its fields, and is taken when it is good", async () => {
  const routes = town.app.routes.filter(({ method, path }) => method === "POST" && !otherPosts.test(path));
  assert.deepEqual([...new Set(routes.map(({ path }) => path))].sort(), Object.keys(sheets).sort());
  for (const [route, sheet] of Object.entries(sheets)) {
    const seen = await post(sheet, sheet.fields());
    assert.ok(seen.status < 400 || route === "/settings/leave", `${route}: ${seen.status} ${seen.text}`);
    if (!sheet.page) continue;
    town.back.links.set("good", aLink());
    const { text } = await visitors[sheet.who].get(sheet.page);
    const main = text.slice(text.indexOf("<main"));
    const missing = tagsIn(main)
      .map(({ attributes }) => attributes.name ?? "")
      .filter((name) => !["", "viewport", ...Object.keys(sheet.fields())].includes(name));
    assert.deepEqual([...new Set(missing)], [], route);
  }
});

for (const [route, sheet] of Object.entries(sheets))
  test(`${route} takes bad input without harm, and keeps what was typed (seed ${chance.seed})`, async () => {
    const findings: string[] = [];
    for (const field of Object.keys(sheet.fields()))
      for (const text of textsFor(route, field))
        await check(sheet, field, text).catch((error: Error) => findings.push(error.message));
    assert.deepEqual(findings, []);
  });

async function check(sheet: Sheet, field: string, text: string): Promise<void> {
  town.back.calls.length = 0;
  const seen = await post(sheet, { ...sheet.fields(), [field]: text });
  const what = `${sheet.address} ${field} = ${JSON.stringify(text).slice(0, 100)}: ${seen.status}`;
  assertHarmless(seen, what);
  if (seen.status === 422 && (sheet.page || sheet.address === "/subscribe-api")) assertKept(seen, field, text, what);
  const expected = sentAs[field]?.(text);
  if (seen.status < 400 && expected !== undefined)
    assert.ok(
      town.back.calls.some(({ body }) => holds(body, expected)) || holds(town.stripe.checkouts.at(-1), expected),
      `sent otherwise: ${what} ${JSON.stringify(town.back.calls).slice(0, 500)}`,
    );
}

// The whole form stands there again with all that was typed. Anew: keys. Never: a trap, a button, a day that is none.
function assertKept({ text: page }: Seen, field: string, text: string, what: string): void {
  const main = page.slice(page.indexOf("<main"));
  const named = tagsIn(main).filter(({ attributes }) => attributes.name === field);
  if (/^(key|password|show|do|purpose|granted|decision)$|^signed_/.test(field)) return;
  assert.ok(named.length > 0, `lost: ${what}`);
  const shown = fieldsIn(main).get(field);
  assert.ok(shown === undefined || shown === text, `not kept: ${what} ${JSON.stringify(shown)?.slice(0, 100)}`);
}

// What back gets for what was typed, where people would miss a letter of it.
const sentAs: Record<string, (text: string) => unknown> = {
  name: (text) => text,
  email: (text) => text.trim(),
  email1: (text) => text.trim(),
  zip: (text) => text,
  postcode: (text) => text,
  city: (text) => text,
  region: (text) => text,
  message: (text) => text.replace(/\r\n?/g, "\n"),
  address: (text) => text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "")[0],
};

function holds(body: unknown, value: unknown): boolean {
  if (typeof body === "object" && body !== null) return Object.values(body).some((inner) => holds(inner, value));
  return body === value;
}

function assertHarmless({ status, headers, text }: Seen, what: string): void {
  assert.ok(status < 500, `${what} ${text.replace(/\s+/g, " ").slice(-800)}`);
  if (status >= 400) assert.match(headers.get("content-type") ?? "", /^text\/html/, what);
  assert.doesNotMatch(headers.get("location") ?? "", /[\r\n]/, what);
  if (!/^text\/html/.test(headers.get("content-type") ?? "")) return;
  assert.match(text, /^<!doctype html>/i, `no page: ${what}`);
  for (const { name, attributes } of tagsIn(text)) {
    assert.ok(ours.has(name), `<${name}>: ${what}`);
    for (const attribute of Object.keys(attributes))
      assert.doesNotMatch(attribute, /^(on|style$|src$)/, `<${name} ${attribute}>: ${what}`);
    if (name !== "link") assert.match(attributes.href ?? "/", /^(\/|#|mailto:|https?:)/, `<${name} href>: ${what}`);
  }
}

const ours = new Set(
  `html head meta title link body header nav a main section h1 h2 h3 p address form input textarea select option button label fieldset legend
  div span ul ol li dl dt dd strong em q small footer br code time table thead tbody tr th td details summary img svg path rect`.split(
    /\s+/,
  ),
);

function textsFor(route: string, field: string): readonly string[] {
  const email = /^email1?$/.test(field);
  const all =
    /^\/(subscribe|settings\/profile|settings\/address)$/.test(route) && /^(name|email1|address)$/.test(field);
  const step = all ? 6 : 24;
  const start = chance.upTo(step);
  return [
    ...(email ? [corpora.usableAddresses, corpora.unusableAddresses].flatMap(Object.keys) : []),
    ...(/^(name|city|message)$/.test(field) ? corpora.names : []),
    ...(/_on$|birthday/.test(field) ? corpora.days : []),
    // A form is at most 64 KiB.
    ...corpora.oddTexts.filter((text) => text.length < 20_000 && text.isWellFormed()),
    ...corpora.naughtyStrings.filter((_, index) => index % step === start),
  ];
}

const encode = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

// What no field shows: the form as a whole, its encoding, its size.
const wholes: Record<
  string,
  (good: string) => { body: string | Uint8Array<ArrayBuffer>; type?: string; status: number }
> = {
  "a field that came twice": (good) => ({ body: `${good}&twice=a&twice=b`, status: 400 }),
  "half of an escape": (good) => ({ body: `${good}&x=%E0%A4%A`, status: 400 }),
  "an escape of nothing": (good) => ({ body: `${good}&x=%`, status: 400 }),
  "an escape that is no UTF-8": (good) => ({ body: `${good}&x=J%FCrgen`, status: 400 }),
  "a letter in too many bytes": (good) => ({ body: `${good}&x=%C0%AF`, status: 400 }),
  "half of a letter": (good) => ({ body: `${good}&x=%ED%A0%80`, status: 400 }),
  "Latin-1 as it is": (good) => ({ body: Buffer.from(`${good}&x=Jürgen`, "latin1"), status: 400 }),
  "UTF-16": (good) => ({ body: Buffer.from(`\ufeff${good}&x=1`, "utf16le"), status: 400 }),
  "several parts": (good) => ({
    body: `--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n${good}\r\n--x--\r\n`,
    type: "multipart/form-data; boundary=x",
    status: 415,
  }),
  JSON: (good) => ({ body: JSON.stringify({ name: good }), type: "application/json", status: 415 }),
  "no kind": (good) => ({ body: good, type: "", status: 415 }),
  "10,000 fields of one name": (good) => ({ body: `${good}${"&x=1".repeat(10_000)}`, status: 400 }),
  "64 KiB and more": (good) => ({ body: `${good}&x=${"x".repeat(65_537)}`, status: 413 }),
  "5 MB": (good) => ({ body: `${good}&x=${"x".repeat(5_000_000)}`, status: 413 }),
};

for (const [what, make] of Object.entries(wholes))
  test(`no form takes ${what}`, async () => {
    for (const [route, sheet] of Object.entries(sheets)) {
      town.back.calls.length = 0;
      const { body, type, status } = make(encode(sheet.fields()));
      town.back.links.set("good", aLink());
      const seen = await visitors[sheet.who].send("POST", sheet.address, body as string, {
        Origin: "http://front.example.org",
        "Content-Type": type ?? "application/x-www-form-urlencoded",
      });
      assertHarmless(seen, `${route} with ${what}: ${seen.status}`);
      assert.equal(seen.status, status, route);
      const done = town.back.calls.filter(({ name }) => !/\.(show|list|find)/.test(name));
      assert.deepEqual(done, [], route);
    }
  });

test("fields that no form has are left alone, however many and however named", async () => {
  const others = Array.from({ length: 5_000 }, (_, index) => `f${index}=${index % 10}`).join("&");
  for (const [route, sheet] of Object.entries(sheets)) {
    if (route === "/settings/leave") continue;
    const good = encode(sheet.fields());
    for (const more of [
      others,
      "__proto__=a&constructor=b&toString=c&hasOwnProperty=d",
      "&&&=x&a",
      "name[]=a&name[0]=b",
    ]) {
      const seen = await post(sheet, `${encode(sheet.fields())}&${more}`);
      assertHarmless(seen, `${route} ${more.slice(0, 50)}: ${seen.status}`);
      assert.ok(seen.status < 400, `${route} ${more.slice(0, 50)}: ${seen.status} ${good}`);
    }
  }
});

test("a form without one of its fields, or with none, is refused or taken, and never breaks", async () => {
  for (const [route, sheet] of Object.entries(sheets))
    for (const left of ["", ...Object.keys(sheet.fields())]) {
      const fields = Object.entries(sheet.fields()).filter(([name]) => left !== "" && name !== left);
      const seen = await post(sheet, Object.fromEntries(fields));
      assertHarmless(seen, `${route} without ${left || "any field"}: ${seen.status}`);
    }
});

test("an address of every country is taken, shown and shown again as it was typed", async () => {
  const sheet = sheets["/settings/address"] as Sheet;
  for (const [country] of countriesIn("en")) {
    const { lines, ...rest } = postalAddressOf(country);
    const typed = { ...rest, region: rest.region ?? "", address: lines.join("\r\n") };
    assert.equal((await post(sheet, { ...sheet.fields(), ...typed })).status, 303, country);
    assert.deepEqual(town.back.me.postalAddress, { lines, ...rest }, country);
    const { text } = await visitors.ada.get("/settings/address");
    const shown = fieldsIn(text);
    for (const [name, value] of Object.entries({ ...typed, address: lines.join("\n") }))
      if (name !== "country" && value !== "") assert.equal(shown.get(name), value, `${country} ${name}`);
    const chosen = tagsIn(text).filter(({ name, attributes }) => name === "option" && "selected" in attributes);
    assert.deepEqual(
      chosen.map(({ attributes }) => attributes.value),
      [country],
    );
    const overview = textIn((await visitors.ada.get("/settings")).text).toUpperCase();
    for (const value of [...lines, rest.postcode, rest.city])
      assert.ok(overview.includes(value.toUpperCase()), `${country}: ${value}`);
  }
});

test("whatever is kept of a person stands on their pages as text", async () => {
  const before = structuredClone(town.back.me);
  const pages = [
    ...new Set(town.app.routes.filter(({ method, path }) => method === "GET" && /^\/settings/.test(path))),
  ].map(({ path }) => path.replace(":reference", "EX427P1").replace(":group", "wiki-editors"));
  const start = chance.upTo(4);
  const nasty = corpora.naughtyStrings
    .filter((word) => /[<>"'&`{]/.test(word))
    .filter((_, index) => index % 4 === start);
  for (const text of [...corpora.names, ...nasty].filter((word) => line(140).safeParse(word).success)) {
    Object.assign(town.back.account, { username: text, address: text, state: "open" });
    Object.assign(town.back.me, { name: text, email: text, secondaryEmail: text, username: text, donref: text });
    town.back.me.postalAddress = { lines: [text], postcode: "", city: text, region: text, country: "DE" };
    town.back.me.consents = before.consents.map((consent) => ({ ...consent, channel: text, wording: text }));
    town.back.messages = [
      {
        key: "t1",
        mail: "thank-you",
        subject: text,
        text,
        state: "accepted",
        queuedAt: "2026-11-20T10:00:00Z",
        sentAt: null,
        ...{ recipient: text, returnedAt: "2026-11-21T10:00:00Z", trouble: "user-unknown" },
        mailing: { purpose: text, consentedAt: "2026-11-20T10:00:00Z", webName: "1-00000000000000000000" },
      },
    ];
    for (const page of pages) assertHarmless(await visitors.ada.get(page), `GET ${page} with ${JSON.stringify(text)}`);
    const overview = textIn((await visitors.ada.get("/settings")).text);
    assert.ok(overview.includes(text.trim()), text);
  }
  Object.assign(town.back.me, before);
  town.back.messages = [];
});

test("what stands in the address of a page does no harm, on any page", async () => {
  const routes = town.app.routes.filter(({ method, path }) => method === "GET" && !path.includes("*"));
  const texts = [...corpora.oddTexts.filter((text) => text.length < 3_000), ...corpora.naughtyStrings].map((text) =>
    encodeURIComponent(text.toWellFormed()),
  );
  const broken = ["%", "%E0%A4%A", "J%FCrgen", "%00", "%ED%A0%80", "..%2f..%2fetc%2fpasswd", "%252e%252e"];
  const names =
    "lang language referrer period return again state code error link signature person go before page purpose done x".split(
      " ",
    );
  for (const path of new Set(routes.map((route) => route.path)))
    for (const visitor of Object.values(visitors)) {
      const start = chance.upTo(8);
      for (const text of [...broken, ...texts.filter((_, index) => index % 8 === start)]) {
        const name = chance.pick(names);
        const address = `${path.replace(/:\w+/g, chance.is(0.5) ? text : "EX427P1")}?${name}=${text}`;
        const seen = await visitor.get(address).catch((error: Error) => assert.fail(`${address}: ${error.message}`));
        assertHarmless(seen, `GET ${address}: ${seen.status}`);
      }
    }
});
