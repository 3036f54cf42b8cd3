import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** A process that cannot be confused with a later one that was given the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, as the operating system writes it; only to be compared. */
  startedAt: string;
}

export const isIdentity = (value: unknown): value is ProcessIdentity =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  'startedAt' in value &&
  Number.isInteger(value.pid) &&
  Number(value.pid) > 0 &&
  typeof value.startedAt === 'string';

/** The process that runs under `pid` now; undefined when there is none, or only a zombie. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startedAt = existsSync('/proc/self/stat') ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether the process still runs, and no later one under its pid. */
export function isRunning(process: ProcessIdentity): boolean {
  return identityOf(process.pid)?.startedAt === process.startedAt;
}

/** The name of the program that runs under `pid`, without its folder; empty when there is none. */
export function programNameOf(pid: number): string {
  const name = existsSync('/proc/self/comm') ? readIfThere(`/proc/${pid}/comm`) : ps(pid, 'comm=');
  return basename(name?.trim() ?? '');
}

function startTimeFromProc(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the name in parentheses, and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticksSinceBoot] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || ticksSinceBoot === undefined) return undefined;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}+${ticksSinceBoot}`;
}

function startTimeFromPs(pid: number): string | undefined {
  const answer = ps(pid, 'stat=,lstart=');
  if (answer === undefined || answer.startsWith('Z')) return undefined;
  return answer.slice(answer.indexOf(' ')).trim();
}

function ps(pid: number, columns: string): string | undefined {
  try {
    return execFileSync('ps', ['-o', columns, '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch (error) {
    // ps ends with 1 when there is no such process; anything else (no ps at all) is a real error.
    if (error instanceof Error && 'status' in error && error.status === 1) return undefined;
    throw error;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  // ESRCH: the process ended between the opening and the reading of its file.
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}
