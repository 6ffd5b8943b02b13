// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What is sealed is opened by us alone, for the use it was sealed for, in time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { Seal } from "./sealed.ts";

const secrets = ["a secret for sealing in tests"];
const seal = new Seal(secrets, "session", z.string());

test("a sealed value is opened again", async () => {
  assert.equal(await seal.open(await seal.close("value", 60)), "value");
});

test("what was sealed for another use, with another secret, for another shape or too long ago stays closed", async () => {
  assert.equal(await new Seal(secrets, "sign-in", z.string()).open(await seal.close("value", 60)), undefined);
  assert.equal(
    await new Seal(["another secret"], "session", z.string()).open(await seal.close("value", 60)),
    undefined,
  );
  assert.equal(await new Seal(secrets, "session", z.number()).open(await seal.close("value", 60)), undefined);
  assert.equal(await seal.open(await seal.close("value", -60)), undefined);
  for (const nonsense of [undefined, "", "a.b.c.d.e", "eyJhbGciOiJub25lIn0.eyJ2YWx1ZSI6InZhbHVlIn0."])
    assert.equal(await seal.open(nonsense), undefined);
});
