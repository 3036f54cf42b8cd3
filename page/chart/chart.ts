import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { html } from '../app/html.js';
import type { Words } from '../words/words.js';
import { type Seconds, salesSoFar, toSeries } from './sales.js';

interface Props {
  readonly concertId: string;
  /** Tickets sold within the last second. */
  readonly rate: number;
  readonly words: Words;
}

const height = 140;
/** How long after the last sale the figures are fetched again: exact then, rather than as they were watched. */
const settledMs = 2_500;

/** Sales per second, as far back as the sale goes. */
export function Chart({ concertId, rate, words }: Props) {
  const [seconds, setSeconds] = useState<Seconds>(new Map());
  const { chart } = words.say;

  const fetchAll = (signal: AbortSignal) =>
    salesSoFar(concertId, signal).then((all) => !signal.aborted && all.size > 0 && setSeconds(all));

  useEffect(() => {
    if (rate > 0) {
      const now = Math.floor(Date.now() / 1_000);
      setSeconds((known) => new Map(known).set(now, Math.max(rate, known.get(now) ?? 0)));
      return;
    }
    const gone = new AbortController();
    const wait = window.setTimeout(
      () => void fetchAll(gone.signal),
      seconds.size === 0 ? 0 : settledMs * (1 + Math.random()),
    );
    return () => {
      gone.abort();
      window.clearTimeout(wait);
    };
  }, [rate, concertId]);

  return html`<section class="card chart" aria-labelledby="chart-title">
    <h2 id="chart-title">${chart.title}</h2>
    <p class="rate"><strong>${words.number(rate)}</strong> ${chart.rate}</p>
    ${seconds.size === 0 ? html`<p class="small">${chart.none}</p>` : html`<${Plot} seconds=${seconds} isOver=${rate === 0} words=${words} />`}
  </section>`;
}

function Plot({ seconds, isOver, words }: { seconds: Seconds; isOver: boolean; words: Words }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const series = useRef<ReturnType<typeof toSeries>>([[], []]);
  series.current = toSeries(seconds, isOver);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let isGone = false;
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const draw = async () => {
      const { default: Plotter } = await import('uplot');
      if (isGone) return;
      plot.current?.destroy();
      plot.current = new Plotter(options(element, words), series.current, element);
    };
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    scheme.addEventListener('change', draw);
    void draw();
    return () => {
      isGone = true;
      resized.disconnect();
      scheme.removeEventListener('change', draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [words]);

  useEffect(() => plot.current?.setData(series.current), [seconds, isOver]);
  const most = Math.max(0, ...seconds.values());
  return html`<div class="plot" ref=${place} role="img" aria-label=${words.say.chart.most(words.number(most))}></div>`;
}

function options(element: HTMLElement, words: Words): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--soft'),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height,
    cursor: { show: false },
    legend: { show: false },
    scales: { y: { range: (_, __, most) => [0, Math.max(5, most * 1.1)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 70,
        size: 28,
        values: (_, at) => at.map((s) => words.clock(s)),
      },
      { ...axis, size: 44, space: 36, values: (_, at) => at.map((value) => words.number(value)) },
    ],
    series: [
      {},
      { stroke: colour('--accent-line'), fill: colour('--accent-wash'), width: 2, points: { show: false } },
    ],
  };
}
