// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "./config.ts";
import { paypal } from "./settings.ts";

const { PAYPAL_API_URL } = paypal;
const read = (url: string, NODE_ENV: string) => readConfig({ PAYPAL_API_URL }, { PAYPAL_API_URL: url, NODE_ENV });

test("PayPal is at PayPal, or a fake on this machine, which production refuses", () => {
  for (const url of ["https://api-m.paypal.com", "https://api-m.sandbox.paypal.com"])
    for (const mode of ["production", "development"]) assert.equal(read(url, mode).PAYPAL_API_URL, url);
  for (const url of ["http://127.0.0.1:8101", "http://localhost:8101", "https://localhost"]) {
    assert.equal(read(url, "development").PAYPAL_API_URL, url);
    assert.throws(() => read(url, "production"), /PAYPAL_API_URL: must be PayPal's, by https/);
  }
  const strange = ["http://api-m.paypal.com", "https://paypal.com.example.org", "https://evil.example/paypal.com"];
  for (const url of [...strange, "https://api-m.paypal.com:8443", "https://x@api-m.paypal.com", "http://192.0.2.1"])
    for (const mode of ["production", "development"]) assert.throws(() => read(url, mode), /PAYPAL_API_URL/, url);
  assert.equal(read("", "production").PAYPAL_API_URL, undefined);
});
