// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether answers can be told apart by how long they take (Mann and Whitney's test, with its effect).

/** Takes samples of each kind in turn, each round in another order, so that what else the machine does meets all alike. */
export async function measure<Kind extends string>(
  kinds: readonly Kind[],
  rounds: number,
  ask: (kind: Kind) => Promise<void>,
  beforeRound: () => Promise<unknown> = async () => {},
): Promise<Record<Kind, number[]>> {
  const taken = Object.fromEntries(kinds.map((kind) => [kind, []])) as unknown as Record<Kind, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    await beforeRound();
    for (const kind of shuffle(kinds)) {
      const startedAt = performance.now();
      await ask(kind);
      taken[kind].push(performance.now() - startedAt);
    }
  }
  return taken;
}

/**
 * How often a sample of the one is longer than one of the other: 0.5 means that they tell nothing, 0 and 1 tell all.
 * `z`: how many standard deviations that is away from chance.
 */
export function compare(one: readonly number[], other: readonly number[]): { longer: number; z: number } {
  const all = [...one.map((ms) => ({ ms, isOne: true })), ...other.map((ms) => ({ ms, isOne: false }))];
  all.sort((left, right) => left.ms - right.ms);
  let ranks = 0;
  for (const [at, { isOne }] of all.entries()) if (isOne) ranks += at + 1;
  const pairs = one.length * other.length;
  const longer = (ranks - (one.length * (one.length + 1)) / 2) / pairs;
  return { longer, z: (longer - 0.5) / Math.sqrt((all.length + 1) / (12 * pairs)) };
}

function shuffle<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, chance: Math.random() }))
    .toSorted((one, other) => one.chance - other.chance)
    .map(({ item }) => item);
}
