import { mostProcesses } from './bars.js';
import type { Report } from './report.js';
import { axis, colourOf, drawSvg, type Palette } from './theme.js';
import { whole } from './words.js';

const shownModes = ['lock', 'batch', 'queue'];

/** Arrival order against ticket number, a field per mode: side by side, or below each other on a phone. */
export function arrivalScatter({ results }: Report, palette: Palette, width: number): string | null {
  const sales = mostProcesses(results.filter(({ scenario }) => scenario === 'sale'));
  const shown = sales.filter(
    ({ mode, series }) => shownModes.includes(mode) && (series.arrivals?.length ?? 0) > 0,
  );
  if (shown.length === 0) return null;
  const columns = width < 600 ? 1 : shown.length;
  const cellWidth = width / columns;
  const cellHeight = Math.min(cellWidth, 310);
  const place = (index: number) => ({
    left: (index % columns) * cellWidth + 44,
    top: Math.floor(index / columns) * cellHeight + 50,
    width: cellWidth - 66,
    height: cellHeight - 100,
  });
  const option = {
    title: shown.map(({ mode, processes, arrivalInversions }, index) => ({
      text: `${mode} × ${processes}: ${whole(arrivalInversions ?? 0)} inversions`,
      left: place(index).left - 40,
      top: place(index).top - 48,
      textStyle: { fontSize: 13, fontWeight: 600, color: palette.text },
    })),
    grid: shown.map((_, index) => place(index)),
    xAxis: shown.map((_, gridIndex) =>
      axis(palette, {
        gridIndex,
        type: 'value',
        name: 'arrival',
        nameLocation: 'middle',
        nameGap: 24,
        splitNumber: 4,
      }),
    ),
    yAxis: shown.map((_, gridIndex) =>
      axis(palette, { gridIndex, type: 'value', name: 'ticket', splitNumber: 4 }),
    ),
    series: shown.map(({ mode, series }, index) => ({
      type: 'scatter',
      xAxisIndex: index,
      yAxisIndex: index,
      symbolSize: 4,
      itemStyle: { color: colourOf(palette, mode), opacity: 0.8 },
      data: series.arrivals,
    })),
  };
  return drawSvg(option, palette, { width, height: cellHeight * Math.ceil(shown.length / columns) });
}
