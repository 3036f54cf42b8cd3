import type { Bench } from '../bench.js';
import type { TimedObservation } from '../load/protocol.js';
import type { Slice } from '../measure/slice.js';

/** Shorter than the answers of slow modes take, so that a tenth of the customers do give up and ask again. */
const impatienceMs = 250;
const tries = 20;
const shownPoints = 200;

type Point = readonly [number, number];

/** The study's sale, in every mode over 1, 2 and 4 processes. A slow mode ends when the time is up. */
export async function sale(bench: Bench): Promise<void> {
  const { tickets, customers, inFlight, longestMs, cases } = bench.plan.sale;
  for (const { mode, processes } of cases) {
    const system = await bench.startService(mode, processes);
    await bench.warmUp(system, 16);
    const onSale = await system.schedule({ capacity: tickets, vipSeats: 10 });
    const crowd = { kind: 'crowd', customers, inFlight, impatienceMs, tries, durationMs: longestMs } as const;
    const slice = await bench.slice(system, [onSale], crowd);
    const verdict = await onSale.judge(slice.load.observations);
    const sales = firstAcceptances(slice.load.observations);
    const details = {
      customers: new Set(slice.load.observations.map(({ key }) => key)).size,
      capacity: tickets,
      soldOut: (verdict.stored ?? 0) >= tickets,
      secondsToLastSale: sales.at(-1) ?? 0,
    };
    const series = {
      sold: thinned(sales.map((seconds, index): Point => [seconds, index + 1])),
      arrivals: thinned(verdict.arrivalOrder.map((arrival, index): Point => [arrival, index + 1])),
    };
    const judged = { ...onSale, judge: async () => verdict };
    const situation = { scenario: 'sale', inFlight, details, series };
    await bench.file(system, situation, [asSale(slice, sales)], [judged]);
    await system.stop();
  }
}

/** Counts each purchase once, over the time until the last sale: the repeats of an acceptance sell nothing. */
function asSale(slice: Slice, sales: readonly number[]): Slice {
  const seconds = sales.at(-1);
  return {
    ...slice,
    accepted: sales.length,
    acceptedPerSecond: seconds === undefined ? 0 : sales.length / seconds,
  };
}

/** When each purchase was first acknowledged, in seconds since the first request, ascending. */
export function firstAcceptances(observations: readonly TimedObservation[]): number[] {
  const start = observations.reduce(
    (earliest, { sentAt }) => Math.min(earliest, sentAt),
    Number.POSITIVE_INFINITY,
  );
  const byKey = new Map<string, number>();
  for (const { key, endedAt, answer } of observations) {
    if (answer.kind !== 'accepted') continue;
    byKey.set(key, Math.min(byKey.get(key) ?? Number.POSITIVE_INFINITY, endedAt));
  }
  return [...byKey.values()].map((at) => (at - start) / 1_000).toSorted((a, b) => a - b);
}

/** Points picked evenly, with the last one: enough for a chart. */
function thinned<T>(points: readonly T[]): T[] {
  const step = Math.max(1, Math.ceil(points.length / shownPoints));
  return points.filter((_, index) => index % step === 0 || index === points.length - 1);
}
