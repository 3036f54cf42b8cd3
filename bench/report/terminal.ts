import type { Report } from './report.js';
import { describeRatios, type Result } from './result.js';
import { cpuOfSelling, defects, figure, isBroken, label, share, situation, spread, whole } from './words.js';

const red = (text: string) => `\u001b[31;9m${text}\u001b[0m`;

/** The report as a table for a terminal. Figures of runs that broke an invariant are struck through, in red. */
export function forTerminal({ results, ratios, environment, failures }: Report, colours: boolean): string {
  const strike = colours ? red : (text: string) => `~~${text}~~`;
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  return [
    ...scenarios.map((scenario) => table(scenario, results, strike)),
    ratioTable(ratios),
    ...failures.map(({ scenario, problem }) => `${scenario} did not come to its end: ${problem}`),
    `Of the machine's CPU time ${share(environment.used)} was used and ${share(environment.stolen)} stolen.`,
  ].join('\n\n');
}

const headings = [
  'system',
  'situation',
  'sold/s',
  'refused/s',
  'p50 ms',
  'p99 ms',
  'CPU µs',
  'held up by',
  'defects',
];

function table(scenario: string, results: readonly Result[], strike: (text: string) => string): string {
  const rows = results.filter((result) => result.scenario === scenario).map(cells);
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...rows.map(({ texts }) => texts[i]?.length ?? 0)),
  );
  const line = (texts: readonly string[]) =>
    texts.map((text, i) => (i < 2 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join('  ');
  const lines = rows.map(({ texts, broken }) => (broken ? strike(line(texts)) : line(texts)));
  return [scenario, line(headings), ...lines].join('\n');
}

function cells(result: Result): { texts: string[]; broken: boolean } {
  const texts = [
    label(result.mode),
    situation(result),
    whole(result.acceptedPerSecond),
    whole(result.refusedPerSecond),
    figure(result.p50Ms),
    figure(result.p99Ms),
    figure(cpuOfSelling(result)),
    result.bottleneck,
    defects(result),
  ];
  return { texts, broken: isBroken(result) };
}

function ratioTable(ratios: Report['ratios']): string {
  const described = describeRatios(ratios);
  const width = Math.max(24, ...described.map(({ key }) => key.length));
  const lines = described.map(({ key, ratio, wanted, met, meaning }) => {
    const verdict = met === null ? '' : met ? 'reached' : 'missed';
    const cpu = ratio.cpu === null ? '' : `by CPU time ${figure(ratio.cpu.median)}`;
    return [key.padEnd(width), spread(ratio).padEnd(30), wanted.padEnd(9), verdict.padEnd(8), cpu, meaning]
      .join(' ')
      .trimEnd();
  });
  return ['ratios: median (min–max) of neighbouring slices', ...lines].join('\n');
}
