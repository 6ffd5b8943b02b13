// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import type { MailTo } from "../data/mailings/mails-to.ts";
import { presentMail } from "./present-mail.ts";

const mail: MailTo = {
  ...{
    key: "t1",
    mail: "thank-you",
    subject: "Thanks",
    body: "Dear Ada",
    state: "accepted",
    recipient: "a@example.org",
  },
  ...{ at: Temporal.Now.instant(), sentAt: null, refusedFor: null, bounce: null, mailing: null },
};
const troubleOf = (wish: Partial<MailTo>) => presentMail({ ...mail, ...wish }, "a secret").trouble;

test("why a mail did not arrive is told in words that the contract has, whoever said it in which way", () => {
  const came = { at: Temporal.Now.instant(), kind: "hard" as const };
  assert.equal(troubleOf({}), null);
  assert.equal(troubleOf({ bounce: { ...came, reason: "domain-unknown" } }), "domain-unknown");
  assert.equal(troubleOf({ bounce: { ...came, reason: "" } }), "other");
  assert.equal(troubleOf({ bounce: { ...came, kind: "complaint", reason: "spam" } }), "complaint");
  const refusals = {
    "550 5.1.1 EENVELOPE": "user-unknown",
    "552 5.2.2 EENVELOPE": "mailbox-full",
    "550 EENVELOPE": "other",
    "address-dead": "silent",
    "too late": "too-late",
  };
  for (const [refusedFor, trouble] of Object.entries(refusals))
    assert.equal(troubleOf({ state: "refused", refusedFor }), trouble, refusedFor);
  assert.equal(troubleOf({ state: "refused" }), "other");
  assert.equal(troubleOf({ state: "queued", refusedFor: "450 EENVELOPE" }), null);
});
