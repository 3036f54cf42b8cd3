import { afterEach, expect, test, vi } from 'vitest';
import { Log } from '../../../dev-servers/event-store/log/log.js';
import { letGoOfCancelledReads } from '../../../src/event-store/client-guards/cancelled-reads.js';
import { until } from '../../support/until.js';
import { newStream, noted } from './support/events.js';
import { openTestStore } from './support/store.js';

letGoOfCancelledReads();
const { client, store } = await openTestStore();
afterEach(() => vi.restoreAllMocks());

test('a cancelled read takes no further page from the log, and its client can be disposed of', async () => {
  const stream = newStream();
  // In appends that a busy machine takes within the client's deadline of ten seconds.
  for (let append = 0; append < 20; append++) await client.appendToStream(stream, noted(1_000));
  const pages = vi.spyOn(Log.prototype, 'streamPage');
  const readers = 64;
  const impatient = store.connect();
  const calls = Array.from({ length: readers }, () =>
    impatient.readStream(stream, {}, { highWaterMark: 10_000 }),
  );
  for (const call of calls) call.on('error', () => {});
  await until(() => pages.mock.calls.length >= readers, 'every read to have begun');
  await Promise.all(calls.map((call) => call.destroy().cancel()));
  // Over the same connection as the cancellations before it.
  const asked = async () => {
    for await (const { event } of impatient.readStream(stream, { maxCount: 1 })) return event?.revision;
  };
  // Answered after the server has heard of the cancellations that were sent before it.
  await asked();
  const begun = pages.mock.calls.length;
  for (let time = 0; time < 20; time++) await asked();
  expect(pages.mock.calls.length - begun).toBe(20);
  await impatient.dispose();
});
