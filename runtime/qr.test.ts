// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Codes as readers need them. The digests are of codes that zbarimg was seen to read back, byte for byte.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { crc32, inflateSync } from "node:zlib";
import { qrPng, qrSvg } from "./qr.ts";

const text = "BCD\n002\n1\nSCT\n\nFörderverein Größe ✓\nDE02120300000000202051\nEUR10.05\n\n\nEXabc-Z1";
const digest = "b175beb1f88199a64fa12e04b72949817255123b338e4d0ba3cc2559acdd815e";

/** Dark modules as rows of # and ., without the quiet zone. */
function modulesOf(png: Buffer, pixels: number): string[] {
  const side = png.readUInt32BE(16);
  const data = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
  const rowBytes = 1 + Math.ceil(side / 8);
  const dark = (x: number, y: number) => (((data[y * rowBytes + 1 + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1) === 0;
  const places = Array.from({ length: side / pixels }, (_, place) => place * pixels + Math.floor(pixels / 2));
  return places.map((y) => places.map((x) => (dark(x, y) ? "#" : ".")).join(""));
}

test("a code reads as the code that was checked with a reader", () => {
  const modules = modulesOf(qrPng(text), 6);
  assert.equal(createHash("sha256").update(modules.join("\n")).digest("hex"), digest);
});

test("a code has four light modules around it and its level is M", () => {
  const rows = modulesOf(qrPng(text, 3), 3);
  const size = rows.length;
  for (const row of [...rows.slice(0, 4), ...rows.slice(-4)]) assert.equal(row, ".".repeat(size));
  for (const row of rows) assert.match(row, /^\.{4}.*\.{4}$/);
  // The first two format bits stand left of the lower part of the row below the upper left corner; the mask 101... is taken off.
  const formatBits = (rows[12] ?? "").slice(4, 6).replaceAll("#", "1").replaceAll(".", "0");
  assert.equal((Number.parseInt(formatBits, 2) ^ 0b10).toString(2).padStart(2, "0"), "00");
});

test("the page's code shows the same modules as the mail's", () => {
  const rows = modulesOf(qrPng(text), 6).map((row) => [...row].fill("."));
  const path = /fill="#000" d="([^"]*)"/.exec(qrSvg(text, { label: "" }))?.[1] ?? "";
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
    rows[Number(y)]?.fill("#", Number(x), Number(x) + Number(length));
  assert.deepEqual(
    rows.map((row) => row.join("")),
    modulesOf(qrPng(text), 6),
  );
});

test("a screen reader hears the label, and the label cannot break out", () => {
  const svg = qrSvg("x", { label: 'Transfer of "10 €" <b> & more' });
  assert.match(svg, /role="img" aria-label="Transfer of &quot;10 €&quot; &lt;b&gt; &amp; more"/);
});

test("every part of the PNG carries its checksum", () => {
  const png = qrPng("x");
  let place = 8;
  const kinds: string[] = [];
  while (place < png.length) {
    const length = png.readUInt32BE(place);
    const body = png.subarray(place + 4, place + 8 + length);
    assert.equal(png.readUInt32BE(place + 8 + length), crc32(body));
    kinds.push(body.subarray(0, 4).toString());
    place += 12 + length;
  }
  assert.deepEqual(kinds, ["IHDR", "IDAT", "IEND"]);
});
