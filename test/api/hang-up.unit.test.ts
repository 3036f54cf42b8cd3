import { expect, test } from 'vitest';
import type { Log } from '../../src/api/services.js';
import { until } from '../support/until.js';
import { CONCERT, send, startApi } from './support.js';

/** A log whose reads do not end before their signal aborts. */
function endless() {
  const reads = { running: 0 };
  const log: Pick<Log, 'read'> = {
    async *read(_concertId, _from, _most, signal) {
      reads.running++;
      try {
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      } finally {
        reads.running--;
      }
    },
  };
  return { log, reads };
}

test.each([`/concerts/${CONCERT}?at=2026-01-01T00:00:00Z`, `/concerts/${CONCERT}/events`])(
  'a client that hangs up takes its reads of the log with it: %s',
  async (path) => {
    const { log, reads } = endless();
    const api = startApi({ log });
    const gone = new AbortController();
    const asked = send(api, path, { signal: gone.signal });
    await until(() => reads.running === 1, 'the read to begin');
    gone.abort();
    await expect(asked).rejects.toThrow();
    await until(() => reads.running === 0, 'the read to end');
    expect(api.lines).toEqual([]);
  },
);

test('more reads of whole logs than may run and wait are told that it is busy', async () => {
  const { log, reads } = endless();
  const api = startApi({ log });
  const ask = (signal?: AbortSignal) =>
    send(api, `/concerts/${CONCERT}?at=2026-01-01T00:00:00Z`, signal === undefined ? {} : { signal });
  const gone = new AbortController();
  const held = [1, 2].map(() => ask(gone.signal).catch(() => null));
  await until(() => reads.running === 1, 'a read to begin');
  await until(() => api.services.wholeLogReads.waiting === 1, 'another to wait');
  const { status, headers, body } = await ask();
  expect(status).toBe(503);
  expect(headers['retry-after']).toBe('2');
  expect(body).toMatchObject({ type: '/problems/busy' });
  gone.abort();
  await Promise.all(held);
  await until(() => reads.running === 0, 'the reads to end');
});
