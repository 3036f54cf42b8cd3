import type { CpuMicros } from '../measure/cpu.js';
import type { Spread } from '../measure/spread.js';
import type { Defects } from '../systems/defects.js';

/** Who kept a run from going faster. `waiting`: nobody was busy, so disks, locks or the network were waited for. */
export type Bottleneck = 'load' | 'service' | 'machine' | 'waiting';

/** One seller in one situation. Rates count what was answered, latencies count from the intended time. */
export interface Result extends Defects {
  readonly scenario: string;
  /** A purchase mode, or the name of a peer. */
  readonly mode: string;
  readonly processes: number;
  readonly inFlight: number;
  readonly accepted: number;
  readonly refused: number;
  /** Answered 202. */
  readonly queued: number;
  readonly unanswered: number;
  /** Arrivals that were never sent, as too many were waiting (open loop). */
  readonly dropped: number;
  readonly seconds: number;
  readonly acceptedPerSecond: number;
  readonly refusedPerSecond: number;
  /** Of acceptances; of refusals where nothing was accepted; null without either. */
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
  readonly maxMs: number | null;
  /** By process; null where it is on another machine, or nothing was accepted. */
  readonly cpuMicrosPerAccepted: CpuMicros;
  readonly cpuMicrosPerAnswer: CpuMicros;
  readonly bottleneck: Bottleneck;
  /** Share of the time in which the busiest load process was not idle. */
  readonly loadBusy: number;
  /** How late requests were sent after their intended time, in ms: the 99th percentile. */
  readonly lateP99Ms: number;
  /** Invariants that were broken, in words. Then the figures are no win. */
  readonly broken: readonly string[];
  /** Each slice, where there were several. */
  readonly slices: readonly { readonly acceptedPerSecond: number; readonly refusedPerSecond: number }[];
  /** What else belongs to it, by name. */
  readonly details: Readonly<Record<string, number | string | boolean>>;
  readonly series: Series;
}

/** What charts are drawn from. */
export interface Series {
  /** [percentile, ms] */
  readonly percentiles: readonly (readonly [number, number])[];
  /** [seconds since the start, tickets sold] */
  readonly sold?: readonly (readonly [number, number])[];
  /** [how-manieth to arrive, how-manieth ticket] */
  readonly arrivals?: readonly (readonly [number, number])[];
}

export interface Aim {
  readonly what: string;
  readonly least?: number;
  readonly most?: number;
}

/** The ratios, by key, and what is wanted of each. */
export const aims = {
  'batch/noop': { what: 'accepted purchases ÷ no-op POSTs through the same Koa stack', least: 0.5 },
  'batch/lock': {
    what: 'one append per batch ÷ one lock per purchase, 64 in flight, one process',
    least: 20,
  },
  'batch/pg-for-update': { what: '÷ Postgres row lock, equal durability', least: 3 },
  'batch/redis-lua': { what: '÷ Redis Lua deduction with asynchronous persistence', least: 0.5 },
  'batch/raw-append': { what: '÷ raw appends of the same batches', least: 0.5 },
  'queue/batch': { what: 'in order of arrival ÷ not, over 4 processes', least: 0.5 },
  'sold-out/noop': { what: 'refusals ÷ no-op POSTs', least: 0.8 },
  'p99/p50': { what: 'mode batch, open loop at 70 % of what it can', most: 10 },
  fill: { what: 'last tenth ÷ first tenth of the tickets', least: 0.9 },
  'fill-optimistic': { what: 'the same in mode optimistic', least: 0.9 },
  'rebuild/copy': { what: 'rebuild of the read models ÷ COPY of the same rows', least: 0.25 },
  'rebuild/live': { what: 'rebuild ÷ accepted purchases in mode batch', least: 5 },
  'silent/killed': { what: 'accepted with a Redis that is silent ÷ with one that was killed', least: 0.5 },
  'one-of-three': { what: 'accepted with the first of three Redis silent ÷ with all three well', least: 0.8 },
} as const satisfies Record<string, Aim>;

/** Ratios beside those with an aim. */
export const otherRatios = {
  'batch/bare-http': { what: '÷ no-op POSTs of node:http alone' },
  'batch/pg-conditional': { what: '÷ Postgres conditional update, equal durability' },
  'batch/redis-sorted-set': { what: '÷ Redis sorted-set queue with a draining job' },
} as const satisfies Record<string, Aim>;

export type RatioKey = keyof typeof aims | keyof typeof otherRatios;

export interface Ratio extends Spread {
  /** The ratio of CPU time per unit of work (service, store, Postgres and Redis together): the other ÷ ours. */
  readonly cpu: Spread | null;
}

export const meets = (key: RatioKey, { median }: Spread): boolean | null => {
  const aim: Aim = { ...aims, ...otherRatios }[key];
  if (aim.least !== undefined) return median >= aim.least;
  return aim.most === undefined ? null : median <= aim.most;
};
