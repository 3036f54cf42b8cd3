import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { builtFile } from '../../dev-servers/watchdog/built-file.js';
import { identityOf, isRunning } from '../../dev-servers/watchdog/process-identity.js';
import { until } from '../support/until.js';

interface Left {
  readonly folder: string;
  readonly isMounted: boolean;
  readonly pids: readonly number[];
}

const isMounted = (folder: string): boolean => readFileSync('/proc/mounts', 'utf8').includes(folder);

async function startOwner() {
  const file = builtFile('../test/torture/run-owner.js');
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, left: JSON.parse(line) as Left };
}

test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
  'a run that ends by %s leaves no process, mount or file behind',
  async (signal) => {
    const { child, left } = await startOwner();
    const processes = left.pids.flatMap((pid) => identityOf(pid) ?? []);
    expect(processes).toHaveLength(2);
    expect(isMounted(left.folder)).toBe(left.isMounted);
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    await until(() => !processes.some(isRunning), 'the end of its processes');
    await until(() => !existsSync(left.folder), 'the removal of its folder');
    expect(isMounted(left.folder)).toBe(false);
  },
);
