import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeTimeLibrary } from '../../torture/cluster/fake-clock.js';
import { faults } from '../../torture/faults/index.js';
import type { TrialVerdict } from '../../torture/judging/judge-trial.js';
import type { Skipped } from '../../torture/lane.js';
import { ensureProgram } from '../support/ensure-program.js';

interface Figures {
  readonly verdicts: readonly TrialVerdict[];
  readonly skipped: readonly Skipped[];
}

/** `npm run torture -- --ci`, on servers of its own. */
async function runTorture(): Promise<{ readonly output: string; readonly figures: Figures }> {
  const folder = mkdtempSync(join(tmpdir(), 'onsale-figures-'));
  const file = join(folder, 'figures.json');
  const servers = { EVENTSTORE_URL: '', REDIS_URL: '', DATABASE_URL: '' };
  const child = spawn(process.execPath, ['dist/torture/main.js', '--ci', '--json', file], {
    env: { ...process.env, ...servers },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  await once(child, 'close');
  try {
    return { output, figures: JSON.parse(readFileSync(file, 'utf8')) };
  } catch (error) {
    throw new Error(`the run did not come to its end:\n${output}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A hang guard: a minute and a half on an idle machine, three on a busy one. */
const patienceMs = 900_000;

test(
  'no fault, and no pair of faults, breaks a rule of a sale that it strikes',
  async () => {
    if (process.platform === 'linux')
      ensureProgram({
        name: 'libfaketime',
        find: fakeTimeLibrary,
        packages: { apt: ['libfaketime'], brew: [] },
        hint: 'Clocks cannot be made to jump without it.',
      });
    const { output, figures } = await runTorture();
    const { verdicts, skipped } = figures;
    expect(
      verdicts.filter(({ outcome }) => outcome !== 'sound').map(({ story }) => story),
      output,
    ).toEqual([]);
    expect(
      skipped.filter(({ isImpossible }) => !isImpossible),
      output,
    ).toEqual([]);
    const told = [
      ...verdicts.map((verdict) => verdict.faults),
      ...skipped.map(({ name }) => name.split(' ')[0]),
    ];
    expect(told).toEqual(expect.arrayContaining(faults.map(({ id }) => id)));
    expect(told.length).toBeGreaterThan(faults.length);
  },
  patienceMs,
);
