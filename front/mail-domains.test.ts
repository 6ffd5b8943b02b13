// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A DNS server of our own answers a real resolver.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startDns } from "@cdb/dev/dns.ts";
import { openLog } from "@cdb/runtime/log.ts";
import { openMailDomains } from "./mail-domains.ts";
import { openTown } from "./test/town.ts";

const mx = (exchange: string) => ({ MX: [{ exchange, preference: 10 }] });
const server = await startDns({
  "good.example": mx("mail.good.example"),
  "xn--mnchen-3ya.example": mx("mail.good.example"),
  "null.example": mx("."),
  "host.example": { A: ["192.0.2.1"] },
  "six.example": { AAAA: ["2001:db8::1"] },
  "empty.example": {},
  "broken.example": "broken",
  "silent.example": "silent",
});
after(() => server.stop());
const dns = server.address;
const log = openLog("test", "silent");

test("a domain takes mail by its MX or by its own address; one that has neither, or says so, takes none", async () => {
  const domains = openMailDomains(dns, log);
  const verdicts: Record<string, string> = {};
  for (const name of ["good", "host", "six", "null", "empty", "unheard-of"])
    verdicts[name] = await domains.check(`ada@${name}.example`);
  const expected = { good: "accepts", host: "accepts", six: "accepts" };
  assert.deepEqual(verdicts, { ...expected, null: "refuses", empty: "refuses", "unheard-of": "refuses" });
});

test("a domain with letters of any script is asked for in its ASCII form", async () => {
  assert.equal(await openMailDomains(dns, log).check("ada@münchen.example"), "accepts");
});

test("where DNS is in trouble or silent nobody is turned away, and it is asked again the next time", async () => {
  const domains = openMailDomains(dns, log);
  assert.equal(await domains.check("ada@broken.example"), "undecided");
  assert.equal(await domains.check("ada@silent.example"), "undecided");
  const before = server.asked();
  await domains.check("ada@broken.example");
  assert.ok(server.asked() > before);
});

test("an answer is remembered for a while, and many at once ask once", async () => {
  const domains = openMailDomains(dns, log);
  const before = server.asked();
  await Promise.all(Array.from({ length: 50 }, (_, n) => domains.check(`p${n}@GOOD.example`)));
  await domains.check("ada@good.example");
  assert.equal(server.asked() - before, 1);
});

test("every form that takes an email address refuses one at a domain without mail, and takes an undecided one", async () => {
  const town = await openTown({ mailDomains: openMailDomains(dns, log) });
  const guest = town.visitor();
  const person = { name: "Ada" };
  const register = (path: string, field: string, email: string) => guest.post(path, { ...person, [field]: email });
  for (const [path, field] of [
    ["/subscribe", "email1"],
    ["/subscribe-api", "email1"],
    ["/volunteer", "email"],
  ] as const) {
    const refused = await register(path, field, "ada@null.example");
    assert.equal(refused.status, 422, path);
    assert.match(refused.text, new RegExp(`id="${field}-error"[^>]*>We cannot send mail`), path);
    assert.equal((await register(path, field, "ada@broken.example")).status, 200, path);
  }
  assert.equal(town.back.called("registrations.register").length, 3);
  await guest.signIn();
  assert.equal((await guest.post("/settings/email-address", { email: "ada@null.example" })).status, 422);
  assert.deepEqual(town.back.called("people.requestEmailChange"), []);
});
