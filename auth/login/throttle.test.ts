// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Whom a limit by network means.
import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOf } from "./throttle.ts";

test("an IPv4 address stands for itself, also when it is written as IPv6", () => {
  assert.equal(networkOf("192.0.2.1"), "192.0.2.1");
  assert.equal(networkOf("::ffff:192.0.2.1"), "192.0.2.1");
});

test("all addresses of an IPv6 /64 are one network, however they are written", () => {
  const same = ["2001:db8::1", "2001:0db8:0:0:ffff::2", "2001:DB8:0:0:1:2:3:4", "2001:db8::", "2001:db8::5%eth0"];
  assert.deepEqual([...new Set(same.map(networkOf))], ["2001:db8:0:0"]);
  assert.notEqual(networkOf("2001:db8:0:1::1"), networkOf("2001:db8::1"));
  assert.equal(networkOf("::1"), "0:0:0:0");
});
