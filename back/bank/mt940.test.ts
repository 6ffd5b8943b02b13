// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// MT940 and MT942 are read as banks write them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import fc from "fast-check";
import { BankFileError } from "./bank-file-error.ts";
import { readBankFile } from "./read-statement.ts";
import { checkCut, checkDamaged } from "./test/damage.ts";
import { bytesOf, type MadeEntry, type MadePayment, ourIban } from "./test/write-camt.ts";
import { writeMt940 } from "./test/write-mt940.ts";

const on = Temporal.PlainDate.from("2026-01-31");
const theirs = "DE75512108001245126199";
const ada: MadePayment = {
  name: "Ada Mueller",
  iban: theirs,
  text: "Donation EX10018",
  endToEndId: "E-1",
  mandateId: "MD-1",
};
const gift: MadeEntry = { amount: 2550, on, bankReference: "B-1", payments: [ada] };

function read(text: string | Uint8Array) {
  return readBankFile(typeof text === "string" ? bytesOf(text) : text, "bank.sta");
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

/** One statement around these lines; what they add is said. */
function around(lines: string[], amount = "0,", mark = "C"): string {
  return [
    ":20:X",
    `:25:${ourIban}`,
    ":28C:1/1",
    ":60F:C260101EUR0,",
    ...lines,
    `:62F:${mark}260131EUR${amount}`,
    "-",
  ].join("\n");
}

function only(lines: string[], amount?: string, mark?: string) {
  const [entry] = read(around(lines, amount, mark))[0]?.entries ?? [];
  assert.ok(entry);
  return entry;
}

test("a German MT940 gives account, balances, entry and payment", () => {
  const [statement] = read(writeMt940({ on, entries: [gift] }));
  assert.deepEqual(JSON.parse(JSON.stringify(statement)), {
    format: "mt940",
    version: "",
    id: "S1",
    number: { electronic: "17", page: "1" },
    account: { iban: ourIban, currency: "EUR" },
    opening: { kind: "OPBD", amount: 100_000, currency: "EUR", day: "2026-01-31" },
    closing: { kind: "CLBD", amount: 102_550, currency: "EUR", day: "2026-01-31" },
    entries: [
      {
        bankReference: "B-1",
        line: 5,
        amount: 2550,
        currency: "EUR",
        status: "booked",
        reversal: false,
        returned: false,
        bookedOn: "2026-01-31",
        valueOn: "2026-01-31",
        code: { gvc: "166", swift: "NTRF" },
        charges: [],
        information: "SEPA GUTSCHRIFT",
        details: [
          {
            index: 1,
            amount: 2550,
            currency: "EUR",
            counterparty: { name: "Ada Mueller", iban: theirs, bic: "BYLADEM1001" },
            remittance: "Donation EX10018",
            endToEndId: "E-1",
            mandateId: "MD-1",
            ids: {},
            charges: [],
          },
        ],
        isComplete: true,
      },
    ],
  });
});

test("at New Year the day of booking is in the year nearest to the value day", () => {
  const day = (line: string) => only([line], "1,").bookedOn?.toString();
  assert.equal(day(":61:2512310102C1,NTRFNONREF"), "2026-01-02");
  assert.equal(day(":61:2601021231C1,NTRFNONREF"), "2025-12-31");
  assert.equal(day(":61:2403010229C1,NTRFNONREF"), "2024-02-29");
  assert.equal(day(":61:260131C1,NTRFNONREF"), "2026-01-31");
  refused(around([":61:2603010229C1,NTRFNONREF"], "1,"), /^bank.sta, line 5, entry 1: There is no day "0229"\.$/);
  refused(around([":61:2602300228C1,NTRFNONREF"], "1,"), /There is no day "260230"/);
});

test("what is taken back has its own direction", () => {
  const marks = ["CR", "DR", "RCR", "RDR", "C", "RD"].map((mark) => {
    const isCredit = /^(C|RD)/.test(mark);
    const { amount, reversal } = only([`:61:260131${mark}1,5NTRFNONREF`], "1,5", isCredit ? "C" : "D");
    return [mark, amount, reversal];
  });
  assert.deepEqual(marks, [
    ["CR", 150, false],
    ["DR", -150, false],
    ["RCR", -150, true],
    ["RDR", 150, true],
    ["C", 150, false],
    ["RD", 150, true],
  ]);
  refused(around([":61:260131CD1,5NTRFNONREF"], "1,5"), /not in EUR/);
});

test("a returned direct debit tells the ordered amount, what it cost, and why", () => {
  const { returned, amount, details } = only(
    [
      ":61:2601310131DR28,00NRTINONREF//B-9",
      ":86:109?00RUECKLASTSCHRIFT?20EREF+E-7?21MREF+MD-7?22OAMT+25,00?23COAM+3,00",
      "?24SVWZ+Retoure SEPA Lastschri?25ft, Rueckgabegrund: AC04 ?26Konto aufgeloest?34904",
    ],
    "28,00",
    "D",
  );
  const [detail] = details;
  assert.deepEqual(
    [returned, amount, detail?.original, detail?.charges],
    [true, -2800, { amount: 2500, currency: "EUR" }, [{ amount: 300, currency: "EUR", isIncluded: true }]],
  );
  assert.equal(detail?.returnReason?.code, "AC04");
  assert.equal(detail?.remittance, "Retoure SEPA Lastschrift, Rueckgabegrund: AC04 Konto aufgeloest");
});

test("the text is joined as the bank cut it, and nothing in it stands for another field", () => {
  const text = (...lines: string[]) => only([":61:260131C1,NTRFNONREF", ...lines], "1,").details[0];
  assert.equal(
    text(":86:166?00X?20SVWZ+Spende fuer freie Soft?21ware, danke?22schoen?32ADA")?.remittance,
    "Spende fuer freie Software, danke schoen",
  );
  assert.equal(text(":86:166?20SVWZ+see EREF+FAKE MREF+FAKE?32ADA")?.endToEndId, undefined);
  assert.equal(text(":86:166?20EREF+E-1 MREF+MD-1 SVWZ+yes?32ADA")?.mandateId, "MD-1");
  assert.equal(text(":86:166?20SVWZ+hello?32MALLORY?21more?32ADA")?.counterparty.name, "ADA");
  assert.equal(
    text(":86:166?20SVWZ+x?21ABWA+Byron?32ADA LOVELACE COUNTESS OF ?33LOVELACE")?.counterparty.ultimate,
    "Byron",
  );
  assert.equal(text(":86:Thank you for RF18539007547034", "and more")?.creditorReference, "RF18539007547034");
  assert.equal(text(":86:Thank you", "and more")?.remittance, "Thank you and more");
  assert.equal(text(":86:166?20x?3012030000?31202051?32ADA")?.counterparty.other, "12030000/202051");
});

test("texts between slashes are read", () => {
  const [detail] = only(
    [
      ":61:260131C1,NTRFEREF//B-2",
      ":86:/TRTP/SEPA OVERBOEKING/IBAN/FR1420041010050500013M02606/BIC/ABNANL2A",
      "/NAME/J JANSEN/REMI/Gift/IBAN/no/EREF/E-3",
    ],
    "1,",
  ).details;
  assert.deepEqual(
    [detail?.counterparty, detail?.remittance, detail?.endToEndId],
    [{ name: "J JANSEN", iban: "FR1420041010050500013M02606", bic: "ABNANL2A" }, "Gift/IBAN/no", "E-3"],
  );
});

test("pages of a statement are one, and must follow each other", () => {
  const page = (number: number, open: string, line: string, close: string) =>
    [":20:X", `:25:${ourIban}`, `:28C:5/${number}`, open, line, close, "-"].join("\n");
  const write = (second: string) =>
    [
      page(1, ":60F:C260101EUR10,", ":61:260131C1,NTRFNONREF", ":62M:C260131EUR11,"),
      page(2, `:60M:C260131EUR${second}`, ":61:260131D2,NTRFNONREF", ":62F:C260131EUR9,"),
    ].join("\n");
  const [statement, ...others] = read(write("11,"));
  assert.deepEqual(others, []);
  assert.deepEqual(
    [statement?.entries.length, statement?.opening?.kind, statement?.closing?.kind],
    [2, "OPBD", "CLBD"],
  );
  assert.deepEqual(statement?.number, { electronic: "5", page: "1" });
  refused(write("12,"), /A page does not begin with the balance/);
});

test("MT942 is pending, and its sums are checked", () => {
  const write = (sum: string) =>
    [
      ":20:X",
      `:25:${ourIban}`,
      ":28C:1",
      ":34F:EURD0,",
      ":34F:EURC0,",
      ":13D:2601311200+0100",
      ":61:260131C5,NTRFNONREF",
      ":90D:0EUR0,",
      `:90C:${sum}`,
      "-",
    ].join("\n");
  const [statement] = read(write("1EUR5,"));
  assert.deepEqual([statement?.format, statement?.entries.map(({ status }) => status)], ["mt942", ["pending"]]);
  refused(write("2EUR9,"), /The bank tells of 2 credits of 9.00 EUR, but there are 1 of 5.00 EUR/);
});

test("the envelope of the network and the account's older names are read", () => {
  const body = writeMt940({ on, entries: [gift] });
  const enveloped = `{1:F01BYLADEM1XXXX0000000000}{2:O940}{4:\r\n${body.replace(/-\r\n$/, "-}")}`;
  assert.equal(read(enveloped)[0]?.entries.length, 1);
  refused(enveloped.slice(0, -2), /The last message has no end/);
  const account = (text: string) => read(body.replace(/:25:.*/, `:25:${text}`))[0]?.account;
  assert.deepEqual(account(`${ourIban}EUR`), { iban: ourIban, currency: "EUR" });
  assert.deepEqual(account(`BYLADEM1001/${ourIban}`), { iban: ourIban, currency: "EUR" });
  assert.deepEqual(account("12030000/202051"), { iban: ourIban, currency: "EUR" });
  assert.deepEqual(account("A-17"), { other: "A-17", currency: "EUR" });
});

test("a line of a text that is a dash alone does not end the message", () => {
  const good = writeMt940({ on, entries: [gift] });
  const [statement] = read(good.replace(/\n(:62F:)/, "\n-\n$1"));
  assert.equal(statement?.entries.length, 1);
});

test("what is wrong is said in one sentence with its place", () => {
  const good = writeMt940({ on, entries: [gift] });
  refused(
    writeMt940({ on, closing: 0, entries: [gift] }),
    /^bank.sta: The opening balance 1000.00 EUR and the booked entries 25.50 EUR do not make/,
  );
  refused(
    good.replace(/:62F:.*/, ""),
    /^bank.sta, line 1: The statement has no closing balance: its end is missing\.$/,
  );
  refused(
    good.replace("R25,50", "R25.50"),
    /^bank.sta, line 5, entry 1: ":61:|^bank.sta, line 5, entry 1: "2601310131CR25.50.*is not an entry/,
  );
  refused(good.replaceAll("EUR", "EUX"), /line 4: The currency "EUX" is not known/);
  refused(good.replace(":62F:C260131", ":62F:C260230"), /There is no day 2026-02-30/);
  refused(`hello\n${good}`, /line 1: "hello" is outside of any message/);
});

test("a file that is cut is refused wherever it is cut", () => {
  const whole = bytesOf(writeMt940({ on, entries: [gift, { ...gift, amount: -199 }, gift] }));
  checkCut(whole, read, whole.lastIndexOf(44));
});

const word = fc
  .string({
    unit: fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-:().,' "),
    maxLength: 54,
  })
  .map((text) => text.replace(/ +/g, " ").trim());
const name = fc.stringMatching(/^[A-Z][A-Z0-9.-]{2,14}$/).filter((text) => text !== "NONREF");
const payment = fc.record(
  {
    name: word,
    iban: fc.constantFrom(theirs, "FR1420041010050500013M02606"),
    text: word,
    endToEndId: name,
    mandateId: name,
  },
  { requiredKeys: ["name", "iban", "text"] },
);
const entry = fc.record(
  {
    amount: fc.integer({ min: -99_999_999, max: 99_999_999 }).filter((amount) => amount !== 0),
    on: fc.integer({ min: 0, max: 9_000 }).map((days) => on.subtract({ days })),
    bankReference: name,
    entryReference: name,
    payments: fc.tuple(payment),
  },
  { requiredKeys: ["amount", "on", "payments"] },
) as fc.Arbitrary<MadeEntry>;

test("whatever is written is read back the same", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), fc.integer({ min: -1e9, max: 1e9 }), (entries, opening) => {
      const [statement] = read(writeMt940({ on, opening, entries }));
      const back = statement?.entries.map((found) => ({
        ...{ amount: found.amount, on: found.bookedOn?.toString(), bankReference: found.bankReference },
        entryReference: found.entryReference,
        payments: found.details.map(({ counterparty, remittance, endToEndId, mandateId }) => ({
          ...{ name: counterparty.name, iban: counterparty.iban, text: remittance, endToEndId, mandateId },
        })),
      }));
      const expected = entries.map((made) => ({ ...made, on: made.on.toString() }));
      assert.deepEqual(JSON.parse(JSON.stringify(back)), JSON.parse(JSON.stringify(expected)));
    }),
  );
});

test("whatever byte is changed, it is read or refused in a sentence", () => {
  checkDamaged(bytesOf(writeMt940({ on, entries: [gift, { ...gift, amount: -100 }] })), read);
});
