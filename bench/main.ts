import { Command, InvalidArgumentError } from 'commander';
import { plans } from './plan.js';
import type { Report } from './report/report.js';
import { forTerminal } from './report/terminal.js';
import { keepResults, writeReport } from './report/write.js';
import { run } from './run.js';
import { scenarioFor, scenarios } from './scenarios/index.js';

interface Options {
  readonly quick?: true;
  readonly tiny?: true;
  readonly keep?: true;
  readonly only?: readonly string[];
  readonly seed: number;
  readonly out: string;
}

const options = new Command('bench')
  .description(
    'Measures every way of selling and checks every sale. Servers named by the environment, else embedded ones.',
  )
  .option('--quick', 'within 3 minutes on 2 cores')
  .option('--keep', 'make this run the one in bench/RESULTS.md')
  .option('--tiny', 'shows that everything runs; its figures mean nothing')
  .option(
    '--only <names>',
    `some of ${Object.keys(scenarios).join(', ')}, or keys of the ratios that they measure`,
    someScenarios,
  )
  .option('--seed <n>', 'what buyers and arrival times are drawn from', wholeNumber, 1)
  .option('--out <folder>', 'where report.json and report.html go', 'bench/out')
  .parse()
  .opts<Options>();

function someScenarios(text: string): string[] {
  return text.split(',').map((name) => {
    const scenario = scenarioFor(name);
    if (scenario === undefined) throw new InvalidArgumentError(`there is no scenario or key ${name}`);
    return scenario;
  });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

const { out, seed } = options;
const plan = plans[options.tiny ? 'tiny' : options.quick ? 'quick' : 'full'];
const started = performance.now();
const say = (line: string) =>
  process.stderr.write(`${Math.round((performance.now() - started) / 1_000)} s  ${line}\n`);
const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
// The servers' watchdog hears of the end by itself; systems are ended on the way out.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const only = Object.keys(scenarios).filter(
  (name) => options.only?.includes(name) ?? !plan.leftOut.includes(name),
);
try {
  let last: Report | null = null;
  for await (const report of run({ plan, only, seed, command, say })) {
    writeReport(report, out);
    last = report;
  }
  if (last === null) throw new Error('nothing was run');
  if (options.keep) keepResults(last, 'bench');
  process.stdout.write(`${forTerminal(last, process.stdout.isTTY)}\n\n${out}/report.html\n`);
  process.exit(last.failures.length === 0 ? 0 : 1);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}
