// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What PayPal refuses: at the fake as at the real one, and in our words behind the door.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderRefused, ProviderUnavailable } from "@cdb/providers/errors.ts";
import { openPaypal } from "@cdb/providers/paypal.ts";
import type { Checkout } from "@cdb/providers/stripe.ts";
import { listen } from "@cdb/runtime/serve.ts";
import { checkout, keys, opened, town } from "./test-town.ts";

const organisation = "Example Foundation";

test("the same key with the same content starts one payment; with other content it is another one", async () => {
  const { paypal } = await town();
  for (const interval of ["once", "monthly"] as const) {
    const form = checkout({ interval });
    const [first, second] = await Promise.all([paypal.startCheckout(form), paypal.startCheckout(form)]);
    assert.equal(first.url, second.url);
    const other = await paypal.startCheckout({ ...form, amount: { amount: 9900, currency: "EUR" } });
    assert.notEqual(other.url, first.url);
  }
});

test("what PayPal refuses arrives in our words, with the number for its support and nothing that was typed", async () => {
  const { paypal, fake } = await town();
  const refused: [string, Partial<Checkout>][] = [
    ["amount", { amount: { amount: 1_000_000_000, currency: "EUR" } }],
    ["amount", { amount: { amount: 0, currency: "EUR" } }],
    ["amount", { amount: { amount: 1050, currency: "TWD" } }],
    ["currency", { amount: { amount: 1000, currency: "ISK" } }],
    ["other", { reference: `zoe${"r".repeat(127)}` }],
    ["other", { successUrl: "zoe" }],
  ];
  for (const interval of ["once", "monthly"] as const)
    for (const [code, fields] of refused)
      await assert.rejects(paypal.startCheckout(checkout({ interval, ...fields })), (error: Error) => {
        assert.ok(error instanceof ProviderRefused, error.message);
        assert.equal(error.code, code, error.message);
        assert.doesNotMatch(`${error.message} ${error.stack} ${JSON.stringify(error)}`, /zoe/);
        return true;
      });
  await assert.rejects(paypal.startCheckout(checkout({ reference: "x".repeat(128) })), /debug id [0-9a-z]{13}/);
  const stranger = openPaypal({ ...keys, clientSecret: "another-secret-of-tests", apiUrl: fake.url, organisation });
  await assert.rejects(stranger.startCheckout(checkout()), { name: "ProviderRefused", code: "credentials" });
});

test("Taiwan dollars and yen have no decimals at PayPal", async () => {
  const { paypal, fake } = await town();
  for (const [amount, currency, words] of [
    [250_000, "TWD", "2500 TWD"],
    [2500, "JPY", "2500 JPY"],
  ] as const) {
    const { url } = await paypal.startCheckout(checkout({ amount: { amount, currency } }));
    assert.match(await (await fetch(url)).text(), new RegExp(`Pay ${words}<`));
    await fake.approve(url);
  }
});

test("a token that was withdrawn is exchanged for a new one", async () => {
  const { paypal, fake } = await town();
  await paypal.startCheckout(checkout());
  fake.forgetTokens();
  await Promise.all([1, 2, 3].map(() => paypal.startCheckout(checkout())));
});

test("a PayPal that cannot be reached, answers nonsense, sends elsewhere, or never ends, is unavailable", async () => {
  const answers: (() => Response)[] = [
    () => new Response("<h1>Bad gateway</h1>", { status: 502 }),
    () => new Response("<h1>OK</h1>", { status: 200 }),
    () => Response.json(["no"], { status: 200 }),
    () => Response.json({ name: "RATE_LIMIT_REACHED" }, { status: 429 }),
    () => Response.redirect("https://example.org/", 307),
    () => new Response("x".repeat(9_000_000)),
  ];
  const addresses = ["http://127.0.0.1:1"];
  for (const answer of answers) {
    const broken = await listen(answer, 0);
    opened.push(broken.stop);
    addresses.push(`http://127.0.0.1:${broken.port}`);
  }
  for (const apiUrl of addresses) {
    const paypal = openPaypal({ ...keys, apiUrl, organisation });
    await assert.rejects(paypal.startCheckout(checkout()), ProviderUnavailable, apiUrl);
    await assert.rejects(paypal.captureOrder("5O190127TN364715T"), ProviderUnavailable);
  }
});

test("a donor is sent to no page but PayPal's", async () => {
  const evil = await listen((request: Request) => {
    if (request.url.endsWith("/token")) return Response.json({ access_token: "x", expires_in: 100 });
    const hrefs = ["https://evil.example/", "https://paypal.com.evil.example/", "javascript:alert(1)", "no"];
    return Response.json({ links: hrefs.map((href) => ({ rel: "payer-action", href })) }, { status: 201 });
  }, 0);
  opened.push(evil.stop);
  const paypal = openPaypal({ ...keys, apiUrl: `http://127.0.0.1:${evil.port}`, organisation });
  await assert.rejects(paypal.startCheckout(checkout()), { name: "ProviderRefused" });
});

test("PayPal is at paypal.com or on this machine, and nowhere else", () => {
  for (const apiUrl of ["https://evil.example", "http://api-m.paypal.com", "https://notpaypal.com"])
    assert.throws(() => openPaypal({ ...keys, apiUrl, organisation }), /only be at paypal\.com/);
});
