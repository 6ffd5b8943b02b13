// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reading a text that somebody wrote, from a file or from what is piped in; refused with the reason when it is none.
import { createReadStream } from "node:fs";
import { Invalid } from "../data/errors.ts";

// Far above what any text of ours may have, which says so itself.
const maximumBytes = 1_000_000;

/** Without `file` what is piped in. Throws Invalid. */
export async function readText(file?: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of file === undefined ? process.stdin : createReadStream(file)) {
      size += chunk.length;
      if (size > maximumBytes) throw new Invalid("file-too-large", "The text is larger than a megabyte.", "body");
      chunks.push(chunk);
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw complaint(error);
  }
}

function complaint(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA")
    return new Invalid(
      "file-encoding",
      "The text is not UTF-8. Store it as UTF-8, or turn it with `iconv -f latin1 -t utf-8`.",
    );
  if (code === "ENOENT") return new Invalid("file-unknown", "There is no such file.");
  if (code === "EISDIR" || code === "EACCES" || code === "EPERM")
    return new Invalid("file-unreadable", "The file cannot be read.");
  return error;
}
