import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { defects } from '../../simulation/defects/defects.js';

const run = promisify(execFile);

/** The schedules of the first seeds, in which each defect is found. */
const seconds = '120';

it.each(defects.map(({ name, what }) => [name, what]))(
  'the search finds %s: %s',
  async (name) => {
    const args = ['dist/simulation/main.js', '--defect', name, '--whole', '--seconds', seconds];
    const found = await run(process.execPath, args, { maxBuffer: 1e8 }).catch((error: unknown) => error);
    expect(found).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Seed \d+, schedule \d+.*violated/),
    });
  },
  180_000,
);
