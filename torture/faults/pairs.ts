import { seededRandom } from '../../src/cli/demo/random.js';
import type { Fault } from './fault.js';
import { faults } from './index.js';

/** Two faults at once, of different kinds, with the seed of their trial. */
export interface Pair {
  readonly faults: readonly [Fault, Fault];
  readonly seed: number;
}

/** `count` pairs, drawn by the seed. The seeds of their trials differ, so that their variants do. */
export function pairsOf(seed: number, count: number): readonly Pair[] {
  const random = seededRandom(seed * 6_151);
  const all = faults.flatMap((one, i) => faults.slice(i + 1).map((other) => [one, other] as const));
  return Array.from({ length: count }, (_, i) => {
    const [drawn] = all.splice(Math.floor(random() * all.length), 1);
    if (drawn === undefined) throw new TypeError(`there are not ${count} pairs`);
    return { faults: drawn, seed: 100 * seed + i };
  });
}
