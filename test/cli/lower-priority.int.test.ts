import { execFile } from 'node:child_process';
import { constants } from 'node:os';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { builtFile } from '../../dev-servers/watchdog/built-file.js';

const module = builtFile('../src/cli/lower-priority.js');
const { PRIORITY_NORMAL, PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;

/** In a process of its own: a priority that was given up does not come back. */
async function priorityAfter(before: number): Promise<number> {
  const code = `
    import { getPriority, setPriority } from 'node:os';
    import { lowerPriority } from ${JSON.stringify(module)};
    setPriority(${before});
    lowerPriority();
    process.stdout.write(String(getPriority()));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code]);
  return Number(stdout);
}

test('long work comes behind sales, and what was further behind already stays there', async () => {
  expect(await priorityAfter(PRIORITY_NORMAL)).toBe(PRIORITY_BELOW_NORMAL);
  expect(await priorityAfter(PRIORITY_LOW)).toBe(PRIORITY_LOW);
});
