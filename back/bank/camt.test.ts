// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// camt.052, .053 and .054 are read in all their versions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import fc from "fast-check";
import { BankFileError } from "./bank-file-error.ts";
import { readBankFile } from "./read-statement.ts";
import { checkCut, checkDamaged } from "./test/damage.ts";
import { bytesOf, type MadeEntry, type MadePayment, ourIban, writeCamt } from "./test/write-camt.ts";

const on = Temporal.PlainDate.from("2026-01-31");
const ada: MadePayment = {
  name: "Ada Müller & Söhne",
  iban: "DE75512108001245126199",
  text: "Donation EX10018",
  endToEndId: "E-1",
};
const gift: MadeEntry = { amount: 2550, on, bankReference: "B-1", entryReference: "7", payments: [ada] };

function read(text: string | Uint8Array) {
  return readBankFile(typeof text === "string" ? bytesOf(text) : text, "bank.xml");
}

function refused(text: string | Uint8Array, pattern: RegExp): void {
  assert.throws(
    () => read(text),
    (error) => {
      assert.ok(error instanceof BankFileError, String(error));
      assert.match(error.message, pattern);
      return true;
    },
  );
}

for (const version of ["02", "04", "08"] as const)
  test(`camt.053.001.${version} gives account, balances, entry and payment`, () => {
    const [statement] = read(writeCamt({ version, on, entries: [gift] }));
    assert.deepEqual(JSON.parse(JSON.stringify({ ...statement, entries: undefined })), {
      format: "camt.053",
      version,
      id: "S1",
      number: { electronic: "17", legal: "3" },
      account: { iban: ourIban, currency: "EUR" },
      opening: { kind: "OPBD", amount: 100_000, currency: "EUR", day: "2026-01-31" },
      closing: { kind: "CLBD", amount: 102_550, currency: "EUR", day: "2026-01-31" },
    });
    assert.deepEqual(JSON.parse(JSON.stringify(statement?.entries)), [
      {
        bookedOn: "2026-01-31",
        valueOn: "2026-01-31",
        bankReference: "B-1",
        entryReference: "7",
        line: 8,
        amount: 2550,
        currency: "EUR",
        status: "booked",
        reversal: false,
        returned: false,
        code: {
          domain: "PMNT",
          family: "RCDT",
          subfamily: "ESCT",
          gvc: "166",
          swift: "NTRF",
          proprietary: "NTRF+166+9070",
        },
        charges: [],
        information: "",
        details: [
          {
            endToEndId: "E-1",
            remittance: "Donation EX10018",
            ids: {},
            charges: [],
            index: 1,
            currency: "EUR",
            counterparty: { name: "Ada Müller & Söhne", iban: "DE75512108001245126199", bic: "BYLADEM1001" },
            amount: 2550,
          },
        ],
        isComplete: true,
      },
    ]);
  });

test("a batch gives each payment, and must add up", () => {
  const batch = (amount: number, count: number) => ({
    amount,
    on,
    more: "",
    payments: [
      { ...ada, amount: 1000 },
      { ...ada, amount: 1550, bankReference: "D-2" },
    ],
    count,
  });
  const write = ({ count, ...entry }: ReturnType<typeof batch>) =>
    writeCamt({ version: "04", on, entries: [entry] }).replace(
      "<NtryDtls>",
      `<NtryDtls><Btch><PmtInfId>P-1</PmtInfId><NbOfTxs>${count}</NbOfTxs></Btch>`,
    );
  const [entry] = read(write(batch(2550, 2)))[0]?.entries ?? [];
  assert.deepEqual(entry?.batch, { paymentInformationId: "P-1", count: 2 });
  assert.deepEqual(
    entry?.details.map(({ amount, ids }) => [amount, ids.bankReference]),
    [
      [1000, undefined],
      [1550, "D-2"],
    ],
  );
  assert.equal(entry?.isComplete, true);
  refused(
    write(batch(2560, 2)),
    /^bank.xml, line 8, entry 1: The amounts of its details are not the amount of the entry\.$/,
  );
  assert.equal(read(write(batch(9999, 7)))[0]?.entries[0]?.isComplete, false);
});

test("a batch without details keeps its count", () => {
  const text = writeCamt({ on, entries: [{ amount: 900, on, payments: [] }] }).replace(
    "<NtryDtls>",
    "<NtryDtls><Btch><NbOfTxs>3</NbOfTxs></Btch>",
  );
  const [entry] = read(text)[0]?.entries ?? [];
  assert.deepEqual([entry?.batch?.count, entry?.details, entry?.isComplete], [3, [], false]);
});

test("charges may stand between the payment and the entry, and the ordered amount beside it", () => {
  const charges =
    '<Chrgs><Rcrd><Amt Ccy="EUR">3.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>';
  const text = writeCamt({
    version: "08",
    on,
    entries: [{ amount: 9700, on, payments: [{ ...ada, amount: 10_000 }], more: charges }],
  });
  const [entry] = read(text)[0]?.entries ?? [];
  assert.deepEqual([entry?.amount, entry?.details[0]?.amount], [9700, 10_000]);
  assert.deepEqual(entry?.charges, [{ amount: 300, currency: "EUR", isIncluded: true }]);
  const foreign = writeCamt({ on, entries: [{ amount: 4600, on, payments: [ada] }] }).replace(
    /<AmtDtls>.*<\/AmtDtls>/,
    '<AmtDtls><InstdAmt><Amt Ccy="JPY">7500</Amt></InstdAmt></AmtDtls>',
  );
  const [detail] = read(foreign)[0]?.entries[0]?.details ?? [];
  assert.deepEqual([detail?.amount, detail?.original], [4600, { amount: 7500, currency: "JPY" }]);
});

test("a returned direct debit names who it came back from, and why", () => {
  const entry: MadeEntry = { amount: -2550, on, payments: [{ ...ada, mandateId: "MD-1", returnReason: "AC04" }] };
  const [found] = read(writeCamt({ version: "08", on, entries: [entry] }))[0]?.entries ?? [];
  assert.equal(found?.returned, true);
  const [detail] = found?.details ?? [];
  assert.deepEqual(detail?.returnReason, { code: "AC04", text: "come back" });
  assert.deepEqual([detail?.counterparty.name, detail?.mandateId, detail?.amount], [ada.name, "MD-1", -2550]);
});

test("what comes back names the other side, also where the bank leaves us out", () => {
  const entry: MadeEntry = { amount: -2550, on, payments: [{ ...ada, returnReason: "AC04" }] };
  const text = writeCamt({ version: "08", on, entries: [entry] });
  const named = text.replace(/<CdtrAcct>.*<\/CdtrAcct>/, "<Cdtr><Pty><Nm>Us</Nm></Pty></Cdtr>");
  assert.equal(read(named)[0]?.entries[0]?.details[0]?.counterparty.name, ada.name);
});

test("pieces of text are joined as they were cut, and a structured reference is kept", () => {
  const full = "x".repeat(140);
  const text = writeCamt({ on, entries: [gift] }).replace(
    /<RmtInf>.*<\/RmtInf>/,
    `<RmtInf><Ustrd>${full}</Ustrd><Ustrd>yes</Ustrd><Ustrd>no</Ustrd><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf>`,
  );
  const [detail] = read(text)[0]?.entries[0]?.details ?? [];
  assert.deepEqual([detail?.remittance, detail?.creditorReference], [`${full}yes no`, "RF18539007547034"]);
});

test("pending entries count in no balance", () => {
  const [statement] = read(writeCamt({ kind: "camt.052", on, entries: [gift, { ...gift, status: "PDNG" }] }));
  assert.deepEqual(
    statement?.entries.map(({ status }) => status),
    ["booked", "pending"],
  );
  assert.equal(statement?.closing?.amount, 102_550);
});

test("several statements of a file are read, and a notification without balances", () => {
  const two = read(writeCamt({ on, id: "A", entries: [gift] }, { on, id: "B", entries: [] }));
  assert.deepEqual(
    two.map(({ id, entries }) => [id, entries.length]),
    [
      ["A", 1],
      ["B", 0],
    ],
  );
  assert.equal(read(writeCamt({ kind: "camt.054", version: "04", on, entries: [gift] }))[0]?.format, "camt.054");
});

test("prefixes, Latin-1 and UTF-16 are read", () => {
  const plain = writeCamt({ on, entries: [gift] });
  const name = (bytes: Uint8Array) => read(bytes)[0]?.entries[0]?.details[0]?.counterparty.name;
  const latin = Buffer.from(plain.replace("UTF-8", "ISO-8859-1"), "latin1");
  const prefixed = plain.replace(/<(\/?)(?=[A-Z])/g, "<$1n:").replace("xmlns=", "xmlns:n=");
  const wide = Buffer.from(`\uFEFF${plain.replace("UTF-8", "UTF-16")}`, "utf16le");
  for (const bytes of [latin, bytesOf(prefixed), wide]) assert.equal(name(bytes), ada.name);
  // Declared Latin-1, written in UTF-8.
  assert.equal(name(bytesOf(plain.replace("UTF-8", "ISO-8859-1"))), ada.name);
});

test("what is wrong is said in one sentence with its place", () => {
  const good = writeCamt({ on, entries: [gift] });
  refused(
    writeCamt({ on, closing: 1, entries: [gift] }),
    /^bank.xml: The opening balance 1000.00 EUR and the booked entries 25.50 EUR do not make the closing balance 0.01 EUR\.$/,
  );
  refused(
    good.replace("<BookgDt><Dt>2026-01-31", "<BookgDt><Dt>2026-02-30"),
    /^bank.xml, line 8, entry 1: There is no day 2026-02-30\.$/,
  );
  refused(
    good.replace(/(<\/NtryRef>)<Amt Ccy="EUR">/, '$1<Amt Ccy="USD">'),
    /^bank.xml, line 8, entry 1: It is booked in USD on an account in EUR\.$/,
  );
  refused(good.replaceAll('Ccy="EUR"', 'Ccy="EUX"'), /currency "EUX" is not known/);
  refused(
    good.replace(">25.50</Amt><Cdt", ">25.505</Amt><Cdt"),
    /line 8, entry 1: The amount "25.505" has more decimals/,
  );
  refused(good.replace("<Sts>BOOK", "<Sts>GONE"), /line 8, entry 1: The status "GONE" is not known/);
  refused(good.replaceAll("camt.053.001", "pain.001.001"), /none of camt.052/);
  refused(good.replace("camt.053", "camt.052"), /not declared as camt.053/);
  refused(
    Buffer.from(good, "latin1"),
    /^bank.xml, line 15: The file says that it is in UTF-8, and this line is not\.$/,
  );
  refused(good.replace("UTF-8", "KLINGON"), /encoding "KLINGON" is not known/);
  refused(
    good.replace("<Document", '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><Document'),
    /document type definition is not allowed/,
  );
  refused(good.replace("Donation", "&bomb;"), /The XML is broken: undefined entity/);
  refused(good.replace("Donation", "x".repeat(10_001)), /more than 10000 letters/);
  refused(good.replace("<NtryDtls>", `<NtryDtls>${"<a>".repeat(50)}`), /nested more than 40 deep/);
  refused(good.replace("<Ntry>", "<Ntry><b>\0</b>"), /The XML is broken: disallowed character/);
  refused("<html></html>", /There is no bank statement in this XML/);
});

test("a file that is cut is refused wherever it is cut", () => {
  const whole = bytesOf(writeCamt({ on, entries: [gift, { ...gift, amount: -100 }, gift] }));
  checkCut(whole, read, whole.lastIndexOf(62));
});

const word = fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => text.replace(/[\p{C}\p{Z}]+/gu, " ").trim());
const name = fc.stringMatching(/^[A-Z][A-Z0-9.:-]{2,20}$/);
const payment = fc.record(
  {
    name: word,
    iban: fc.constantFrom("DE75512108001245126199", "FR1420041010050500013M02606"),
    text: word.filter((text) => !/[A-Z]{4}\+/.test(text)),
    endToEndId: name,
    mandateId: name,
    bankReference: name,
  },
  { requiredKeys: ["name", "iban", "text"] },
);
const entry = fc.record(
  {
    amount: fc.integer({ min: -99_999_999, max: 99_999_999 }).filter((amount) => amount !== 0),
    on: fc.integer({ min: 0, max: 20_000 }).map((days) => on.subtract({ days })),
    bankReference: name,
    entryReference: name,
    status: fc.constantFrom("BOOK", "PDNG", "INFO"),
    payments: fc.array(payment, { maxLength: 1 }),
  },
  { requiredKeys: ["amount", "on", "payments"] },
) as fc.Arbitrary<MadeEntry>;
const version = fc.constantFrom("02", "04", "08");

test("whatever is written is read back the same", () => {
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 6 }),
      version,
      fc.integer({ min: -1e9, max: 1e9 }),
      (entries, made, opening) => {
        const [statement] = read(writeCamt({ version: made, on, opening, entries }));
        const statuses = { booked: "BOOK", pending: "PDNG", info: "INFO" };
        const back = statement?.entries.map((found, at) => ({
          ...{ amount: found.amount, on: found.bookedOn?.toString(), bankReference: found.bankReference },
          ...{ entryReference: found.entryReference, status: entries[at]?.status && statuses[found.status] },
          payments: found.details.map(({ counterparty, remittance, endToEndId, mandateId, ids }) => ({
            ...{ name: counterparty.name, iban: counterparty.iban, text: remittance, endToEndId, mandateId },
            bankReference: ids.bankReference,
          })),
        }));
        const expected = entries.map((made) => ({ ...made, on: made.on.toString() }));
        assert.deepEqual(JSON.parse(JSON.stringify(back)), JSON.parse(JSON.stringify(expected)));
        assert.equal(statement?.opening?.amount, opening);
      },
    ),
  );
});

test("whatever byte is changed, it is read or refused in a sentence", () => {
  const halves = [
    { ...ada, amount: -60 },
    { ...ada, amount: -40 },
  ];
  checkDamaged(
    bytesOf(writeCamt({ version: "08", on, entries: [gift, { ...gift, amount: -100, payments: halves }] })),
    read,
  );
});
