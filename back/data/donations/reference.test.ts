// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { donrefOf, readReference } from "./reference.ts";

test("a person's reference is the prefix, the number and a check digit", () => {
  assert.match(donrefOf("FC", 1001), /^FC1001\d$/);
  assert.deepEqual(readReference("FC", donrefOf("FC", 1001)), {
    kind: "person",
    personId: 1001,
    donref: donrefOf("FC", 1001),
    suffix: null,
  });
});

test("spaces, dashes, case and letters that look like digits are forgiven", () => {
  const donref = donrefOf("FC", 10105);
  const digits = donref.slice(2);
  const typed = [
    `fc ${digits}`,
    `FC-${digits.slice(0, 3)}-${digits.slice(3)}`,
    `Fc${digits.replaceAll("0", "O").replaceAll("1", "l")}`,
    ` ${donref}. `,
  ];
  for (const text of typed) assert.deepEqual(readReference("FC", text), readReference("FC", donref), text);
});

test("every single mistyped digit is found", () => {
  for (const id of [1001, 1010, 98765, 2_147_483_647]) {
    const donref = donrefOf("FC", id);
    for (let at = 2; at < donref.length; at += 1)
      for (const digit of "0123456789") {
        const typo = donref.slice(0, at) + digit + donref.slice(at + 1);
        assert.equal(readReference("FC", typo) !== undefined, typo === donref, typo);
      }
  }
});

test("a suffix names one purpose", () => {
  const donref = donrefOf("FC", 1001);
  assert.deepEqual(readReference("FC", `${donref} z1`), { kind: "suffixed", personId: 1001, donref, suffix: "Z1" });
  assert.deepEqual(readReference("FC", `${donref}P12`), { kind: "suffixed", personId: 1001, donref, suffix: "P12" });
});

test("an order's reference belongs to no person", () => {
  assert.deepEqual(readReference("FC", "mp-2026 a"), { kind: "merchandise", reference: "MP2026A" });
});

test("what is no reference is none", () => {
  for (const text of [
    "",
    "FC",
    "FC1",
    "XX10014",
    "FC10014Z",
    "FC10014ZZ1",
    "hello",
    "FC99999999999999999999",
    "FC10014\u0000",
    "ＦＣ１００１４",
  ])
    assert.equal(readReference("FC", text), undefined, text);
});
