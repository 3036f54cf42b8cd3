import type { PurchaseMode } from '../src/domain/purchase-mode.js';
import { purchaseModes } from '../src/domain/purchase-mode.js';

/** The extent of a run. Times are in ms. */
export interface Plan {
  readonly name: 'full' | 'quick' | 'tiny';
  /** Scenarios that run only when they are asked for by name. */
  readonly leftOut: readonly string[];
  /** Whether embedded servers are started for each scenario, so that no scenario has the log of another. */
  readonly freshServers: boolean;
  readonly warmUpMs: number;
  /** How many times as long mode `batch` is warmed up where it is compared: it has the most code to compile. */
  readonly batchWarmUps: number;
  /** The rounds of a comparison; each takes one slice of both systems. */
  readonly rounds: number;
  readonly sliceMs: number;
  /** Whether peers without an aim are compared too. */
  readonly allPeers: boolean;
  readonly sale: {
    readonly tickets: number;
    readonly customers: number;
    readonly inFlight: number;
    readonly longestMs: number;
    readonly cases: readonly { readonly mode: PurchaseMode; readonly processes: number }[];
  };
  readonly sustained: { readonly ms: number; readonly inFlight: readonly number[] };
  readonly latency: {
    readonly ms: number;
    readonly shares: readonly number[];
    readonly modes: readonly PurchaseMode[];
    readonly rounds: number;
  };
  /** The tickets of the concert, in mode `batch` and in mode `optimistic`. */
  readonly fill: { readonly tickets: number; readonly optimistic: number };
  readonly concerts: { readonly ms: number; readonly counts: readonly number[]; readonly rounds: number };
  readonly scaleOut: {
    readonly modes: readonly ('batch' | 'queue')[];
    readonly processes: readonly number[];
    readonly inFlight: readonly number[];
    readonly rounds: number;
    /** Of more than four processes, which no aim is about. */
    readonly shownRounds: number;
  };
  /** How often the owner is killed, and how often it is stopped, when so many tickets are sold. */
  readonly failOver: { readonly times: number; readonly sold: number };
  /** Rounds of Redis silent and killed, or silent and well. */
  readonly redisSilent: { readonly rounds: number };
  /** The holds that lapse in one second. */
  readonly lapsing: { readonly holds: number };
  readonly replay: { readonly events: number };
}

const cases = (processes: readonly number[], modes: readonly PurchaseMode[] = purchaseModes) =>
  modes.flatMap((mode) => processes.map((count) => ({ mode, processes: count })));

export const plans: Record<Plan['name'], Plan> = {
  full: {
    name: 'full',
    leftOut: [],
    freshServers: true,
    warmUpMs: 1_500,
    batchWarmUps: 8,
    rounds: 7,
    sliceMs: 1_200,
    allPeers: true,
    sale: {
      tickets: 1_000,
      customers: 10_000,
      inFlight: 256,
      longestMs: 8_000,
      cases: [...cases([1, 4]), ...cases([2], ['batch', 'queue'])],
    },
    sustained: { ms: 2_000, inFlight: [1, 16, 64, 256] },
    latency: { ms: 4_000, shares: [0.3, 0.5, 0.7, 0.9], modes: ['batch', 'queue'], rounds: 5 },
    fill: { tickets: 100_000, optimistic: 3_000 },
    concerts: { ms: 2_000, counts: [1, 10, 100, 1_000], rounds: 7 },
    scaleOut: {
      modes: ['batch', 'queue'],
      processes: [4, 8, 16],
      inFlight: [64, 256],
      rounds: 7,
      shownRounds: 3,
    },
    failOver: { times: 20, sold: 50_000 },
    redisSilent: { rounds: 3 },
    lapsing: { holds: 100_000 },
    replay: { events: 1_000_000 },
  },
  quick: {
    name: 'quick',
    leftOut: ['sustained', 'order', 'traces', 'holds', 'lapsing', 'replay', 'redis-killed', 'redis-silent'],
    freshServers: false,
    warmUpMs: 250,
    batchWarmUps: 5,
    rounds: 3,
    sliceMs: 300,
    allPeers: false,
    sale: {
      tickets: 500,
      customers: 1_500,
      inFlight: 64,
      longestMs: 600,
      cases: cases([1]),
    },
    sustained: { ms: 400, inFlight: [64] },
    latency: { ms: 700, shares: [0.7], modes: ['batch'], rounds: 4 },
    fill: { tickets: 5_000, optimistic: 500 },
    concerts: { ms: 600, counts: [1, 1_000], rounds: 3 },
    scaleOut: { modes: ['batch'], processes: [4], inFlight: [64], rounds: 3, shownRounds: 3 },
    failOver: { times: 2, sold: 1_000 },
    redisSilent: { rounds: 2 },
    lapsing: { holds: 10_000 },
    replay: { events: 25_000 },
  },
  tiny: {
    name: 'tiny',
    leftOut: [],
    freshServers: false,
    warmUpMs: 100,
    batchWarmUps: 5,
    rounds: 2,
    sliceMs: 200,
    allPeers: true,
    sale: {
      tickets: 50,
      customers: 200,
      inFlight: 32,
      longestMs: 1_000,
      cases: cases([1], ['unsafe', 'batch']),
    },
    sustained: { ms: 200, inFlight: [16] },
    latency: { ms: 300, shares: [0.7], modes: ['batch'], rounds: 2 },
    fill: { tickets: 500, optimistic: 100 },
    concerts: { ms: 300, counts: [1, 10], rounds: 1 },
    scaleOut: { modes: ['queue'], processes: [2], inFlight: [16], rounds: 1, shownRounds: 1 },
    failOver: { times: 1, sold: 100 },
    redisSilent: { rounds: 1 },
    lapsing: { holds: 1_000 },
    replay: { events: 12_000 },
  },
};
