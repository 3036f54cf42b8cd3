import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { charts } from './charts.js';
import { toHtml } from './html.js';
import { toMarkdown } from './markdown.js';
import type { Report } from './report.js';
import { summaryOf } from './result.js';
import { paletteOf } from './theme.js';

const chartWidth = 880;

/** Writes report.json, report.html, results.md and its charts. Throws when the folder cannot be written. */
export function writeReport(report: Report, folder: string): void {
  writeCharts(report, join(folder, 'charts'));
  writeFileSync(
    join(folder, 'report.json'),
    `${JSON.stringify({ ...report, summary: summaryOf(report.ratios) }, null, 1)}\n`,
  );
  writeFileSync(join(folder, 'report.html'), toHtml(report));
  writeFileSync(join(folder, 'results.md'), `${toMarkdown(report, 'charts')}\n`);
}

const MARK = '<!-- figures: written by npm run bench -- --keep -->';

/** Puts the figures below the mark in RESULTS.md, in the place of those of another run. The text above the mark stays. */
export function keepResults(report: Report, folder: string): void {
  const file = join(folder, 'RESULTS.md');
  const [above = ''] = readFileSync(file, 'utf8').split(MARK);
  writeCharts(report, join(folder, 'charts'));
  writeFileSync(file, `${above}${MARK}\n\n${toMarkdown(report, 'charts')}\n`);
}

function writeCharts(report: Report, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const { id, draw } of charts) {
    const svg = draw(report, paletteOf('light'), chartWidth);
    if (svg !== null) writeFileSync(join(folder, `${id}.svg`), onWhite(svg));
  }
}

/** A picture by itself has no page behind it that gives it a background. */
const onWhite = (svg: string): string => svg.replace('<svg ', '<svg style="background:#fdfcf9" ');
