// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A DNS server of our own tells what an organisation's domain looks like to others.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { startDns, type Zones } from "@cdb/dev/dns.ts";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import { dkimRecord, readDkim } from "../../mail/dkim.ts";
import { organisation as example } from "../../test/database.ts";
import { runCdb } from "../test/run-cdb.ts";
import { carryOut } from "./check.ts";
import { mailChecks } from "./mail.ts";

const folder = mkdtempSync(path.join(tmpdir(), "doctor-"));
after(() => rmSync(folder, { recursive: true }));
const keyFile = path.join(folder, "key.pem");
writeFileSync(
  keyFile,
  generateKeyPairSync("rsa", { modulusLength: 1_024 }).privateKey.export({ type: "pkcs8", format: "pem" }),
);
const signing = { MAIL_DKIM_DOMAIN: "good.example", MAIL_DKIM_SELECTOR: "cdb", MAIL_DKIM_KEY_FILE: keyFile };
const dkim = readDkim(signing);
const record = dkim ? dkimRecord(dkim) : "";

// RFC 1035: no piece of a text is longer than that.
const text = (...records: string[]) => ({ TXT: records.map((it) => it.match(/.{1,250}/g) ?? []) });
const mx = (exchange: string) => ({ MX: [{ exchange, preference: 10 }] });
const good: Zones = {
  "good.example": { ...text("v=spf1 mx include:relay.example ~all", "something else"), ...mx("mx.good.example") },
  "_dmarc.good.example": text("v=DMARC1; p=quarantine"),
  "cdb._domainkey.good.example": text(record),
  "relay._domainkey.good.example": text("v=DKIM1; p=AAAA"),
  "news.good.example": {},
  "relay.example": { A: ["192.0.2.25"] },
  "25.2.0.192.in-addr.arpa": { PTR: ["relay.example"] },
};

async function examine(
  zones: Zones,
  domain: string,
  settings: Record<string, string> = {},
  selector?: string,
  bounces?: string,
) {
  const server = await startDns(zones);
  const mail = { from: `community@${domain}`, bounces: bounces ?? `bounces@${domain}` };
  const organisation: Organisation = { ...example, mail };
  const environment = {
    EMAIL_DNS: server.address,
    SMTP_URL: "smtp://u:p@relay.example:587",
    FRONT_URL: "https://x",
    ...settings,
  };
  const seen = await Promise.all(mailChecks(environment, organisation, selector).map(carryOut));
  server.stop();
  return (about: string) => {
    const { state, says } = seen.find((each) => each.about === about) ?? { state: "", says: "" };
    return `${state}: ${says}`;
  };
}

test("a domain that has all of it is well", async () => {
  const seen = await examine(good, "good.example", signing);
  for (const about of [
    "SPF",
    "DKIM",
    "DMARC",
    "names of the relay",
    "mail to the sender",
    "mail that comes back",
    "unsubscribing by one click",
  ])
    assert.match(seen(about), /^ok: /, about);
  assert.match(seen("mailbox of what comes back"), /^skipped/);
});

test("a domain that has nothing is told what to add, word for word", async () => {
  const seen = await examine({ "bare.example": {}, "relay.example": {} }, "bare.example", { FRONT_URL: "http://x" });
  assert.match(seen("SPF"), /^wrong: .*Add the TXT record "v=spf1 mx include/);
  assert.match(seen("DKIM"), /^skipped: The relay signs/);
  assert.match(seen("DMARC"), /^wrong: .*Add the TXT record "v=DMARC1; p=none; .* at _dmarc\.bare\.example/);
  assert.match(seen("names of the relay"), /^wrong: .*no address/);
  assert.match(seen("mail that comes back"), /^wrong: bare\.example takes no mail: it has no MX/);
  assert.match(seen("unsubscribing by one click"), /^wrong: .*https/);
});

test("records that are there and do harm are named", async () => {
  const spf = async (...records: string[]) => (await examine({ "x.example": text(...records) }, "x.example"))("SPF");
  assert.match(await spf("v=spf1 mx +all"), /^wrong: .*everybody/);
  assert.match(await spf("v=spf1 mx all"), /^wrong: .*everybody/);
  assert.match(await spf("v=spf1 mx -all", "v=spf1 a ~all"), /^wrong: .*2 SPF records/);
  assert.match(await spf("v=spf1 mx"), /^wrong: .*all others/);
  assert.match(await spf("v=spf1 redirect=other.example"), /^ok/);
  const dmarc = async (...records: string[]) =>
    (await examine({ "_dmarc.x.example": text(...records) }, "x.example"))("DMARC");
  assert.match(await dmarc("v=DMARC1; p=none"), /^ok: .*watches only/);
  assert.match(await dmarc("v=DMARC1; rua=mailto:x@x.example"), /^wrong: .*no p=/);
  assert.match(await dmarc("v=DMARC1; p=none", "v=DMARC1; p=reject"), /^wrong: .*2 DMARC/);
  assert.match(
    (await examine({ "x.example": mx(".") }, "x.example"))("mail to the sender"),
    /^wrong: .*says that it takes no mail/,
  );
});

test("a DMARC record of the domain above counts", async () => {
  assert.match((await examine(good, "news.good.example"))("DMARC"), /^ok: _dmarc\.good\.example/);
});

test("the DKIM key in DNS is held against ours, and one's relay is looked at by its selector", async () => {
  const at = async (zone: Zones, settings = signing, selector?: string) =>
    (await examine({ ...good, ...zone }, "good.example", settings, selector))("DKIM");
  assert.match(
    await at({ "cdb._domainkey.good.example": text("v=DKIM1; p=AAAA") }),
    /^wrong: .*not that of MAIL_DKIM_KEY_FILE/,
  );
  assert.match(await at({ "cdb._domainkey.good.example": text("v=DKIM1; p=") }), /^wrong: .*withdrawn/);
  assert.ok((await at({ "cdb._domainkey.good.example": {} })).includes(record));
  assert.match(await at({}, { ...signing, MAIL_DKIM_DOMAIN: "other.example" }), /^wrong: .*takes no notice/);
  assert.match(await at({}, { ...signing, MAIL_DKIM_KEY_FILE: "/nowhere" }), /ENOENT/);
  assert.match((await examine(good, "good.example", {}, "relay"))("DKIM"), /^ok: relay\._domainkey/);
  assert.match((await examine(good, "good.example", {}, "gone"))("DKIM"), /^wrong: There is nothing/);
});

test("the relay's address needs a name that leads back to it; one that is near is passed by", async () => {
  const names = async (zones: Zones, url?: string) =>
    (await examine({ ...good, ...zones }, "good.example", url ? { SMTP_URL: url } : {}))("names of the relay");
  assert.match(await names({ "25.2.0.192.in-addr.arpa": {} }), /^wrong: .*PTR/);
  assert.match(
    await names({ "25.2.0.192.in-addr.arpa": { PTR: ["other.example"] }, "other.example": { A: ["192.0.2.9"] } }),
    /^wrong: .*lead back/,
  );
  for (const near of ["smtp://localhost", "smtp://postfix:25", "smtp://10.0.0.3", "smtp://[::1]:25"])
    assert.match(await names({}, near), /^skipped/, near);
});

test("where DNS is silent, in trouble or not asked, nobody knows", async () => {
  const silent = await examine(
    { "x.example": "broken", "_dmarc.x.example": "broken", "relay.example": "broken" },
    "x.example",
  );
  for (const about of ["SPF", "DMARC", "names of the relay", "mail to the sender"])
    assert.match(silent(about), /^unknown: DNS does not answer/, about);
  assert.match((await examine(good, "good.example", { EMAIL_DNS: "off" }))("SPF"), /^unknown: EMAIL_DNS is off/);
});

test("a mailbox that does not answer is told without its password", async () => {
  const seen = await examine(good, "good.example", { MAIL_BOUNCES_IMAP: "imap://bounces:secret@127.0.0.1:1" });
  assert.match(seen("mailbox of what comes back"), /^wrong: The mailbox of MAIL_BOUNCES_IMAP does not answer/);
});

test("the command prints it all, and its exit code says whether anything is wrong", async () => {
  const { code, out } = await runCdb(["doctor", "mail"], { FRONT_URL: "http://x", SMTP_URL: "smtp://localhost" });
  assert.equal(code, 1);
  assert.match(out, /unknown +SPF +EMAIL_DNS is off[\s\S]*wrong +unsubscribing by one click[\s\S]*1 of 8 is wrong/);
});
