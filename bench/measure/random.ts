/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Poisson arrivals at `ratePerSecond` for `durationMs`, fixed in advance: ms after the start, ascending. They do not wait
 * for answers, so a slow service cannot thin out its own load.
 */
export function poissonArrivals(seed: number, ratePerSecond: number, durationMs: number): Float64Array {
  const random = seeded(seed);
  const arrivals: number[] = [];
  const step = () => (-Math.log(1 - random()) * 1_000) / ratePerSecond;
  for (let at = step(); at < durationMs; at += step()) arrivals.push(at);
  return Float64Array.from(arrivals);
}
