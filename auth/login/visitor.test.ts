// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Where a visitor is believed to be: what proxies of ours say counts, what visitors say does not.
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { Secrets } from "../secrets.ts";
import { Visitors } from "./visitor.ts";

function networkBehind(proxies: number, told?: string): string {
  const visitors = new Visitors(new Secrets("a secret that is long enough"), "https://auth.example.org", proxies);
  const headers = told === undefined ? {} : { "x-forwarded-for": told };
  return visitors.placeOf({ headers, socket: { remoteAddress: "192.0.2.1" } } as IncomingMessage).network;
}

test("without a proxy of ours, nobody says where they are", () => {
  for (const told of [undefined, "203.0.113.9", "203.0.113.9, 198.51.100.7", "", "nonsense"])
    assert.equal(networkBehind(0, told), "192.0.2.1", told);
});

test("each proxy of ours adds whom it heard from; what stood there before is the visitor's word", () => {
  const told = "203.0.113.66, 203.0.113.9, 198.51.100.7";
  assert.equal(networkBehind(1, told), "198.51.100.7");
  assert.equal(networkBehind(2, told), "203.0.113.9");
  assert.equal(networkBehind(1, "198.51.100.7"), "198.51.100.7");
});

test("a proxy that should have said it and did not leaves what the connection says", () => {
  assert.equal(networkBehind(2, "198.51.100.7"), "192.0.2.1");
  assert.equal(networkBehind(1), "192.0.2.1");
});
