import { purchaseModes } from '../../src/domain/purchase-mode.js';
import type { Report } from './report.js';
import { aims, type Ratio, type Ratios } from './result.js';
import { axis, colourOf, drawSvg, legend, type Palette } from './theme.js';

const panelHeight = 320;
const panels = [
  { aim: 'scale-out/sales', name: 'sales ÷ those of one process' },
  { aim: 'scale-out/cpu', name: 'CPU time per sale ÷ that of one process' },
] as const;

interface Point {
  readonly mode: string;
  readonly processes: number;
  readonly inFlight: number;
  readonly value: number;
}

/** Sales and CPU time over the number of processes, a line for each mode and number in flight. */
export function scaleOutLines({ ratios }: Report, palette: Palette, width: number): string | null {
  const points = panels.map(({ aim }) => pointsOf(ratios, aim));
  const all = points.flat();
  if (all.length === 0) return null;
  const isNarrow = width < 600;
  const cellWidth = isNarrow ? width : width / 2;
  const counts = [1, ...new Set(all.map(({ processes }) => processes))].toSorted((a, b) => a - b);
  const option = {
    ...legend(palette),
    grid: panels.map((_, i) => ({
      left: (isNarrow ? 0 : i * cellWidth) + 44,
      top: (isNarrow ? i * panelHeight + 100 : 74) + 24,
      width: cellWidth - 66,
      height: panelHeight - 110,
    })),
    xAxis: panels.map((_, gridIndex) =>
      axis(palette, {
        ...{ gridIndex, type: 'category', data: counts.map(String), boundaryGap: false },
        ...{ name: 'processes', nameLocation: 'middle', nameGap: 26 },
      }),
    ),
    yAxis: panels.map(({ name }, gridIndex) =>
      axis(palette, {
        ...{ gridIndex, type: 'value', min: 0, name, nameLocation: 'end' },
        nameTextStyle: { color: palette.quiet, fontSize: 12, align: 'left', padding: [0, 0, 0, -36] },
      }),
    ),
    series: points.flatMap((ofPanel, panel) => [
      ...linesOf(ofPanel, panel, palette),
      aimLine(panel, palette),
    ]),
  };
  return drawSvg(option, palette, { width, height: isNarrow ? 2 * panelHeight + 90 : panelHeight + 50 });
}

function pointsOf(ratios: Ratios, aim: string): Point[] {
  return (Object.entries(ratios) as [string, Ratio][]).flatMap(([key, ratio]) => {
    const [, mode, processes, inFlight] =
      /^\S+: (\w+), (\d+) processes, (\d+) in flight$/.exec(key.startsWith(`${aim}: `) ? key : '') ?? [];
    if (mode === undefined) return [];
    return [{ mode, processes: Number(processes), inFlight: Number(inFlight), value: ratio.median }];
  });
}

function linesOf(points: readonly Point[], panel: number, palette: Palette): object[] {
  const waiting = [...new Set(points.map(({ inFlight }) => inFlight))].toSorted((a, b) => a - b);
  return purchaseModes.flatMap((mode) =>
    waiting.flatMap((inFlight, index) => {
      const own = points.filter((point) => point.mode === mode && point.inFlight === inFlight);
      if (own.length === 0) return [];
      const colour = colourOf(palette, mode);
      return [
        {
          ...{ name: `${mode}, ${inFlight} in flight`, type: 'line', symbolSize: 7 },
          ...{ xAxisIndex: panel, yAxisIndex: panel, itemStyle: { color: colour } },
          lineStyle: {
            width: 2.5,
            color: colour,
            type: index === 0 && waiting.length > 1 ? 'dotted' : 'solid',
          },
          data: [
            ['1', 1],
            ...own.map(({ processes, value }) => [String(processes), Number(value.toFixed(2))]),
          ],
        },
      ];
    }),
  );
}

/** Where four processes should be. */
function aimLine(panel: number, palette: Palette): object {
  const at = panel === 0 ? aims['scale-out/sales'].least : aims['scale-out/cpu'].most;
  return {
    ...{ type: 'line', data: [], xAxisIndex: panel, yAxisIndex: panel },
    markLine: {
      symbol: 'none',
      silent: true,
      lineStyle: { color: palette.text, type: 'dashed', width: 1 },
      label: {
        formatter: `aim ${panel === 0 ? '≥' : '≤'} ${at}`,
        color: palette.text,
        position: 'insideEndTop',
      },
      data: [{ yAxis: at }],
    },
  };
}
