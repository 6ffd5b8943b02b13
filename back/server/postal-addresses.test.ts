// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { countriesIn } from "@cdb/front/countries.ts";
import { postalAddressOf } from "../test/postal-addresses.ts";
import { testServer } from "../test/server.ts";
import { personToken, programToken } from "../test/tokens.ts";

const { call, database } = await testServer();
const countries = countriesIn("en").map(([code]) => code);
const origin = { channel: "/subscribe" };

test("an address of every country is stored as it is given, by registering and by changing, and exported so", async () => {
  assert.ok(countries.length >= 240);
  const site = await programToken("front", ["registrations:write"]);
  for (const [index, country] of countries.entries()) {
    const [first, second] = [country, countries[(index + 1) % countries.length] ?? ""].map(postalAddressOf);
    const email = `${country}@example.org`;
    const { status, body } = await call("POST", "/registrations", site, {
      name: "Ada",
      email,
      postalAddress: first,
      origin,
    });
    assert.equal(status, 201, `${country}: ${JSON.stringify(body)}`);
    const { rows } = await database.pool.query("select uuid, version from person where id = $1", [body.id]);
    const token = await personToken(rows[0].uuid);
    assert.deepEqual((await call("GET", "/people/me", token)).body.postalAddress, first);
    const wish = { postalAddress: second, version: rows[0].version };
    assert.deepEqual((await call("PATCH", "/people/me", token, wish)).body.postalAddress, second);
    const { body: everything } = await call("GET", "/people/me/export", token);
    const [row] = everything.tables.find(({ table }: { table: string }) => table === "person").rows;
    const { address_lines: lines, postcode, city, region, country: kept } = row;
    assert.deepEqual({ lines, postcode, city, region, country: kept }, second);
  }
});
