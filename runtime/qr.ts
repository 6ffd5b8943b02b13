// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// QR codes as SVG for pages and as PNG for mails: error level M, UTF-8, with the quiet zone that readers need.
import { crc32, deflateSync } from "node:zlib";
import qrcode from "qrcode-generator";

const quietModules = 4;

// The library would keep only the lower half of each character.
qrcode.stringToBytes = (text) => [...Buffer.from(text, "utf8")];

/** An `<svg>` element that takes the size of its place; `label` is what a screen reader says. Throws for over 2,331 bytes. */
export function qrSvg(text: string, { label }: { label: string }): string {
  const modules = qrModules(text);
  const size = modules.length + 2 * quietModules;
  const runs = modules.flatMap((row, y) => darkRuns(row).map(([x, length]) => runPath(x, y, length)));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" role="img" aria-label="${escaped(label)}"` +
    ` shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/>` +
    `<path fill="#000" d="${runs.join("")}"/></svg>`
  );
}

/** A black and white PNG, `pixels` wide per module. Throws for over 2,331 bytes. */
export function qrPng(text: string, pixels = 6): Buffer {
  const modules = qrModules(text);
  const side = (modules.length + 2 * quietModules) * pixels;
  const rowBytes = 1 + Math.ceil(side / 8);
  const image = Buffer.alloc(side * rowBytes, 0xff);
  for (let y = 0; y < side; y++) {
    // Each row begins with its filter; 0 is none.
    image[y * rowBytes] = 0;
    const row = modules[Math.floor(y / pixels) - quietModules] ?? [];
    for (let x = 0; x < side; x++) {
      if (!row[Math.floor(x / pixels) - quietModules]) continue;
      const byte = y * rowBytes + 1 + (x >> 3);
      image[byte] = (image[byte] ?? 0) & ~(0x80 >> (x & 7));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1; // One bit per pixel; colour type 0, greyscale, as all that follows is 0.
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  const data = deflateSync(image, { level: 9 });
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function qrModules(text: string): boolean[][] {
  const code = qrcode(0, "M");
  code.addData(text, "Byte");
  code.make();
  const places = Array.from({ length: code.getModuleCount() }, (_, place) => place);
  return places.map((row) => places.map((column) => code.isDark(row, column)));
}

/** Where dark modules stand side by side: column and count. */
function darkRuns(row: boolean[]): [number, number][] {
  const runs: [number, number][] = [];
  row.forEach((dark, x) => {
    const last = runs.at(-1);
    if (dark && last && last[0] + last[1] === x) last[1]++;
    else if (dark) runs.push([x, 1]);
  });
  return runs;
}

function runPath(x: number, y: number, length: number): string {
  return `M${x + quietModules} ${y + quietModules}h${length}v1h-${length}z`;
}

function escaped(text: string): string {
  const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (sign) => signs[sign] ?? sign);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
