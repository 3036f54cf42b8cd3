import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import type { SubscriptionMessage } from '../../src/event-store/subscription.js';
import { BatchThrottle } from '../../src/projections/apply/batch-throttle.js';
import { type Batch, inBatches } from '../../src/projections/apply/batching.js';
import { expired } from '../domain/hold-events.js';

const caughtUp: SubscriptionMessage = { kind: 'caught-up' };

const notDecoded: RecordedEvent['decoded'] = { ok: false, problem: 'not decoded' };

function event(place: bigint, decoded = notDecoded): SubscriptionMessage {
  const position = { commit: place, prepare: place };
  const recorded: RecordedEvent = {
    id: `${place}`,
    concertId: 'rock',
    type: 'SalesClosed',
    revision: place,
    position,
    recordedAt: new Date(0),
    decoded,
    data: {},
    metadata: {},
  };
  return { kind: 'event', position, event: recorded };
}

/** A subscription that the test feeds, read batch by batch. Its throttle allows one batch an hour. */
function slowly(maxEvents: number) {
  const leaving = new AbortController();
  const pace = new BatchThrottle(3_600_000);
  const messages = new PassThrough({ objectMode: true });
  leaving.signal.addEventListener('abort', () => messages.end());
  const batches = inBatches(() => messages, { maxEvents, pace }, leaving.signal);
  const send = (message: SubscriptionMessage) => void messages.write(message);
  const next = async () => ids((await batches.next()).value ?? null);
  const leave = async () => {
    leaving.abort();
    await batches.return(undefined);
  };
  return { send, next, pace, leave };
}

const ids = (batch: Batch | null) => batch?.events.map(({ event: { id } }) => id);

/** Long enough for any step that waits for nothing. */
async function settle(): Promise<void> {
  for (let i = 0; i < 100; i++) await turn();
}

test('a single event is passed on at once, the following ones are gathered until a flush', async () => {
  const { send, next, pace, leave } = slowly(100);
  send(caughtUp);
  expect(await next()).toEqual([]);
  send(event(1n));
  expect(await next()).toEqual(['1']);

  const gathered = next();
  send(event(2n));
  await settle();
  send(event(3n));
  await settle();
  pace.flush();

  expect(await gathered).toEqual(['2', '3']);
  await leave();
});

test('events of history, and a full batch, are passed on at once', async () => {
  const { send, next, leave } = slowly(2);
  send(event(1n));
  expect(await next()).toEqual(['1']);
  send(event(2n));
  expect(await next()).toEqual(['2']);

  send(caughtUp);
  expect(await next()).toEqual([]);
  const full = next();
  send(event(3n));
  send(event(4n));

  expect(await full).toEqual(['3', '4']);
  await leave();
});

test('an event of many holds is as much as that many events', async () => {
  const { send, next, leave } = slowly(3);
  send(caughtUp);
  expect(await next()).toEqual([]);
  const crowd = expired(['ann', 'bob', 'cem']);
  send(event(1n, { ok: true, event: crowd }));
  expect(await next()).toEqual(['1']);

  const full = next();
  send(event(2n, { ok: true, event: crowd }));
  send(event(3n));

  expect(await full).toEqual(['2']);
  await leave();
});
