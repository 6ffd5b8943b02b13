// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The bench's one table: what, ours, the bare library or raw SQL doing the same work, the ratio, resident memory.

export interface Row {
  what: string;
  /** CPU milliseconds per operation, or another figure with its unit. */
  ours: number | string;
  bare?: number;
  goal: string;
  memoryMb?: number;
}

export function printTable(rows: Row[]): string {
  const head = ["what", "ours", "bare", "ratio", "goal", "resident"];
  const lines = rows.map(({ what, ours, bare, goal, memoryMb }) => [
    what,
    typeof ours === "number" ? `${ours.toFixed(2)} ms CPU` : ours,
    bare === undefined ? "" : `${bare.toFixed(2)} ms CPU`,
    bare === undefined || typeof ours !== "number" ? "" : `${(ours / bare).toFixed(2)} ×`,
    goal,
    memoryMb === undefined ? "" : `${memoryMb} MB`,
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...lines.map((line) => line[at]?.length ?? 0)));
  return [head, widths.map((width) => "-".repeat(width)), ...lines]
    .map((line) => line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  "))
    .join("\n");
}
