import { Command, InvalidArgumentError } from 'commander';
import { Bench } from './bench.js';
import { type Plan, plans } from './plan.js';
import { commitNow, environment, type Failure, machineTime, type Report } from './report/report.js';
import type { Result } from './report/result.js';
import { forTerminal } from './report/terminal.js';
import { writeReport } from './report/write.js';
import { scenarios } from './scenarios/index.js';
import { serverVersions } from './server-versions.js';
import { startServers } from './servers.js';

interface Options {
  readonly quick?: true;
  readonly tiny?: true;
  readonly only: readonly string[];
  readonly seed: number;
  readonly out: string;
}

const options = new Command('bench')
  .description(
    'Measures every way of selling and checks every sale. Servers named by the environment, else embedded ones.',
  )
  .option('--quick', 'within 3 minutes on 2 cores')
  .option('--tiny', 'shows that everything runs; its figures mean nothing')
  .option(
    '--only <scenarios>',
    `some of ${Object.keys(scenarios).join(', ')}`,
    someScenarios,
    Object.keys(scenarios),
  )
  .option('--seed <n>', 'what buyers and arrival times are drawn from', wholeNumber, 1)
  .option('--out <folder>', 'where report.json and report.html go', 'bench/out')
  .parse()
  .opts<Options>();

function someScenarios(text: string): string[] {
  const names = text.split(',');
  const unknown = names.find((name) => !(name in scenarios));
  if (unknown !== undefined) throw new InvalidArgumentError(`there is no scenario ${unknown}`);
  return names;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

async function run({ only, seed }: Options, plan: Plan): Promise<Report> {
  const started = Date.now();
  const before = machineTime();
  const commit = commitNow();
  const results: Result[] = [];
  const ratios: Report['ratios'] = {};
  const failures: Failure[] = [];
  const say = (line: string) =>
    process.stderr.write(`${Math.round((Date.now() - started) / 1_000)} s  ${line}\n`);
  let servers = await startServers();
  const versions = await serverVersions(servers);
  let isFirst = true;
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (!only.includes(name)) continue;
    say(name);
    if (plan.freshServers && !isFirst) {
      await servers.stop();
      servers = await startServers();
    }
    isFirst = false;
    const bench = new Bench(plan, seed, servers);
    try {
      await scenario(bench);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      say(`${name} failed: ${problem}`);
      failures.push({ scenario: name, problem });
    }
    results.push(...bench.results);
    Object.assign(ratios, bench.ratios);
    await bench.close();
  }
  await servers.stop();
  return {
    startedAt: new Date(started).toISOString(),
    tookSeconds: (Date.now() - started) / 1_000,
    plan: plan.name,
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    seed,
    commit,
    environment: environment(versions, before),
    failures,
    results,
    ratios,
  };
}

try {
  const report = await run(options, plans[options.tiny ? 'tiny' : options.quick ? 'quick' : 'full']);
  writeReport(report, options.out);
  process.stdout.write(`${forTerminal(report, process.stdout.isTTY)}\n\n${options.out}/report.html\n`);
  process.exit(report.failures.length === 0 ? 0 : 1);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}
