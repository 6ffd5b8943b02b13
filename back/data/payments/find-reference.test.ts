// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { donrefOf } from "../donations/reference.ts";
import { findReference } from "./find-reference.ts";

const [ada, bob] = [donrefOf("EX", 1001), donrefOf("EX", 1002)];
const spaced = `EX ${ada.slice(2)}`;

test("a reference is found wherever it stands in the words", () => {
  const written: [string, string | undefined][] = [
    [ada, ada],
    [`Donation ${ada.toLowerCase()}, thank you`, ada],
    [`${spaced} 20 Euro`, ada],
    [`RF18${ada}`, ada],
    [`${ada}P1 June`, `${ada}P1`],
    [`${ada} P1`, `${ada}P1`],
    [`${ada}/Z1`, `${ada}Z1`],
    ["Order MP-12345", "MP12345"],
    ["MPEG for EXILIS and EXBOSS", undefined],
    [`X${ada}`, undefined],
    [`${ada.slice(0, -1)}${(Number(ada.at(-1)) + 1) % 10}`, undefined],
    ["", undefined],
  ];
  for (const [text, reference] of written) assert.equal(findReference("EX", [text]), reference, text);
});

test("two references that differ are none, the same one twice is one", () => {
  assert.equal(findReference("EX", [`${ada} or ${bob}`]), undefined);
  assert.equal(findReference("EX", [ada, `for ${ada}`]), ada);
});
