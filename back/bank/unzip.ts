// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The files in a ZIP archive, by its directory: names are ignored, checksums are not, and nothing may grow without bounds.
import { crc32 } from "node:zlib";
import { Inflate } from "fflate";
import { BankFileError } from "./bank-file-error.ts";

export interface UnzipLimits {
  readonly files: number;
  /** Of all files together, in bytes. */
  readonly bytes: number;
  /** How many times larger than the archive a file may be. */
  readonly ratio: number;
}

export function isZip(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5) && (bytes[3] === 4 || bytes[3] === 6)
  );
}

/** Each file when it is asked for; folders are left out. Throws BankFileError. */
export function* unzip(bytes: Uint8Array, limits: UnzipLimits): Generator<Uint8Array> {
  const files = readDirectory(bytes, limits);
  if (files.length === 0) throw new BankFileError("There is no file in the archive.");
  for (const file of files) yield inflate(bytes, file);
}

interface Zipped {
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

const broken = () => new BankFileError("The archive is broken.");

// APPNOTE 4.3: the end record (22 bytes and a comment) says where the directory is; each of its records is 46 bytes and three texts.
function readDirectory(bytes: Uint8Array, limits: UnzipLimits): Zipped[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (
    end >= 0 &&
    !(view.getUint32(end, true) === 0x06054b50 && end + 22 + view.getUint16(end + 20, true) === bytes.length)
  ) {
    if (end < bytes.length - 65_557) throw broken();
    end -= 1;
  }
  if (end < 0) throw new BankFileError("The archive has no end.");
  const count = view.getUint16(end + 10, true);
  if (count > limits.files) throw new BankFileError(`There are more than ${limits.files} files in the archive.`);
  const files: Zipped[] = [];
  let at = view.getUint32(end + 16, true);
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) throw broken();
    const [flags, method, checksum, packed, size, nameLength, offset] = [
      view.getUint16(at + 8, true),
      view.getUint16(at + 10, true),
      view.getUint32(at + 16, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 24, true),
      view.getUint16(at + 28, true),
      view.getUint32(at + 42, true),
    ] as [number, number, number, number, number, number, number];
    if (flags & 1) throw new BankFileError("The archive is encrypted.");
    if (method !== 0 && method !== 8) throw new BankFileError("The archive is compressed in a way that is not known.");
    total += size;
    if (total > limits.bytes)
      throw new BankFileError(`The files in the archive are larger than ${limits.bytes / 1_000_000} MB.`);
    if (size > 1_000_000 && size > packed * limits.ratio)
      throw new BankFileError("A file in the archive is compressed too well to be true.");
    const isFolder = bytes[at + 45 + nameLength] === 0x2f && size === 0;
    if (!isFolder) files.push({ method, checksum, packed, size, offset });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return files;
}

function inflate(bytes: Uint8Array, { method, checksum, packed, size, offset }: Zipped): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== 0x04034b50) throw broken();
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (start + packed > bytes.length) throw broken();
  const data = bytes.subarray(start, start + packed);
  const content = method === 0 ? data : inflateTo(size, data);
  if (content.length !== size || crc32(content) !== checksum) throw broken();
  return content;
}

function inflateTo(size: number, data: Uint8Array): Uint8Array {
  const content = new Uint8Array(size);
  let filled = 0;
  const stream = new Inflate((chunk) => {
    if (filled + chunk.length > size) throw broken();
    content.set(chunk, filled);
    filled += chunk.length;
  });
  try {
    for (let at = 0; at < data.length; at += 65_536)
      stream.push(data.subarray(at, at + 65_536), at + 65_536 >= data.length);
  } catch {
    throw broken();
  }
  return content.subarray(0, filled);
}
