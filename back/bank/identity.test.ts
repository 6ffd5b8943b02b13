// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A line of an account is known again by its ladder, in whatever statement it comes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { familyOf, KnownEntries } from "../data/payments/known-entries.ts";
import { type Identity, identities, Occurrences } from "./identity.ts";
import { readBankFile } from "./read-statement.ts";
import type { StatementFormat } from "./statement.ts";
import { bytesOf, type MadeEntry, type MadePayment, type MadeStatement, writeCamt } from "./test/write-camt.ts";
import { writeMt940 } from "./test/write-mt940.ts";

const on = Temporal.PlainDate.from("2026-01-31");
const ada: MadePayment = { name: "Ada", iban: "DE75512108001245126199", text: "Donation für EX10018" };
const bob: MadePayment = { name: "Bob", iban: "FR1420041010050500013M02606", text: "Donation EX10026" };
const gift: MadeEntry = { amount: 2500, on, payments: [ada] };

interface Ladder {
  format: StatementFormat;
  rungs: Identity[];
}

function ladders(text: string): Ladder[] {
  return readBankFile(bytesOf(text), "bank").flatMap(({ format, account, entries }) => {
    const occurrences = new Occurrences();
    return entries.map((entry) => ({
      format,
      rungs: identities(account, entry, undefined, occurrences.next(account, entry)),
    }));
  });
}

/** How many of the second are new beside the first. */
function added(first: Ladder[], second: Ladder[]): number {
  const known = new KnownEntries(familyOf(second[0]?.format ?? "csv"));
  for (const [entryId, { format, rungs }] of first.entries())
    for (const rung of rungs) known.load({ ...rung, entryId, family: familyOf(format) });
  return second.filter(({ rungs }) => !known.recognise(rungs)).length;
}

const camt = (entries: MadeEntry[], made: Partial<MadeStatement> = {}) => ladders(writeCamt({ on, entries, ...made }));

test("the surest rung comes first, and each is there that can be", () => {
  const [full] = camt([{ ...gift, bankReference: "B-1", entryReference: "1" }]);
  assert.deepEqual(
    full?.rungs.map(({ rung }) => rung),
    ["bank-reference", "entry-reference", "content"],
  );
  assert.deepEqual(
    camt([gift])[0]?.rungs.map(({ rung }) => rung),
    ["content"],
  );
});

test("a statement that comes again adds nothing, nor does the report before it", () => {
  const entries = [gift, { ...gift, bankReference: "B-1" }, { ...gift, payments: [bob] }];
  const report = camt(entries.slice(0, 2), { kind: "camt.052", id: "R", version: "04" });
  const statement = camt(entries, { version: "08" });
  assert.equal(added(statement, camt(entries, { id: "cut anew" })), 0);
  assert.equal(added(report, statement), 1);
});

test("two true twins on one day are two", () => {
  const twins = camt([gift, gift]);
  assert.equal(added(camt([gift]), twins), 1);
  assert.equal(added(twins, camt([gift, gift])), 0);
});

test("twins that the bank names are two, though they come in statements of their own", () => {
  assert.equal(added(camt([{ ...gift, bankReference: "B-1" }]), camt([{ ...gift, bankReference: "B-2" }])), 1);
});

test("the same number of another entry on the same day is not the same entry", () => {
  const report = camt([{ ...gift, entryReference: "1" }], { kind: "camt.052" });
  const statement = camt([
    { ...gift, entryReference: "1", payments: [bob] },
    { ...gift, entryReference: "2" },
  ]);
  assert.equal(added(report, statement), 1);
});

test("when a bank goes over from MT940 to camt nothing comes again", () => {
  const entries = [{ ...gift, bankReference: "B-1" }, { ...gift, payments: [{ ...bob, endToEndId: "E-1" }] }, gift];
  const old = ladders(
    writeMt940({
      on,
      entries: entries.map((entry) => ({
        ...entry,
        payments: entry.payments.map((it) => ({ ...it, text: it.text.replace("ü", "ue") })),
      })),
    }),
  );
  assert.equal(
    added(old, camt(entries.map((entry) => (entry.bankReference ? { ...entry, bankReference: "N-1" } : entry)))),
    0,
  );
});

test("each payment of a batch has a ladder of its own", () => {
  const batch = {
    amount: 5000,
    on,
    bankReference: "B-1",
    payments: [
      { ...ada, amount: 2500 },
      { ...ada, amount: 2500 },
    ],
  };
  const [statement] = readBankFile(bytesOf(writeCamt({ on, entries: [batch] })), "bank");
  const [entry] = statement?.entries ?? [];
  assert.ok(statement && entry);
  const occurrences = new Occurrences();
  const keys = entry.details.flatMap((detail) =>
    identities(statement.account, entry, detail, occurrences.next(statement.account, entry, detail)).map(
      ({ key }) => key,
    ),
  );
  assert.equal(new Set(keys).size, 4);
});
