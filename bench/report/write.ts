import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { charts } from './charts.js';
import { toHtml } from './html.js';
import { toMarkdown } from './markdown.js';
import type { Report } from './report.js';
import { paletteOf } from './theme.js';

const chartWidth = 880;

/** Writes report.json, report.html, results.md and its charts. Throws when the folder cannot be written. */
export function writeReport(report: Report, folder: string): void {
  const chartFolder = join(folder, 'charts');
  mkdirSync(chartFolder, { recursive: true });
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
  writeFileSync(join(folder, 'report.html'), toHtml(report));
  writeFileSync(join(folder, 'results.md'), `${toMarkdown(report, 'charts')}\n`);
  for (const { id, draw } of charts) {
    const svg = draw(report, paletteOf('light'), chartWidth);
    if (svg !== null) writeFileSync(join(chartFolder, `${id}.svg`), onWhite(svg));
  }
}

/** A picture on its own does not know what is behind it. */
const onWhite = (svg: string): string => svg.replace('<svg ', '<svg style="background:#fdfcf9" ');
