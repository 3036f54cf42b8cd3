import * as echarts from 'echarts';

export type Theme = 'light' | 'dark';

/** Colours by what they stand for. A mode has the same one everywhere. */
const colours = {
  light: {
    text: '#26251f',
    quiet: '#6b6a62',
    line: '#dddbd2',
    bad: '#c9302c',
    peer: '#a3a199',
    unsafe: '#c9302c',
    optimistic: '#b87a00',
    lock: '#2a6fc4',
    'lock-cache': '#12875f',
    batch: '#5b3fb0',
    queue: '#c2477f',
    service: '#5b3fb0',
    eventStore: '#12875f',
    postgres: '#2a6fc4',
    redis: '#c2477f',
    load: '#b5b3aa',
  },
  dark: {
    text: '#f1efe6',
    quiet: '#a9a79d',
    line: '#3b3a35',
    bad: '#ff7a70',
    peer: '#7d7b73',
    unsafe: '#ff7a70',
    optimistic: '#e5aa3d',
    lock: '#6aa8f2',
    'lock-cache': '#45c795',
    batch: '#a992f5',
    queue: '#f08bb8',
    service: '#a992f5',
    eventStore: '#45c795',
    postgres: '#6aa8f2',
    redis: '#f08bb8',
    load: '#6b6a63',
  },
} as const;

export type Palette = Readonly<Record<keyof (typeof colours)['light'], string>>;

export const paletteOf = (theme: Theme): Palette => colours[theme];

/** The colour of a system: modes have their own, peers share one. */
export const colourOf = (palette: Palette, name: string): string =>
  name in palette ? palette[name as keyof Palette] : palette.peer;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** One chart as an SVG string that needs nothing else. */
export function drawSvg(option: echarts.EChartsCoreOption, palette: Palette, size: Size): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  chart.setOption({
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: 'system-ui, sans-serif', fontSize: 13, color: palette.text },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** An axis that stays in the background. */
export const axis = (palette: Palette, more: object = {}): object => ({
  axisLine: { lineStyle: { color: palette.line } },
  axisTick: { show: false },
  axisLabel: { color: palette.quiet, fontSize: 12, hideOverlap: true },
  nameTextStyle: { color: palette.quiet, fontSize: 12 },
  splitLine: { lineStyle: { color: palette.line } },
  ...more,
});

export const legend = (palette: Palette): object => ({
  // The gap allows for fonts that are wider than the expected one.
  legend: {
    top: 0,
    left: 0,
    itemGap: 26,
    textStyle: { color: palette.text, fontSize: 12 },
    icon: 'roundRect',
    itemWidth: 14,
  },
});
