// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "./config.ts";
import { directory, paypal } from "./settings.ts";

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

test("the directory is asked in the clear on this machine only; elsewhere production wants it encrypted", () => {
  const { LDAP_URL } = directory;
  const read = (url: string, NODE_ENV = "production") => readConfig({ LDAP_URL }, { LDAP_URL: url, NODE_ENV });
  const encrypted = ["ldaps://ldap.example.org", "ldaps://ldap.example.org:1636", "ldap://ldap.example.org?starttls"];
  for (const url of [...encrypted, "ldap://localhost:389", "ldap://127.0.0.1", "ldap://[::1]:389"])
    assert.equal(read(url).LDAP_URL, url);
  const readable = [
    "ldap://ldap.example.org",
    "ldap://192.0.2.1:389",
    "ldap://localhost.example.org",
    "ldap://openldap",
  ];
  for (const url of [...readable, "ldap://ldap.example.org?starttls=no", "ldap://ldap.example.org/?x#?starttls"]) {
    assert.throws(() => read(url), /LDAP_URL: must begin with ldaps:/, url);
    assert.equal(read(url, "development").LDAP_URL, url);
  }
  for (const url of ["ldap.example.org", "https://ldap.example.org", "", "ldap://"])
    assert.throws(() => read(url), /LDAP_URL/, url);
});
