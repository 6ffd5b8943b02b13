// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Why a bank's file is refused: one sentence for whoever imports it, with the place.

export interface Place {
  /** From 1. */
  readonly line?: number;
  /** Which entry of the statement, from 1. */
  readonly entry?: number;
}

export class BankFileError extends Error {
  override readonly name = "BankFileError";
  readonly place: Place;
  /** What is wrong, without the place. */
  readonly complaint: string;
  readonly file: string;

  constructor(complaint: string, place: Place = {}, file = "") {
    const { line, entry } = place;
    const where = [file, line && `line ${line}`, entry && `entry ${entry}`].filter(Boolean).join(", ");
    super(where === "" ? complaint : `${where}: ${complaint}`);
    this.complaint = complaint;
    this.place = place;
    this.file = file;
  }
}

/** Runs; a complaint without a place gets this one. */
export function placed<T>(place: () => Place, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof BankFileError) || (error.place.line !== undefined && error.place.entry !== undefined))
      throw error;
    throw new BankFileError(error.complaint, { ...place(), ...error.place }, error.file);
  }
}

/** A piece of the file for a message: short, in quotes, without control characters. Never for names or accounts. */
export function quote(text: string): string {
  const clean = text.replace(/\p{C}/gu, "?");
  return `"${clean.length > 30 ? `${clean.slice(0, 30)}…` : clean}"`;
}
