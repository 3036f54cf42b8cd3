import type { Clock } from '../../waiting/clock.js';

/** Options of an LRUCache of up to `count` entries that takes memory for the entries it has. (With `max` it takes all at once.) */
export const upTo = (count: number) => ({ maxSize: count, sizeCalculation: () => 1 });

/** Options of an LRUCache whose entries expire by this clock. (The library takes a time of 0 for none.) */
export const byClock = (clock: Clock) => ({ perf: { now: () => clock.monotonic() + 1 }, ttlResolution: 0 });
