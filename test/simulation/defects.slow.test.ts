import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { defects } from '../../simulation/defects/defects.js';

const run = promisify(execFile);

const found = defects.flatMap(({ name, what, seed }) => (seed === null ? [] : [[name, what, seed] as const]));

// From the seed that shows it: `npm run simulate -- --defect NAME` searches from the first.
it.each(found)('the search finds %s: %s', async (name, _what, seed) => {
  const args = [
    'dist/simulation/main.js',
    '--defect',
    name,
    '--whole',
    '--from',
    String(seed),
    '--seconds',
    '120',
  ];
  const search = await run(process.execPath, args, { maxBuffer: 1e8 }).catch((error: unknown) => error);
  expect(search).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^Seed \d+, schedule \d+.*violated/),
  });
});
