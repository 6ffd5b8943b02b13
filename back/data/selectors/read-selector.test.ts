// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { Chance } from "../../test/chance.ts";
import { organisation } from "../../test/database.ts";
import { Invalid } from "../errors.ts";
import { UnreadableSelector } from "./read-words.ts";
import { compileSelector, fieldsOf, requireFields } from "./selector.ts";
import { now } from "./test/crowd.ts";
import { aSelector } from "./test/random-selector.ts";

const compile = (text: string) => compileSelector(organisation, text, now);

// The text, the character that is wrong, and what is said of it.
const mistakes: [string, number, RegExp][] = [
  ["", 1, /a field/],
  ['contry == "DE"', 1, /no such field\. Did you mean country\?/],
  ['country == "DE" and langauge == "de"', 21, /Did you mean language\?/],
  ["donation.sum > 3", 1, /Did you mean donations\.sum\?/],
  ["sum >= 3", 1, /Did you mean donations\.sum\?/],
  ["pledges.amuont >= 3", 1, /Did you mean pledges\.amount\?/],
  ['pledges has (intervall == "once")', 14, /Did you mean interval\?/],
  ['pledges has (country == "DE")', 14, /It is one of: amount, interval, method, state, made\./],
  ['country == "Germany"', 12, /Did you mean DE\?/],
  ['country == "UK"', 12, /Did you mean GB\?/],
  ['consents has "newletter"', 14, /Did you mean newsletter\?/],
  ['consents has "Monthly newsletter"', 14, /Did you mean newsletter\?/],
  ['registration == "active"', 17, /It is one of: unconfirmed, confirmed, blocked, erased\./],
  ["country == DE", 12, /in quotation marks/],
  ["country == 5", 12, /in quotation marks/],
  ['country has "DE"', 9, /one of == != = < <= > >= in/],
  ['consents == "newsletter"', 10, /“has” or “lacks”/],
  ["pledges has", 12, /“any”, or a condition in brackets/],
  ['name == "Ada', 9, /no closing quotation mark/],
  ['name == "Ada" name == "Bob"', 15, /“and” or “or”/],
  ["(donor", 7, /“\)”/],
  ["donor)", 6, /“and” or “or”/],
  ["donor and", 10, /a field/],
  ["and donor", 1, /a field/],
  ['name < "x"', 8, /Only numbers, amounts and days/],
  ['name != "a*"', 9, /no wildcards/],
  ["id == 1.5", 7, /whole number/],
  ["donations.sum >= 60.505", 18, /an amount/],
  ["donations.sum >= 1000000000", 18, /an amount/],
  ["registered == 2026-02-30", 15, /no such day/],
  ["registered == 1066-10-14", 15, /from 1900 to 2999/],
  ["registered > today - 9999 years", 14, /from 1900 to 2999/],
  ["registered > today - 3 moons", 14, /days, weeks, months or years/],
  ["donations.sum(last year) > 1", 15, /a number of days/],
  ["donations.sum(2025-01-01) > 1", 15, /“last 12 months”, a year/],
  ["donations.sum(between 2025-02-01 and 2025-01-01) > 1", 15, /after its last/],
  ['donref == "EX10015"', 11, /a donref/],
  ['name == "\u{1F642}\u{1F642}" and x', 18, /no such field/],
  ["name == none", 9, /in quotation marks/],
  ["donor in (true)", 11, /behind ==/],
  ['name == "a\tb"', 9, /control characters/],
  ['name == "a\u0000b"', 9, /control characters/],
  ["donor \u0000", 7, /no meaning/],
  ["donor; drop table person", 6, /no meaning/],
];

for (const [text, position, sentence] of mistakes)
  test(`what is wrong is said with its place: ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => compile(text),
      (error: unknown) => {
        assert.ok(error instanceof UnreadableSelector);
        assert.equal(error.position, position, error.message);
        assert.match(error.message, sentence);
        assert.match(error.message, new RegExp(`^At character ${position}: [A-Z]`));
        return true;
      },
    );
  });

test("what is said of a mistake never repeats what was typed", () => {
  for (const text of ['secret == "x"', 'country == "secret"', "name == secret", '"secret"', "registered > secret"])
    assert.throws(
      () => compile(text),
      (error: Error) => !error.message.includes("secret"),
    );
});

test("a text that is too long, too deep or of too many parts is refused at once", () => {
  const tooLarge = { code: "selector-too-large" };
  assert.throws(() => compile("(".repeat(10_000)), tooLarge);
  assert.throws(() => compile("(".repeat(3_000)), tooLarge);
  assert.throws(() => compile(`${"not ".repeat(900)}donor`), tooLarge);
  assert.throws(() => compile(Array(51).fill("donor").join(" or ")), tooLarge);
  assert.throws(() => compile(`name == "${"x".repeat(4_000)}"`), tooLarge);
  compile(`${"(".repeat(39)}donor${")".repeat(39)}`);
  compile(Array(50).fill("donor").join(" or "));
});

test("texts cut off, shuffled and spoilt at random are read or refused, and never anything else", (t) => {
  const chance = new Chance();
  t.diagnostic(`seed ${chance.seed}`);
  const spoilers = [
    "(",
    ")",
    '"',
    "'",
    "\\",
    "%",
    "\u0000",
    "\ud800",
    "and",
    "not",
    "last",
    "2026-13-99",
    "≥",
    "--",
    "*",
    "\n",
    "🙂",
  ];
  for (let n = 0; n < 3_000; n += 1) {
    let { text } = aSelector(chance, 1);
    for (let times = chance.upTo(4); times > 0; times -= 1) {
      const [from, to] = [chance.upTo(text.length + 1), chance.upTo(text.length + 1)];
      const middle = chance.pick([chance.pick(spoilers), text.slice(from, to), ""]);
      text = text.slice(0, from) + middle + text.slice(chance.is(0.5) ? from : to);
    }
    try {
      compile(text);
    } catch (error) {
      assert.ok(error instanceof Invalid, `seed ${chance.seed}: ${JSON.stringify(text)} ${error}`);
    }
  }
});

test("keywords and fields are understood in any letters", () => {
  assert.deepEqual(fieldsOf(compile('COUNTRY In ("de") AND Not Consents HAS Any OR Donations.Sum(LAST 2 Days) > 1')), [
    "country",
    "consents",
    "donations.sum",
  ]);
});

test("what a selector reads needs its scopes", () => {
  const staff = new Set(["people:read"]);
  requireFields(compile('country == "DE" and consents has any and signatures lacks any'), staff);
  for (const [text, field] of [
    ["donations.count(2025) == 0", "donations.count"],
    ['country == "DE" and not (name = "x*" or pledges.amount > 5)', "pledges"],
    ["donor", "donor"],
    ["supporter", "supporter"],
  ] as const) {
    const selector = compile(text);
    const message = new RegExp(`ask for ${field} needs the scope payments:read`);
    assert.throws(() => requireFields(selector, staff), { code: "selector-field-forbidden", message });
    requireFields(selector, new Set(["people:read", "payments:read"]));
  }
});
