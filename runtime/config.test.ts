// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { address, type ConfigError, port, readConfig, secret } from "./config.ts";

const settings = {
  PORT: { check: port, development: "8089", meaning: "Where it listens." },
  URL: { check: address, meaning: "Where others find it." },
  SECRET: { check: secret, development: "development-secret", secret: true, meaning: "Signs." },
  FOLDER: { check: z.string().optional(), meaning: "May be absent." },
} as const;

test("settings are read from the environment, with development values for what is absent", () => {
  const config = readConfig(settings, { URL: "https://example.org/", PORT: "" });
  assert.deepEqual(
    { ...config },
    { PORT: 8089, URL: "https://example.org", SECRET: "development-secret", FOLDER: undefined },
  );
  assert.ok(Object.isFrozen(config));
});

test("all mistakes are told together, each with its meaning, and never with a secret's value", () => {
  assert.throws(
    () => readConfig(settings, { PORT: "70000", URL: "ftp://example.org", SECRET: "tooshort" }),
    (error: ConfigError) => {
      assert.equal(error.mistakes.length, 3);
      assert.match(error.message, /PORT.*\n.*URL.*\n.*SECRET.*Signs\./);
      assert.doesNotMatch(error.message, /tooshort/);
      return true;
    },
  );
});

test("production takes no development value, least of all a secret", () => {
  const production = { NODE_ENV: "production", PORT: "1", URL: "https://example.org" };
  assert.throws(() => readConfig(settings, production), /SECRET: is missing/);
  assert.throws(
    () => readConfig(settings, { ...production, SECRET: "development-secret" }),
    /SECRET: holds the development secret/,
  );
  assert.equal(readConfig(settings, { ...production, SECRET: "a secret of our own" }).PORT, 1);
});

test("production may allow less than development", () => {
  const strict = { URL: { check: z.string(), production: z.url({ protocol: /^https$/ }), meaning: "Where it is." } };
  assert.equal(readConfig(strict, { URL: "http://localhost" }).URL, "http://localhost");
  assert.equal(readConfig(strict, { NODE_ENV: "production", URL: "https://example.org" }).URL, "https://example.org");
  assert.throws(() => readConfig(strict, { NODE_ENV: "production", URL: "http://localhost" }), /URL: .*Where it is\./);
});
