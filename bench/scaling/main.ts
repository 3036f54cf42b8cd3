/**
 * What a large sale needs: measures what a sale costs each process and server (`--measure`), simulates the measured runs and the
 * planned sale, and writes the figures into docs/scaling.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { Bench } from '../bench.js';
import { plans } from '../plan.js';
import { startServers } from '../servers.js';
import { compareWithRuns } from './check.js';
import { toMarkdown } from './markdown.js';
import { measure } from './measure.js';
import { readParameters, writeParameters } from './parameters.js';
import { crowds, planSale } from './plan-sale.js';

const { measure: isMeasured } = new Command('bench:scaling')
  .description('what a large sale needs, from what a sale costs; writes docs/scaling.md')
  .option('--measure', 'measure the costs first, instead of those of bench/scaling/parameters.json')
  .parse()
  .opts<{ measure?: true }>();

const document = 'docs/scaling.md';
const mark = '<!-- figures: written by npm run bench:scaling -->';
const networkMicros = 200;
const processCounts = [1, 2, 4, 8] as const;
const say = (line: string) => process.stderr.write(`${line}\n`);

if (isMeasured) await measureHere();
const parameters = readParameters();
const checked = compareWithRuns(parameters);
const planned = (Object.keys(crowds) as (keyof typeof crowds)[]).flatMap((crowd) =>
  processCounts.map((processes) => planSale(parameters, crowd, processes, networkMicros)),
);
const figures = toMarkdown(parameters, checked, planned);
const [above = ''] = readFileSync(document, 'utf8').split(mark);
writeFileSync(document, `${above}${mark}\n\n${figures}\n`);
process.stdout.write(`${figures}\n`);
process.exit();

async function measureHere(): Promise<void> {
  const servers = await startServers();
  const bench = new Bench(plans.quick, 1, servers);
  try {
    writeParameters(await measure(bench, say));
  } finally {
    await bench.close();
    await servers.stop();
  }
}
