import type { Position } from '../../domain/log/recorded-event.js';
import type { EventStore } from '../../event-store/event-store.js';
import type { SubscriptionMessage } from '../../event-store/subscription.js';
import { oneAhead } from '../../waiting/one-ahead.js';
import { isBefore } from '../apply/apply-batch.js';
import { type Batch, eventWeight, type LoggedEvent } from '../apply/batching.js';

export type ChunkedLog = Pick<EventStore, 'subscribeInChunks'>;

/**
 * The log after `from` in batches of `maxEvents`, each counted by its weight; the last batch is smaller. The next batch is read
 * while the consumer deals with the one before, and no further. Ends with the batch that reaches `limit` or the end of the log; early, without a further
 * batch, when `signal` aborts.
 * @param limit null for the end of the log
 * @throws {EventStoreUnavailable}
 */
export async function* readAhead(
  store: ChunkedLog,
  from: Position | null,
  limit: Position | null,
  maxEvents: number,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const leaving = new AbortController();
  const ending = AbortSignal.any([signal, leaving.signal]);
  const batches = inFull(store.subscribeInChunks(from, ending), limit, maxEvents);
  for await (const batch of oneAhead(batches, () => leaving.abort())) {
    if (signal.aborted) return;
    yield batch;
  }
}

async function* inFull(
  chunks: AsyncIterable<readonly SubscriptionMessage[]>,
  limit: Position | null,
  maxEvents: number,
): AsyncGenerator<Batch> {
  let events: LoggedEvent[] = [];
  let weight = 0;
  let position: Position | null = null;
  for await (const chunk of chunks) {
    for (const message of chunk) {
      const caughtUp = message.kind === 'caught-up';
      if (message.kind !== 'caught-up') position = message.position;
      if (message.kind === 'event') {
        events.push(message);
        weight += eventWeight(message);
      }
      const ends = caughtUp || (limit !== null && position !== null && !isBefore(position, limit));
      if (!ends && weight < maxEvents) continue;
      yield { events, position, caughtUp };
      if (ends) return;
      events = [];
      weight = 0;
    }
  }
}
