import { purchaseModes } from '../../src/domain/purchase-mode.js';
import { mostProcesses } from './bars.js';
import type { Report } from './report.js';
import type { Result } from './result.js';
import { axis, colourOf, drawSvg, legend, type Palette } from './theme.js';
import { isBroken, share } from './words.js';

const height = 380;
const grid = (width: number) => ({ left: 58, right: 24, top: width < 600 ? 100 : 62, bottom: 46 });

const line = (
  name: string,
  colour: string,
  data: readonly (readonly (number | string)[])[],
  more: object = {},
) => ({
  name,
  type: 'line',
  data,
  symbolSize: 7,
  lineStyle: { width: 2.5, color: colour },
  itemStyle: { color: colour },
  ...more,
});

/** The line of a run that violated an invariant is dashed. */
const dashed = (colour: string) => ({ lineStyle: { width: 2.5, color: colour, type: 'dashed' } });

/** Accepted per second over the number in flight, a line per mode. */
export function throughputLines({ results }: Report, palette: Palette, width: number): string | null {
  const shown = results.filter(({ scenario }) => scenario === 'sustained');
  if (shown.length === 0) return null;
  const option = {
    ...legend(palette),
    grid: grid(width),
    xAxis: axis(palette, { type: 'category', name: 'in flight', nameLocation: 'middle', nameGap: 28 }),
    yAxis: axis(palette, { type: 'log', name: 'accepted / s', nameLocation: 'end' }),
    series: purchaseModes.flatMap((mode) => {
      const points = shown.filter((result) => result.mode === mode && result.accepted > 0);
      const colour = colourOf(palette, mode);
      const data = points.map(({ inFlight, acceptedPerSecond }) => [
        String(inFlight),
        Math.round(acceptedPerSecond),
      ]);
      if (points.length === 0) return [];
      const broken = points.some(isBroken);
      return [line(broken ? `${mode} (broken)` : mode, colour, data, broken ? dashed(colour) : {})];
    }),
  };
  return drawSvg(option, palette, { width, height });
}

const shownPercentiles = [0, 50, 90, 99, 99.9, 100];
const percentileNames: Readonly<Record<number, string>> = { 0: 'min', 100: 'max' };

/** Latency by percentile, a line per mode and share of load. */
export function latencyLines({ results }: Report, palette: Palette, width: number): string | null {
  const shown = results.filter(({ scenario }) => scenario === 'latency');
  if (shown.length === 0) return null;
  const bySituation = new Map(shown.map((result) => [nameOf(result), result]));
  const option = {
    ...legend(palette),
    grid: { ...grid(width), top: width < 600 ? 150 : 84 },
    xAxis: axis(palette, {
      type: 'category',
      data: shownPercentiles.map((p) => percentileNames[p] ?? `p${p}`),
    }),
    yAxis: axis(palette, { type: 'log', name: 'ms' }),
    series: [...bySituation].map(([name, result]) => {
      const values = new Map(result.series.percentiles);
      const data = shownPercentiles.map((p) => [percentileNames[p] ?? `p${p}`, values.get(p) ?? '-']);
      const colour = colourOf(palette, result.mode);
      return line(name, colour, data, { lineStyle: { color: colour, ...strokeOf(result) } });
    }),
  };
  return drawSvg(option, palette, { width, height });
}

/** The heavier the load, the heavier the line. */
function strokeOf({ details }: Result): { readonly width: number; readonly type: string } {
  const load = typeof details.share === 'number' ? details.share : 1;
  if (load < 0.4) return { width: 1.5, type: 'dotted' };
  return { width: load < 0.8 ? 2 : 3.5, type: load < 0.6 ? 'dashed' : 'solid' };
}

const nameOf = ({ mode, details }: Result): string =>
  typeof details.share === 'number' ? `${mode} at ${share(details.share)}` : mode;

/** Tickets sold over time, a line per mode, and where the tickets end. */
export function soldLines({ results }: Report, palette: Palette, width: number): string | null {
  const shown = mostProcesses(results.filter(({ scenario }) => scenario === 'sale'));
  const capacity = shown[0]?.details.capacity;
  if (typeof capacity !== 'number') return null;
  const option = {
    ...legend(palette),
    grid: grid(width),
    xAxis: axis(palette, { type: 'log', name: 'seconds', nameLocation: 'middle', nameGap: 28, min: 0.01 }),
    yAxis: axis(palette, {
      type: 'value',
      name: 'tickets',
      max: Math.ceil(Math.max(capacity, ...shown.map(mostSold)) * 1.05),
    }),
    series: shown.map((result, index) => {
      const colour = colourOf(palette, result.mode);
      const data = (result.series.sold ?? []).map(([at, count]) => [Math.max(0.01, at), count]);
      const broken = isBroken(result) ? dashed(colour) : {};
      const more = { showSymbol: false, ...broken, ...(index === 0 ? capacityLine(capacity, palette) : {}) };
      return line(isBroken(result) ? `${result.mode} (broken)` : result.mode, colour, data, more);
    }),
  };
  return drawSvg(option, palette, { width, height });
}

const mostSold = ({ series }: Result): number => series.sold?.at(-1)?.[1] ?? 0;

const capacityLine = (capacity: number, palette: Palette) => ({
  markLine: {
    symbol: 'none',
    lineStyle: { color: palette.text, type: 'dotted', width: 1.5 },
    label: { formatter: 'capacity', color: palette.text, position: 'insideStartTop' },
    data: [{ yAxis: capacity }],
  },
});

/** Sales per second in each tenth of a large concert. */
export function fillLines({ results }: Report, palette: Palette, width: number): string | null {
  const shown = results.filter(({ scenario }) => scenario === 'fill');
  if (shown.length === 0) return null;
  const tenths = Array.from({ length: 10 }, (_, index) => index + 1);
  const option = {
    grid: { ...grid(width), top: 34 },
    xAxis: axis(palette, {
      type: 'category',
      name: 'tenth of the tickets',
      nameLocation: 'middle',
      nameGap: 28,
    }),
    yAxis: axis(palette, { type: 'value', name: 'sold / s', min: 0 }),
    series: shown.map(({ mode, details }) => {
      const data = tenths.map((tenth) => [String(tenth), Number(details[`tenth${tenth}`])]);
      return line(mode, colourOf(palette, mode), data, {
        lineStyle: { width: 2, opacity: 0.75, color: colourOf(palette, mode) },
      });
    }),
  };
  return drawSvg(option, palette, { width, height: 300 });
}
