import type { Clock } from '../../waiting/clock.js';

/** Options of an LRUCache whose entries expire by this clock. (The library takes a time of 0 for none.) */
export const byClock = (clock: Clock) => ({ perf: { now: () => clock.monotonic() + 1 }, ttlResolution: 0 });
