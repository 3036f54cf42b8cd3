import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { within } from '../../src/waiting/within.js';

test('an answer counts that arrived in time, though the process was too busy to read it', async () => {
  const answer = stat('.').then(() => 'answered');
  const told = within(10, answer, () => 'late');
  const begin = performance.now();
  while (performance.now() - begin < 200);
  expect(await told).toBe('answered');
});

test('an answer that does not come is late, and is asked for once', async () => {
  let asked = 0;
  const never = new Promise<string>(() => {});
  expect(await within(1, never, () => `late ${++asked}`)).toBe('late 1');
});
