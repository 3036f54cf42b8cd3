import { expect, test } from 'vitest';
import type { Ratios } from '../../bench/report/result.js';
import { summaryOf } from '../../bench/report/result.js';
import { send, startApi } from './support.js';

const spread = { median: 0.61, min: 0.58, max: 0.64, n: 7, cpu: null };
const ratios: Ratios = { 'batch/noop': spread, alone: { ...spread, median: Number.NaN } };
const report = {
  startedAt: '2030-06-01T10:00:00.000Z',
  plan: 'quick',
  commit: '1a2b3c4',
  results: [],
  ratios,
};

const answerTo = (benchReport: () => Promise<string | null>) =>
  send(startApi({ benchReport }), '/bench-report');

test('the report that the bench wrote is shown with its aims', async () => {
  const text = JSON.stringify({ ...report, summary: summaryOf(ratios) });
  expect(await answerTo(async () => text)).toMatchObject({
    status: 200,
    body: {
      commit: '1a2b3c4',
      ratios: [{ key: 'batch/noop', wanted: '≥ 0.5', met: true, median: 0.61, n: 7 }],
    },
  });
});

test('none is configured', async () => {
  expect(await answerTo(async () => null)).toMatchObject({ status: 404 });
});

test.each([
  ['cannot be read', () => Promise.reject(new Error('ENOENT'))],
  ['is no report', async () => '{"startedAt":"yesterday"}'],
  ['is no JSON', async () => '…'],
])('a file that %s is unavailable', async (_, read) => {
  expect(await answerTo(read)).toMatchObject({ status: 503, body: { type: '/problems/unavailable' } });
});
