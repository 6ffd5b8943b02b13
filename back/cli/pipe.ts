// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The end of a mail server's pipe: takes one mail in and answers by the codes of sysexits(3), so that nothing is lost.
import { readAtMost } from "../bounces/open-mail.ts";
import { type ReturnedMail, readReturnedMail } from "../bounces/read-returned-mail.ts";
import { complaintAbout } from "./complaint.ts";

// EX_DATAERR: it makes no sense to try again. EX_TEMPFAIL: the mail server keeps it and tries again.
const dataError = 65;
const tryAgain = 75;

interface Taking {
  secret(): string;
  keep(returned: ReturnedMail): Promise<unknown>;
}

/** Says nothing when all is well: mail servers take words for trouble. */
export async function takeFromPipe(input: AsyncIterable<Buffer>, to: string, { secret, keep }: Taking): Promise<void> {
  try {
    const raw = await readStart(input);
    if (raw.length === 0) process.exitCode = dataError;
    else await keep(await readReturnedMail(raw, secret(), to));
  } catch (error) {
    process.stderr.write(`${complaintAbout(error).sentence}\n`);
    process.exitCode = tryAgain;
  }
}

// All of it is read, or the mail server would take the end of the pipe for an error; the rest is let go.
async function readStart(input: AsyncIterable<Buffer>): Promise<Buffer> {
  const kept: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    if (length < readAtMost) kept.push(chunk.subarray(0, readAtMost - length));
    length += chunk.length;
  }
  return Buffer.concat(kept);
}
