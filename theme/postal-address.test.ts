// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressLines, addressParts } from "./postal-address.ts";

const address = { lines: ["Street 1", "Back yard"], postcode: "12345", city: "Town", region: "CA" };

test("each country writes an address in its own order", () => {
  assert.deepEqual(addressLines({ ...address, region: "", country: "DE" }), ["Street 1", "Back yard", "12345 Town"]);
  assert.deepEqual(addressLines({ ...address, country: "US" }), ["Street 1", "Back yard", "Town, CA 12345"]);
  assert.deepEqual(addressLines({ ...address, region: "", country: "GB" }), ["Street 1", "Back yard", "Town", "12345"]);
  assert.deepEqual(addressParts("DE"), ["lines", "postcode", "city"]);
  assert.deepEqual(addressParts("US"), ["lines", "city", "region", "postcode"]);
});

test("a country without postcodes has no field for one, and what was told all the same is not lost", () => {
  assert.ok(!addressParts("HK").includes("postcode"));
  assert.ok(
    addressLines({ ...address, country: "HK" })
      .join("\n")
      .includes("12345"),
  );
});

test("every country has a street and a way to be written; an unknown or untold one too", () => {
  const regions = Array.from({ length: 26 * 26 }, (_, n) =>
    String.fromCharCode(65 + Math.floor(n / 26), 65 + (n % 26)),
  );
  for (const country of [...regions, ""]) {
    assert.ok(addressParts(country).includes("lines"), country);
    const lines = addressLines({ ...address, country });
    for (const part of ["Street 1", "Back yard", "12345", "Town", "CA"])
      assert.ok(lines.join("\n").toUpperCase().includes(part.toUpperCase()), `${country}: ${part}`);
  }
});
