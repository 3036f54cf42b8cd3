import { setTimeout as delay } from 'node:timers/promises';
import {
  BACKWARDS,
  END,
  ErrorType,
  type EventStoreDBClient,
  FORWARDS,
  type ResolvedEvent,
} from '@eventstore/db-client';
import { oneAhead } from '../waiting/one-ahead.js';
import { within } from '../waiting/within.js';
import { inChunks } from './chunks.js';
import { decode } from './codec.js';
import type { Connection } from './connection.js';
import { EventStoreUnavailable, errorTypeOf, isDefinite, late, messageOf } from './errors.js';
import type { RecordedEvent } from './recorded-event.js';
import type { StreamNames } from './stream-names.js';

/** Events per call to the server: bounds memory, and keeps each call well inside its deadline. */
const PAGE = 4096;
/** Events buffered on this side before the server is held back: as few as streams have by default would have it wait all the time. */
const highWaterMark = 512;
const pauseMs = 100;
/** Longer than the client's own deadline of 10 s, for reads that it never settles. */
const pageTimeoutMs = 12_000;

export interface ReadContext {
  readonly connection: Connection;
  readonly names: StreamNames;
  /** How long to go on trying while the server gives no answer, in ms. */
  readonly patienceMs: number;
}

/**
 * The events of a concert from `fromRevision` on, in order, in pages of up to 4096, of which one is read ahead. A stream that
 * does not exist, or ends before `fromRevision`, yields nothing.
 * @throws {EventStoreUnavailable} when the server does not answer for `patienceMs`; a page is whole or not yielded.
 */
export const readConcert = (...args: Parameters<typeof pages>): ReturnType<typeof pages> =>
  oneAhead(pages(...args));

async function* pages(
  context: ReadContext,
  concertId: string,
  fromRevision: bigint,
  maxCount = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly RecordedEvent[]> {
  const stream = context.names.of(concertId);
  let next = fromRevision;
  for (let left = maxCount; left > 0; ) {
    const count = Math.min(PAGE, left);
    const options = { direction: FORWARDS, fromRevision: next, maxCount: count } as const;
    const page = await patiently(context, (client) =>
      collect(client.readStream(stream, options, { highWaterMark }), context.names),
    );
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < count) return;
    // Not the length of the page: a truncated stream begins behind `fromRevision`.
    next = last.revision + 1n;
    left -= page.length;
  }
}

/** The last event of a concert's stream, null when there is none. */
export function readLast(context: ReadContext, concertId: string): Promise<RecordedEvent | null> {
  const options = { direction: BACKWARDS, fromRevision: END, maxCount: 1 } as const;
  return patiently(context, async (client) => {
    const [last] = await collect(client.readStream(context.names.of(concertId), options), context.names);
    return last ?? null;
  });
}

async function collect(
  read: ReturnType<EventStoreDBClient['readStream']>,
  names: StreamNames,
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  try {
    for await (const chunk of inChunks<ResolvedEvent>(read)) {
      for (const { event } of chunk) if (event !== undefined) events.push(decode(event, names));
    }
  } catch (error) {
    if (errorTypeOf(error) !== ErrorType.STREAM_NOT_FOUND) throw error;
  }
  return events;
}

/** Repeats a read while the server is away: reads change nothing, so they can be repeated freely. */
async function patiently<T>(
  { connection, patienceMs }: ReadContext,
  read: (client: EventStoreDBClient) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const client = connection.client;
    try {
      return await within(
        pageTimeoutMs,
        read(client),
        late('the event store did not finish a page', pageTimeoutMs),
      );
    } catch (error) {
      const type = errorTypeOf(error);
      if (isDefinite(type)) throw error;
      if (performance.now() + pauseMs >= deadline)
        throw new EventStoreUnavailable(messageOf(error), { cause: error });
      if (type === null || type === ErrorType.UNKNOWN) connection.replace(client);
      await delay(pauseMs);
    }
  }
}
