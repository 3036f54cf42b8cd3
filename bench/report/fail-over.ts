import type { Report } from './report.js';
import { aims } from './result.js';
import { axis, drawSvg, type Palette } from './theme.js';

const rowHeight = 56;

/** Seconds of each fail-over, a row for each fault, and how long one may take. */
export function failOverDots({ results }: Report, palette: Palette, width: number): string | null {
  const shown = results.filter(({ series }) => (series.failOver?.length ?? 0) > 0).toReversed();
  if (shown.length === 0) return null;
  const longest = Math.max(aims['fail-over'].most, ...shown.flatMap(({ series }) => series.failOver ?? []));
  const option = {
    grid: { left: 80, right: 30, top: 30, bottom: 46 },
    xAxis: axis(palette, {
      ...{ type: 'value', name: 'seconds', nameLocation: 'middle', nameGap: 28 },
      ...{ min: 0, max: Math.ceil(longest * 1.1) },
    }),
    yAxis: axis(palette, {
      type: 'category',
      data: shown.map(({ details }) => String(details.what)),
      axisLabel: { color: palette.text, fontSize: 12 },
    }),
    series: [
      {
        ...{ type: 'scatter', symbolSize: 11, itemStyle: { color: palette.batch, opacity: 0.6 } },
        data: shown.flatMap(({ series }, row) => (series.failOver ?? []).map((seconds) => [seconds, row])),
        markLine: {
          symbol: 'none',
          silent: true,
          lineStyle: { color: palette.text, type: 'dashed', width: 1 },
          label: { formatter: 'aim', color: palette.text },
          data: [{ xAxis: aims['fail-over'].most }],
        },
      },
    ],
  };
  return drawSvg(option, palette, { width, height: 90 + shown.length * rowHeight });
}
