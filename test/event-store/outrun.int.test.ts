import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { RecordedEvent } from '../../dev-servers/event-store/log/model.js';
import { openEventStore } from '../support/services.js';
import { startOutrunningServer } from './outrunning-server.js';

const recorded = (index: number): RecordedEvent => ({
  position: BigInt(100 + index * 10),
  stream: 'ns_concert-rock',
  revision: BigInt(index),
  id: randomUUID(),
  type: 'ConcertScheduled',
  isJson: true,
  created: 0,
  data: Buffer.from('{}'),
  metadata: Buffer.from('{"schemaVersion":1}'),
});

it('a subscriber to whom too much came at once gets the rest, each event once, and is caught up once', async () => {
  const log = Array.from({ length: 10 }, (_, i) => recorded(i));
  const server = await startOutrunningServer(log, 4);
  const store = openEventStore('ns', server.url);
  const stop = new AbortController();
  const seen: (bigint | 'caught-up')[] = [];
  for await (const message of store.subscribe(null, stop.signal)) {
    if (message.kind === 'event') seen.push(message.event.revision);
    if (message.kind === 'caught-up') seen.push('caught-up');
    if (seen.includes(9n) && seen.includes('caught-up')) stop.abort();
  }
  expect(seen.filter((item) => item !== 'caught-up')).toEqual(log.map(({ revision }) => revision));
  expect(seen.filter((item) => item === 'caught-up')).toHaveLength(1);
  expect(server.asked[0]).toBeNull();
  expect(server.asked.length).toBeGreaterThan(2);
  await store.close();
  server.stop();
});
