import type { Histogram } from 'hdr-histogram-js';
import { emptyHistogram } from '../load/buyers.js';
import { addCpu, cpuPer } from '../measure/cpu.js';
import type { Slice } from '../measure/slice.js';
import { spreadOf } from '../measure/spread.js';
import type { Defects, Verdict } from '../systems/defects.js';
import type { System } from '../systems/system.js';
import type { Bottleneck, Result, Series } from './result.js';

export interface Situation {
  readonly scenario: string;
  readonly inFlight: number;
  readonly details?: Result['details'];
  readonly series?: Omit<Series, 'percentiles'>;
}

const shownPercentiles = [0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.99, 100];

/** The result of slices of the same system in the same situation. Rates are medians over the slices. */
export function summarise(
  system: System,
  situation: Situation,
  slices: readonly Slice[],
  verdict: Verdict,
): Result {
  const sum = (value: (slice: Slice) => number) => slices.reduce((total, slice) => total + value(slice), 0);
  const accepted = sum((slice) => slice.accepted);
  const refused = sum(({ load }) => load.counts.refused);
  const latency = latencyOf(slices);
  const at = (percentile: number) => milliseconds(latency, percentile);
  const cpu = slices.map((slice) => slice.cpu).reduce(addCpu);
  const rates = slices.map(({ acceptedPerSecond, refusedPerSecond }) => ({
    acceptedPerSecond,
    refusedPerSecond,
  }));
  return {
    scenario: situation.scenario,
    mode: system.name,
    processes: system.processes,
    inFlight: situation.inFlight,
    accepted,
    refused,
    queued: sum(({ load }) => load.counts.queued),
    unanswered: sum(({ load }) => load.counts.unanswered),
    dropped: sum(({ load }) => load.counts.dropped),
    seconds: sum(({ seconds }) => seconds),
    acceptedPerSecond: spreadOf(rates.map((rate) => rate.acceptedPerSecond)).median,
    refusedPerSecond: spreadOf(rates.map((rate) => rate.refusedPerSecond)).median,
    p50Ms: at(50),
    p90Ms: at(90),
    p99Ms: at(99),
    p999Ms: at(99.9),
    maxMs: at(100),
    ...defectsOf(verdict),
    cpuMicrosPerAccepted: cpuPer(cpu, accepted),
    cpuMicrosPerAnswer: cpuPer(cpu, accepted + refused),
    bottleneck: mostFrequent(slices.map((slice) => slice.bottleneck)),
    loadBusy: Math.max(...slices.map(({ load }) => load.busy)),
    lateP99Ms: Math.max(...slices.map(({ load }) => load.lateP99Ms)),
    broken: verdict.broken,
    slices: rates,
    details: situation.details ?? {},
    series: {
      percentiles: shownPercentiles.flatMap((p) => {
        const value = at(p);
        return value === null ? [] : [[p, value] as const];
      }),
      ...situation.series,
    },
  };
}

function latencyOf(slices: readonly Slice[]): Histogram {
  const accepted = emptyHistogram();
  const refused = emptyHistogram();
  for (const { load } of slices) {
    accepted.add(load.accepted);
    refused.add(load.refused);
  }
  return accepted.totalCount > 0 ? accepted : refused;
}

export const milliseconds = (histogram: Histogram, percentile: number): number | null =>
  histogram.totalCount === 0 ? null : histogram.getValueAtPercentile(percentile) / 1_000;

function defectsOf({ broken: _, stored: __, arrivalOrder: ___, ...defects }: Verdict): Defects {
  return defects;
}

function mostFrequent(values: readonly Bottleneck[]): Bottleneck {
  const counts = new Map<Bottleneck, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? 'waiting';
}
