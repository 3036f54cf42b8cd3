import { charts } from './charts.js';
import { ratioRows, resultRows } from './html-tables.js';
import type { Report } from './report.js';
import { style } from './style.js';
import { paletteOf, type Theme } from './theme.js';
import { escapeHtml, label, share } from './words.js';

const themes: readonly Theme[] = ['light', 'dark'];
const widths = { wide: 880, narrow: 340 } as const;

/** The report as one page that needs nothing else: no script, no font, no network. */
export function toHtml(report: Report): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>onsale bench, ${escapeHtml(report.startedAt.slice(0, 10))}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Which way of selling is fast, correct and fair?</h1>
<p class="lead">${escapeHtml(summary(report))}</p>
${failed(report)}<h2>Ratios</h2>
<p>Each was taken from neighbouring slices of both, in turn: the median, then the smallest and the largest. On a machine that
others use, ratios mean more than rates. The last column compares CPU time per unit of work instead of wall time.</p>
<div class="scroll"><table><thead><tr><th>ratio</th><th>median</th><th>min–max</th><th>n</th><th>aim</th><th></th><th>by CPU time</th></tr></thead>
<tbody>${ratioRows(report)}</tbody></table></div>
${charts.map((chart) => figure(report, chart)).join('\n')}
<h2>Every result</h2>
<p>Figures that are struck through come from runs that broke an invariant, which is named beside them: they are no win.</p>
<div class="scroll"><table class="results"><thead><tr><th>scenario</th><th>system</th><th>situation</th><th>sold/s</th><th>refused/s</th><th>p50 ms</th><th>p99 ms</th><th>CPU µs</th><th>held up by</th><th>defects</th></tr></thead>
<tbody>${resultRows(report)}</tbody></table></div>
<p class="quiet">CPU µs: user and system time per accepted purchase, or per refusal where hardly anything was sold, of service, event store,
Postgres and Redis together. Held up by: <em>service</em> or <em>load</em> when that process was busy for over 90 % of the time,
<em>machine</em> when all cores were, <em>waiting</em> when none of these, so disks, locks or other users of the machine.</p>
<h2>The machine</h2>
<dl>${machine(report)}</dl>
</main>
</body>
</html>
`;
}

function summary({ plan, tookSeconds, environment: { cores, cpu, used, stolen } }: Report): string {
  const machine = `${cores} cores of ${cpu}`;
  const busy =
    used === null ? '' : `, of which ${share(used)} were in use during the run and ${share(stolen)} stolen`;
  return `The ${plan} run took ${Math.round(tookSeconds / 60)} minutes on ${machine}${busy}.`;
}

const failed = ({ failures }: Report): string =>
  failures
    .map((f) => `<p class="missed">${escapeHtml(`${f.scenario} did not come to its end: ${f.problem}`)}</p>`)
    .join('');

function figure(report: Report, { id, title, text, draw }: (typeof charts)[number]): string {
  const drawings = themes.flatMap((theme) =>
    Object.entries(widths).map(([name, width]) => {
      const svg = draw(report, paletteOf(theme), width);
      return svg === null
        ? ''
        : `<div class="${theme} ${name}" role="img" aria-label="${escapeHtml(title)}">${svg}</div>`;
    }),
  );
  if (drawings.every((drawing) => drawing === '')) return '';
  return `<figure id="${id}"><h2>${escapeHtml(title)}</h2>${drawings.join('')}<figcaption>${escapeHtml(text)}</figcaption></figure>`;
}

function machine({ environment, commit, startedAt, seed, command, results }: Report): string {
  const { servers, ...rest } = environment;
  const facts = {
    ...rest,
    used: share(environment.used),
    stolen: share(environment.stolen),
    ...servers,
    commit,
    'started at': startedAt,
    seed,
    command,
    systems: [...new Set(results.map(({ mode }) => label(mode)))].join('; '),
  };
  return Object.entries(facts)
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(String(value))}</dd>`)
    .join('');
}
