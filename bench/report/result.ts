import { loadConfig } from '../../src/cli/config.js';
import type { CpuMicros } from '../measure/cpu.js';
import type { Spread } from '../measure/spread.js';
import type { Defects } from '../systems/defects.js';

/** What limited the rate of a run. `waiting`: no process was busy, so the run waited for disks, locks or the network. */
export type Bottleneck = 'load' | 'service' | 'machine' | 'waiting';

/** One system in one situation. Rates count what was answered, latencies count from the intended time. */
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
  /** The violated invariants, in words. The figures of a run with any do not count. */
  readonly broken: readonly string[];
  /** Each slice, where there were several. */
  readonly slices: readonly { readonly acceptedPerSecond: number; readonly refusedPerSecond: number }[];
  /** Further figures and facts, by name. */
  readonly details: Readonly<Record<string, number | string | boolean>>;
  readonly series: Series;
}

/** The data of the charts. */
export interface Series {
  /** [percentile, ms] */
  readonly percentiles: readonly (readonly [number, number])[];
  /** [seconds since the start, tickets sold] */
  readonly sold?: readonly (readonly [number, number])[];
  /** [place in the order of arrival, place in the order of sale] */
  readonly arrivals?: readonly (readonly [number, number])[];
  /** Seconds of each fail-over, in the order in which they happened. */
  readonly failOver?: readonly number[];
}

export interface Aim {
  /** What is divided by what; with its unit where it is no ratio. */
  readonly what: string;
  readonly least?: number;
  readonly most?: number;
  /** The figure that is held against the aim: the median, unless it says `max`. */
  readonly judged?: 'max';
  /** Whether the aim is about the figures of this situation; about all of them unless it is given. */
  readonly concerns?: (situation: string) => boolean;
  /** What a figure means, in words. */
  readonly meaning?: (value: number) => string;
}

/** The lease of a process that is not configured otherwise; a fail-over may take that long and a second more. */
const leaseSeconds = defaultLeaseMs() / 1_000;

function defaultLeaseMs(): number {
  const loaded = loadConfig({});
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.config.lockLeaseMs;
}

const ofFourProcesses = (situation: string): boolean => situation.includes(' 4 processes');

/** The ratios, by key, and the aim for each. */
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
  alone: { what: 'p50 of a purchase with 1 in flight ÷ p50 of a bare append at the same store', most: 1.5 },
  fill: { what: 'last tenth ÷ first tenth of the tickets', least: 0.9 },
  'fill-optimistic': { what: 'the same in mode optimistic', least: 0.9 },
  'scale-out/sales': {
    what: 'accepted purchases of one concert, several processes ÷ one',
    least: 0.8,
    concerns: ofFourProcesses,
  },
  'scale-out/cpu': {
    what: 'CPU time per sale in all processes of the service, several ÷ one',
    most: 1.3,
    concerns: ofFourProcesses,
  },
  'owner/share': {
    what: 'µs of CPU time per sale in the busiest process, which is the owner where there is one',
    most: 100,
    meaning: (micros) => `its core is full at ${Math.round(1_000_000 / micros).toLocaleString('en')} sales/s`,
  },
  'concerts/1000': { what: 'CPU time per sale, 1,000 concerts ÷ 1', most: 1.8 },
  'viewers/none': { what: 'accepted purchases with 1,000 viewers of the concert ÷ with none', least: 0.9 },
  'guarded/open': { what: 'with tokens checked and requests counted ÷ with open access', least: 0.9 },
  'limited/open': { what: 'with requests counted per address ÷ with open access', least: 0.95 },
  'bare/whole': {
    what: 'CPU time per sale without any of them ÷ with tokens, limits, 1,000 viewers and metrics',
    least: 0.9,
    concerns: (situation: string) => situation === '',
  },
  'holds/batch': {
    what: 'tickets held and confirmed, a fifth of the holds lapsing ÷ tickets bought in one step',
    least: 0.4,
  },
  'holds/lapsing': {
    what: 'accepted purchases in each of the two seconds in which 100,000 holds end that lapse in one ÷ before',
    least: 0.7,
  },
  'holds/stall': { what: 'longest delay of the event loop in those seconds, in ms', most: 50, judged: 'max' },
  'fail-over': {
    what: 'seconds from the end of the busiest of four processes to the next accepted sale',
    most: leaseSeconds + 1,
    judged: 'max',
  },
  rolling: {
    what: '5xx and lost connections in a rolling restart of four processes under load',
    most: 0,
    judged: 'max',
  },
  'rebuild/copy': { what: 'rebuild of the read models ÷ COPY of the same rows', least: 0.25 },
  'rebuild/live': { what: 'rebuild ÷ accepted purchases in mode batch', least: 5 },
  'silent/killed': { what: 'accepted with a Redis that is silent ÷ with one that was killed', least: 0.5 },
  'one-of-three': { what: 'accepted with the first of three Redis silent ÷ with all three well', least: 0.8 },
  'traced/untraced': { what: 'accepted purchases with every one traced ÷ with none' },
  'untraced/unhooked': {
    what: 'CPU time per sale without the code that would trace ÷ with it, and traces off',
    least: 0.95,
  },
  'batch/bare-http': { what: '÷ no-op POSTs of node:http alone' },
  'batch/pg-conditional': { what: '÷ Postgres conditional update, equal durability' },
  'batch/redis-sorted-set': { what: '÷ Redis sorted-set queue with a draining job' },
} as const satisfies Record<string, Aim>;

export type AimKey = keyof typeof aims;
/** A key, with the situation behind it where it is measured in several. */
export type RatioKey = AimKey | `${AimKey}: ${string}`;

export interface Ratio extends Spread {
  /** The ratio of CPU time per unit of work (service, store, Postgres and Redis together): the other ÷ ours. */
  readonly cpu: Spread | null;
}

export type Ratios = Partial<Record<RatioKey, Ratio>>;

/** A ratio with what there is to say about it. */
export interface DescribedRatio {
  readonly key: RatioKey;
  readonly ratio: Ratio;
  readonly aim: string;
  /** Empty where it is measured in one only. */
  readonly situation: string;
  /** What is divided by what. */
  readonly what: string;
  /** What the median means, in words; empty where it speaks for itself. */
  readonly meaning: string;
  /** Empty without an aim. */
  readonly wanted: string;
  readonly met: boolean | null;
}

/** In the order of the aims. */
export function describeRatios(ratios: Ratios): DescribedRatio[] {
  const order = Object.keys(aims);
  const place = (key: string) => order.indexOf(partsOf(key).aim);
  return (Object.entries(ratios) as [RatioKey, Ratio][])
    .toSorted(([a], [b]) => place(a) - place(b))
    .map(([key, ratio]) => {
      const { what, meaning } = aimOf(key);
      const met = meets(key, ratio);
      return {
        key,
        ratio,
        ...partsOf(key),
        what,
        meaning: meaning?.(ratio.median) ?? '',
        wanted: met === null ? '' : wanted(aimOf(key)),
        met,
      };
    });
}

/** The ratios in the words that a service shows its operators (`BENCH_REPORT`). */
export const summaryOf = (ratios: Ratios) =>
  describeRatios(ratios).flatMap(({ key, ratio, what, wanted, met }) => {
    const { median, min, max, n } = ratio;
    return Number.isFinite(median) ? [{ key, what, wanted, met, median, min, max, n }] : [];
  });

/** Null without an aim. */
export function meets(key: RatioKey, { median, max }: Spread): boolean | null {
  const { least, most, judged, concerns } = aimOf(key);
  if (concerns?.(partsOf(key).situation) === false) return null;
  const figure = judged === 'max' ? max : median;
  if (least !== undefined) return figure >= least;
  return most === undefined ? null : figure <= most;
}

const partsOf = (key: string) => {
  const [aim = '', situation = ''] = key.split(': ');
  return { aim, situation };
};

const aimOf = (key: RatioKey): Aim => aims[partsOf(key).aim as AimKey];

const wanted = ({ least, most, judged }: Aim): string => {
  const bound = least !== undefined ? `≥ ${least}` : `≤ ${most}`;
  return judged === 'max' ? `max ${bound}` : bound;
};
