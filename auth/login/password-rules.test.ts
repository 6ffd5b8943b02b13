// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Which new passwords are taken, and which are not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { findFlaw } from "./password-rules.ts";

const owner = { name: "Ada Lovelace", username: "enchantress", email: "countess@example.org" };

async function expectAll(passwords: string[], flaw: string | undefined): Promise<void> {
  for (const password of passwords) assert.equal(await findFlaw(password, owner), flaw, password.slice(0, 40));
}

test("twelve characters are enough, whatever they are, and 256 not too many", async () => {
  const fine = [
    "mossy candle ",
    "qobrxuplentk",
    "72 91 08 46 35",
    "zwölf Vögel!",
    "тёплый вечер",
    "密码很长但是不常见的一句话吧",
    "🦜🍉🧭🎻🪐🧶🥁🌵🛶🪁🧀🔭",
  ];
  await expectAll(
    [...fine, "correct horse battery staple", "Canadian maple tree", "lorem ipsum ".repeat(21)],
    undefined,
  );
  await expectAll(["", "mossy candl", "🦜🍉🧭🎻🪐🧶🥁🌵🛶🪁🧀"], "too-short");
  await expectAll([`${"lorem ipsum ".repeat(21)}dolor`, "a".repeat(10_000)], "too-long");
});

test("letters that are composed otherwise count as the letters they are", async () => {
  await expectAll(["äöüßäöü".normalize("NFD")], "too-short");
});

test("common passwords are refused, and so is what people do to them", async () => {
  await expectAll(["123qweasdzxc", "unbelievable", "Finalfantasy", "SuperNatural"], "common");
  await expectAll(
    ["password2026!", "!!Sunshine1234", "000dragon000000", "passwordpassword", "monkey-monkey"],
    "common",
  );
  await expectAll(["            ", "aaaaaaaaaaaa", "abababababab", "112211221122"], "common");
  await expectAll(["123456789012", "abcdefghijkl", "lkjihgfedcba", "qwertyuiopas", "1234-5678-9012-3456"], "common");
});

test("the person's name, username or address is no part of it", async () => {
  const personal = [
    "lovelace rides on",
    "my name is ADA ok",
    "enchantress of numbers",
    "xxCountess99xx",
    "countess@example.org",
  ];
  await expectAll([...personal, "Lovelace".normalize("NFD").padEnd(20, "!?x")], "personal");
  assert.equal(await findFlaw("mossy candle ring", { name: "", username: null, email: "" }), undefined);
});

test("what no keyboard can write again is refused", async () => {
  await expectAll(["mossy candle\u0000", "mossy\ncandle ring", "mossy candle \ud800"], "unreadable");
});
