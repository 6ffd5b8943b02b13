// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Damages files at random, and checks that reading them fails in a sentence or not at all.
import assert from "node:assert/strict";
import fc from "fast-check";
import { BankFileError } from "../bank-file-error.ts";

/** Bytes are changed, cut out and doubled; `read` may throw BankFileError and nothing else. */
export function checkDamaged(whole: Uint8Array, read: (bytes: Uint8Array) => unknown, numRuns = 1_000): void {
  read(whole);
  const kind = fc.constantFrom("set", "cut", "double");
  const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255), kind });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = changes.reduce((before, { at, byte, kind }) => {
        if (kind === "set")
          return Buffer.concat([before.subarray(0, at), Buffer.from([byte]), before.subarray(at + 1)]);
        return Buffer.concat([
          before.subarray(0, at),
          before.subarray(kind === "cut" ? at + byte : Math.max(0, at - byte)),
        ]);
      }, Buffer.from(whole));
      refusedOrRead(() => read(bytes));
    }),
    { numRuns },
  );
}

/** Every cut at a hundredth of the file is refused, up to the byte `end`. */
export function checkCut(whole: Uint8Array, read: (bytes: Uint8Array) => unknown, end: number = whole.length): void {
  for (let percent = 0; percent < 100; percent += 1) {
    const at = Math.floor((end * percent) / 100);
    assert.ok(
      refusedOrRead(() => read(whole.subarray(0, at))),
      `cut at ${percent} % it was read`,
    );
  }
}

function refusedOrRead(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch (error) {
    assert.ok(error instanceof BankFileError, String((error as Error).stack));
    assert.match(error.message, /^[^\n]*: [A-Z"][^\n]*\.$/);
    return true;
  }
}
