import { seededRandom } from '../../src/cli/demo/random.js';

/**
 * Poisson arrivals at `ratePerSecond` for `durationMs`, fixed in advance: ms after the start, ascending. They do not wait
 * for answers, so a slow service cannot thin out its own load.
 */
export function poissonArrivals(seed: number, ratePerSecond: number, durationMs: number): Float64Array {
  const random = seededRandom(seed);
  const arrivals: number[] = [];
  const step = () => (-Math.log(1 - random()) * 1_000) / ratePerSecond;
  for (let at = step(); at < durationMs; at += step()) arrivals.push(at);
  return Float64Array.from(arrivals);
}
