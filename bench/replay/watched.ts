import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { cpuSeconds } from '../event-store/cpu-time.js';

export interface Watched {
  readonly output: string;
  readonly seconds: number;
  /** Highest resident memory of the process, in MiB; undefined where it cannot be known. */
  readonly peakMiB: number | undefined;
  /** CPU seconds of the process itself; undefined where they cannot be known. */
  readonly cpu: number | undefined;
}

const sampleEveryMs = 200;

/** Waits for a process and samples its memory and CPU time a few times a second. @throws unless it ends with 0 */
export async function watch(child: ChildProcess): Promise<Watched> {
  const { pid, stdout } = child;
  if (pid === undefined || stdout === null) throw new Error('the process did not start');
  const begun = performance.now();
  let peakMiB: number | undefined;
  let cpu: number | undefined;
  const timer = setInterval(() => {
    peakMiB = peakOf(pid) ?? peakMiB;
    cpu = cpuSeconds(pid) || cpu;
  }, sampleEveryMs);
  const [output, [code]] = await Promise.all([text(stdout), once(child, 'exit')]);
  clearInterval(timer);
  if (code !== 0) throw new Error(`the process ended with ${code}: ${output}`);
  return { output, seconds: (performance.now() - begun) / 1_000, peakMiB, cpu };
}

/** The highest value so far, which the system keeps. */
function peakOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024);
  } catch {
    return undefined; // It has ended meanwhile.
  }
}
