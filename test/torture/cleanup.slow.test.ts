import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { identityOf, isRunning, type ProcessIdentity } from '../../dev-servers/watchdog/process-identity.js';
import { until } from '../support/until.js';

interface Run {
  readonly child: ChildProcess;
  readonly folder: string;
}

/** The torture as `npm run torture` runs it; resolves when a sale is about to begin. */
async function startTorture(): Promise<Run> {
  const args = ['dist/torture/main.js', '--faults', 'F11', '--seed', '1'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const lines = createInterface({ input: child.stdout });
  let folder = '';
  for await (const line of lines) {
    folder = /is in (\S+)$/.exec(line)?.[1] ?? folder;
    if (line.endsWith(' begins')) break;
  }
  return { child, folder };
}

/** Processes below this one, but for the caretaker, with those that they started. */
function descendantsOf(pid: number): readonly ProcessIdentity[] {
  const parents = readdirSync('/proc').flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${Number(name)}/stat`, 'utf8');
      return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0])] as const];
    } catch {
      // No process, or one that has ended.
      return [];
    }
  });
  const below = (parent: number): readonly number[] =>
    parents.flatMap(([child, of]) => (of === parent ? [child, ...below(child)] : []));
  return below(pid).flatMap((each) => identityOf(each) ?? []);
}

const isMounted = (folder: string): boolean => readFileSync('/proc/mounts', 'utf8').includes(folder);

test('a run that is told to end leaves no process, mount or file behind', async () => {
  const { child, folder } = await startTorture();
  const started = descendantsOf(child.pid ?? 0);
  // Two Postgres, three Redis, the store and the services, besides the caretaker.
  expect(started.length).toBeGreaterThanOrEqual(10);
  expect(existsSync(folder)).toBe(true);
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
  await until(() => !started.some(isRunning), 'the end of what the run had started');
  await until(() => !existsSync(folder), 'the removal of its folder');
  expect(isMounted(folder)).toBe(false);
});
