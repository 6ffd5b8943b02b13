// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What comes back: the codes by which banks say that a payment was returned.
import type { TransactionCode } from "./statement.ts";

// ISO 20022 bank transaction codes: what was paid and comes back.
const returns = new Set(["RRTN", "RPCR", "UPDD", "PRDD", "RCDD", "ARET", "UPCT"]);
const returnGvc = new Set(["108", "109", "159"]);

/** Whether this code means that a payment came back. */
export function isReturn({ subfamily = "", gvc = "" }: TransactionCode): boolean {
  return returns.has(subfamily) || returnGvc.has(gvc);
}
