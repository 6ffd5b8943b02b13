// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What may have been meant: the known word that is nearest to a mistyped one.

/** A word that may be written, and what else people call it. */
export interface Known {
  value: string;
  names: string[];
}

/** A sentence to add to "there is no such …": the nearest word, or all where they are few. */
export function suggest(typed: string, known: readonly Known[]): string {
  const nearest = findNearest(typed, known);
  if (nearest !== undefined) return ` Did you mean ${nearest}?`;
  return known.length > 0 && known.length <= 12 ? ` It is one of: ${known.map(({ value }) => value).join(", ")}.` : "";
}

function findNearest(typed: string, known: readonly Known[]): string | undefined {
  const wanted = typed.slice(0, 60).toLowerCase();
  const ranked = known
    .map(({ value, names }) => ({
      value,
      distance: Math.min(...[value, ...names].map((name) => distanceOf(wanted, name.toLowerCase()))),
    }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.floor(wanted.length / 3) ? best.value : undefined;
}

/** How many letters to add, drop, change or swap with their neighbour to make one word of the other. */
function distanceOf(a: string, b: string): number {
  let [before, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next[j] = Math.min(
        changed,
        (row[j] as number) + 1,
        (next[j - 1] as number) + 1,
        swapped ? (before[j - 2] as number) + 1 : changed,
      );
    }
    [before, row] = [row, next];
  }
  return row[b.length] as number;
}
