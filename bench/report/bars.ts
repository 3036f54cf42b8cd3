import type { Report } from './report.js';
import type { Result } from './result.js';
import { axis, colourOf, drawSvg, legend, type Palette } from './theme.js';
import { cpuOfSelling, defects, isBroken, shortLabel, whole } from './words.js';

const rowHeight = 34;

const grid = (width: number, top = 10) => ({ left: width < 600 ? 132 : 230, right: 56, top, bottom: 30 });

/** Long labels go on lines of their own where there is little room. */
const names = (palette: Palette, width: number, data: readonly string[]): object =>
  axis(palette, {
    type: 'category',
    data,
    axisLabel: {
      color: palette.text,
      fontSize: 12,
      width: width < 600 ? 122 : 220,
      overflow: 'break',
      lineHeight: 14,
    },
  });

/** Accepted purchases per second: batch and its baselines, the fastest first. */
export function baselineBars({ results }: Report, palette: Palette, width: number): string | null {
  const shown = results
    .filter(({ scenario }) => scenario === 'baselines')
    .toSorted((a, b) => a.acceptedPerSecond - b.acceptedPerSecond);
  if (shown.length === 0) return null;
  const option = {
    grid: grid(width),
    xAxis: axis(palette, { type: 'value', splitNumber: width < 600 ? 3 : 5 }),
    yAxis: names(
      palette,
      width,
      shown.map(({ mode }) => shortLabel(mode)),
    ),
    series: [
      {
        type: 'bar',
        barWidth: 18,
        label: { show: true, position: 'right', color: palette.text, formatter: '{c}' },
        data: shown.map((result) => ({
          value: Math.round(result.acceptedPerSecond),
          itemStyle: {
            color: isBroken(result) ? palette.bad : colourOf(palette, result.mode),
            borderRadius: 2,
          },
        })),
      },
    ],
  };
  return drawSvg(option, palette, { width, height: 50 + shown.length * (width < 600 ? 46 : rowHeight) });
}

const groups = ['service', 'eventStore', 'postgres', 'redis'] as const;

/** CPU time per accepted purchase, by process. */
export function cpuBars({ results }: Report, palette: Palette, width: number): string | null {
  const shown = results
    .filter((result) => result.scenario === 'baselines' && cpuOfSelling(result) !== null)
    .toSorted((a, b) => (cpuOfSelling(b) ?? 0) - (cpuOfSelling(a) ?? 0));
  if (shown.length === 0) return null;
  const option = {
    ...legend(palette),
    grid: grid(width, width < 600 ? 56 : 34),
    xAxis: axis(palette, { type: 'value', max: withoutOutliers(shown), splitNumber: width < 600 ? 3 : 5 }),
    yAxis: names(
      palette,
      width,
      shown.map((result) => `${shortLabel(result.mode)}: ${whole(cpuOfSelling(result) ?? 0)}`),
    ),
    series: stacked(shown, palette),
  };
  return drawSvg(option, palette, { width, height: 80 + shown.length * (width < 600 ? 46 : rowHeight) });
}

/** The end of the axis: one bar many times as long as the others is cut off there rather than squeeze them. */
function withoutOutliers(shown: readonly Result[]): number {
  const totals = shown.map((result) => cpuOfSelling(result) ?? 0).toSorted((a, b) => a - b);
  const typical = totals[totals.length >> 1] ?? 0;
  return Math.ceil(Math.max(...totals.filter((total) => total <= 6 * typical)) / 500) * 500;
}

const stacked = (shown: readonly Result[], palette: Palette): object[] =>
  groups.map((group) => ({
    name: { service: 'service', eventStore: 'event store', postgres: 'Postgres', redis: 'Redis' }[group],
    type: 'bar',
    stack: 'cpu',
    barWidth: 18,
    itemStyle: { color: palette[group] },
    data: shown.map(({ cpuMicrosPerAccepted }) => Math.round(cpuMicrosPerAccepted[group] ?? 0)),
  }));

const kinds = {
  oversold: 'oversold',
  duplicateTickets: 'wrong ticket numbers',
  duplicateCustomers: 'customers served twice',
  vipErrors: 'wrong VIP seats',
  lostAcknowledged: 'acknowledged but lost',
  soldButRefused: 'refused but sold',
} as const;

/** What broke in the sale, mode by mode, where the most processes sold. */
export function defectBars({ results }: Report, palette: Palette, width: number): string | null {
  const shown = mostProcesses(results.filter(({ scenario }) => scenario === 'sale')).toReversed();
  if (shown.length === 0) return null;
  const shades = [
    palette.bad,
    palette.optimistic,
    palette.lock,
    palette.queue,
    palette.batch,
    palette['lock-cache'],
  ];
  const option = {
    ...legend(palette),
    grid: { left: 90, right: 90, top: width < 600 ? 130 : 56, bottom: 30 },
    xAxis: axis(palette, { type: 'value', minInterval: 1 }),
    yAxis: axis(palette, {
      type: 'category',
      data: shown.map(({ mode }) => mode),
      axisLabel: { color: palette.text },
    }),
    series: [
      ...Object.entries(kinds).map(([kind, name], index) => ({
        name,
        type: 'bar',
        stack: 'defects',
        barWidth: 18,
        itemStyle: { color: shades[index] },
        data: shown.map((result) => result[kind as keyof typeof kinds] ?? 0),
      })),
      sums(shown, palette),
    ],
  };
  return drawSvg(option, palette, { width, height: (width < 600 ? 170 : 110) + shown.length * rowHeight });
}

/** Carries the sum of a stack at its end; a zero is a result too. */
const sums = (shown: readonly Result[], palette: Palette): object => ({
  type: 'bar',
  stack: 'defects',
  data: shown.map((result) => ({
    value: 0,
    label: {
      show: true,
      position: 'right',
      color: isBroken(result) ? palette.bad : palette.text,
      formatter: defects(result) === '' ? 'none' : whole(countDefects(result)),
    },
  })),
});

const countDefects = (result: Result): number =>
  (Object.keys(kinds) as (keyof typeof kinds)[]).reduce((sum, kind) => sum + (result[kind] ?? 0), 0);

/** One result per mode: that of the most processes. */
export function mostProcesses(results: readonly Result[]): Result[] {
  const byMode = new Map<string, Result>();
  for (const result of results) {
    const known = byMode.get(result.mode);
    if (known === undefined || result.processes >= known.processes) byMode.set(result.mode, result);
  }
  return [...byMode.values()];
}
