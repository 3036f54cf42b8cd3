import { eventTypeFilter, START, streamNameFilter } from '@eventstore/db-client';
import type { ConcertEventType } from '../domain/events/events.js';
import { EventStoreUnavailable } from '../domain/log/errors.js';
import type { Position, RecordedEvent } from '../domain/log/recorded-event.js';
import { messageOf } from '../waiting/message-of.js';
import { pause } from '../waiting/sleep.js';
import { inChunks } from './chunks.js';
import { decode } from './codec.js';
import type { Connection } from './connection.js';
import type { StreamNames } from './stream-names.js';

export type SubscriptionMessage =
  | { readonly kind: 'event'; readonly event: RecordedEvent; readonly position: Position }
  /** The server has scanned the log up to this position and found no further matching event. */
  | { readonly kind: 'checkpoint'; readonly position: Position }
  /** History has been read; the following events are live. Sent once, by servers from 23.10 on. */
  | { readonly kind: 'caught-up' };

/** The server sends a checkpoint every 32 × this many scanned events. */
const checkpointInterval = 32;
/** Messages buffered in this process before back-pressure reaches the server. */
const highWaterMark = 512;
/** Before the server is asked again, in ms: time in which it writes what else came at once. */
const outrunPauseMs = 20;

/**
 * Yields all concert events after `from` (null: from the start), in log order, at least once, without end. Back-pressure
 * reaches the server: it sends no faster than the consumer reads.
 *
 * Does not reconnect: when the connection or the subscription is dropped this throws, and the caller subscribes again from the
 * last position it has processed. Only where the server itself asks for that, because more events came at once than it keeps for
 * a subscriber (32 on EventStoreDB 23.10, fewer than an append may have), is it done here: nothing has failed then.
 * @param only the event types to yield; the server filters out the others
 * @throws {EventStoreUnavailable} when the connection is lost.
 */
export async function* subscribe(
  ...[connection, names, from, signal, only]: Parameters<typeof subscribeInChunks>
): AsyncGenerator<SubscriptionMessage> {
  for await (const chunk of subscribeInChunks(connection, names, from, signal, only)) yield* chunk;
}

/**
 * As `subscribe`, but yields arrays of the messages that have arrived. For long reads, where awaiting each message costs
 * most.
 */
export async function* subscribeInChunks(
  connection: Connection,
  names: StreamNames,
  from: Position | null,
  signal: AbortSignal,
  only?: ConcertEventType,
): AsyncGenerator<readonly SubscriptionMessage[]> {
  let reached = from;
  let hasCaughtUp = false;
  for (;;) {
    try {
      for await (const chunk of subscribeOnce(connection, names, reached, signal, only)) {
        reached = chunk.findLast((message) => message.kind !== 'caught-up')?.position ?? reached;
        const isKnown = hasCaughtUp;
        hasCaughtUp ||= chunk.some(({ kind }) => kind === 'caught-up');
        yield isKnown ? chunk.filter(({ kind }) => kind !== 'caught-up') : chunk;
      }
      return;
    } catch (error) {
      if (!isOutrun(error)) throw error;
      await pause(outrunPauseMs, signal);
    }
  }
}

async function* subscribeOnce(
  connection: Connection,
  names: StreamNames,
  from: Position | null,
  signal: AbortSignal,
  only?: ConcertEventType,
): AsyncGenerator<readonly SubscriptionMessage[]> {
  if (signal.aborted) return;
  const client = connection.client;
  const options = {
    checkpointInterval,
    // Pushed into the stream itself, which keeps it in order with the events.
    checkpointReached: async (self: unknown, position: Position) => {
      (self as typeof subscription).push({ kind: 'checkpoint', position });
    },
  };
  const filter =
    only === undefined
      ? streamNameFilter({ ...options, prefixes: [names.prefix] })
      : eventTypeFilter({ ...options, prefixes: [only] });
  const subscription = client.subscribeToAll({ fromPosition: from ?? START, filter }, { highWaterMark });
  subscription.on('caughtUp', () => subscription.push({ kind: 'caught-up' }));
  const end = () => subscription.destroy();
  signal.addEventListener('abort', end, { once: true });
  try {
    for await (const items of inChunks<Item>(subscription)) yield toMessages(items, names);
    if (!signal.aborted) throw new EventStoreUnavailable('the event store ended the subscription');
  } catch (error) {
    if (signal.aborted) return;
    throw new EventStoreUnavailable(messageOf(error), { cause: error });
  } finally {
    signal.removeEventListener('abort', end);
    await subscription.unsubscribe();
  }
}

/** Whether the server has dropped the subscription because it kept no more events for it. */
const isOutrun = (error: unknown): boolean =>
  error instanceof EventStoreUnavailable && error.message.includes('Consumer too slow');

type Resolved = { readonly event?: Parameters<typeof decode>[0] };
type Item = Resolved | Exclude<SubscriptionMessage, { kind: 'event' }>;

function toMessages(items: readonly Item[], names: StreamNames): readonly SubscriptionMessage[] {
  const messages: SubscriptionMessage[] = [];
  for (const item of items) {
    if ('kind' in item) messages.push(item);
    else if (item.event?.streamId.startsWith(names.prefix)) messages.push(toMessage(item.event, names));
  }
  return messages;
}

function toMessage(stored: Parameters<typeof decode>[0], names: StreamNames): SubscriptionMessage {
  const event = decode(stored, names);
  if (event.position === null) throw new TypeError(`event ${event.id} came from $all without a position`);
  return { kind: 'event', event, position: event.position };
}
