import { Bench } from './bench.js';
import type { Plan } from './plan.js';
import { commitNow, environment, machineTime, type Report } from './report/report.js';
import { scenarios } from './scenarios/index.js';
import { serverVersions } from './server-versions.js';
import { startServers } from './servers.js';

export interface RunOptions {
  readonly plan: Plan;
  /** Names of scenarios. */
  readonly only: readonly string[];
  readonly seed: number;
  /** The command line of the run. */
  readonly command: string;
  readonly say: (line: string) => void;
}

/**
 * Runs scenario after scenario and yields the report so far after each, so that a run that is cut off keeps what it had. A
 * scenario that fails is named in the report, and the next one runs.
 */
export async function* run({ plan, only, seed, command, say }: RunOptions): AsyncGenerator<Report> {
  const startedAt = new Date().toISOString();
  const started = performance.now();
  const before = machineTime();
  let servers = await startServers();
  const versions = await serverVersions(servers);
  let report: Report = {
    startedAt,
    tookSeconds: 0,
    plan: plan.name,
    command,
    seed,
    commit: commitNow(),
    environment: environment(versions, before),
    failures: [],
    results: [],
    ratios: {},
  };
  for (const name of only) {
    say(name);
    if (plan.freshServers && report.tookSeconds > 0) {
      await servers.stop();
      servers = await startServers();
    }
    const part = await runOne(name, new Bench(plan, seed, servers));
    for (const { problem } of part.failures) say(`${name} failed: ${problem}`);
    report = {
      ...report,
      tookSeconds: (performance.now() - started) / 1_000,
      environment: environment(versions, before),
      failures: [...report.failures, ...part.failures],
      results: [...report.results, ...part.results],
      ratios: { ...report.ratios, ...part.ratios },
    };
    yield report;
  }
  await servers.stop();
}

async function runOne(name: string, bench: Bench): Promise<Pick<Report, 'results' | 'ratios' | 'failures'>> {
  const { results, ratios } = bench;
  try {
    await scenarios[name]?.(bench);
    return { results, ratios, failures: [] };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { results, ratios, failures: [{ scenario: name, problem }] };
  } finally {
    await bench.close();
  }
}
