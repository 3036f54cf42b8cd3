import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { Ratios, Result } from './result.js';

/** The report of a run; report.json has this, and its `summary`. */
export interface Report {
  readonly startedAt: string;
  readonly tookSeconds: number;
  readonly plan: string;
  /** The command of the run. */
  readonly command: string;
  readonly seed: number;
  readonly commit: string;
  readonly environment: Environment;
  /** Scenarios that failed. The results that they had by then are among the others. */
  readonly failures: readonly Failure[];
  readonly results: readonly Result[];
  readonly ratios: Ratios;
}

export interface Failure {
  readonly scenario: string;
  readonly problem: string;
}

export interface Environment {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Whether the servers were embedded or named by the environment, and their versions where known. */
  readonly servers: Readonly<Record<string, string>>;
  /** Share of the machine's CPU time that the hypervisor kept from it during the run; null where it is not told. */
  readonly stolen: number | null;
  /** Share of the machine's CPU time that any process used during the run. */
  readonly used: number | null;
}

/** The current commit, and whether the work tree has changes on top of it. */
export function commitNow(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with changes';
    return git('rev-parse', '--short', 'HEAD') + changed;
  } catch {
    return 'not under version control';
  }
}

export interface MachineTime {
  readonly total: number;
  readonly idle: number;
  readonly stolen: number;
}

/** CPU time of the whole machine so far, in ticks; null where there is no /proc. */
export function machineTime(): MachineTime | null {
  if (process.platform !== 'linux') return null;
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, each) => sum + each, 0);
  return { total, idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), stolen: ticks[7] ?? 0 };
}

export function environment(
  servers: Readonly<Record<string, string>>,
  before: MachineTime | null,
): Environment {
  const after = machineTime();
  const share = (part: (time: MachineTime) => number) =>
    before === null || after === null
      ? null
      : (part(after) - part(before)) / Math.max(1, after.total - before.total);
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    servers,
    stolen: share(({ stolen }) => stolen),
    used: share(({ total, idle, stolen }) => total - idle - stolen),
  };
}
