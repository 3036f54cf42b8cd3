import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { defects } from '../../simulation/defects/defects.js';
import { withDefect } from '../../simulation/defects/with-defect.js';

const run = promisify(execFile);

it.each(defects)('the code still has what $name breaks', ({ file, text }) => {
  const path = file.startsWith('simulation/') ? file : `src/${file}`;
  expect(readFileSync(`dist/${path}`, 'utf8').split(text)).toHaveLength(2);
});

const found = defects.flatMap(({ name, what, seed }) => (seed === null ? [] : [[name, what, seed] as const]));

// From the seed that shows it: `npm run simulate -- --defect NAME` searches from the first.
it.each(found)('the search finds %s: %s', async (name, _what, seed) => {
  const args = ['--whole', '--from', String(seed), '--seconds', '120'];
  const search = await withDefect(name, 'dist', (main) =>
    run(process.execPath, [main, ...args], { maxBuffer: 1e8 }).catch((error: unknown) => error),
  );
  expect(search).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^Seed \d+, schedule \d+.*violated/),
  });
});
