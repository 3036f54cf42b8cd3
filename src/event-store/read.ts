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
import { inChunks } from './chunks.js';
import { decode } from './codec.js';
import type { Connection } from './connection.js';
import { EventStoreUnavailable, errorTypeOf, isDefinite, messageOf } from './errors.js';
import type { RecordedEvent } from './recorded-event.js';
import type { StreamNames } from './stream-names.js';

/** Events per call to the server: bounds memory, and keeps each call well inside its deadline. */
const PAGE = 4096;
/** Events buffered on this side before the server is held back: as few as streams have by default would have it wait all the time. */
const highWaterMark = 512;
const pauseMs = 100;
/** How long one page may take, however steadily its events come. */
const pageTimeoutMs = 12_000;

export interface ReadContext {
  readonly connection: Connection;
  readonly names: StreamNames;
  /** How long to go on trying while the server gives no answer, in ms; with 0 there is one try. */
  readonly patienceMs: number;
  /** How long a call may stay without a sign of the server before it is cancelled, in ms. */
  readonly silenceMs: number;
}

/**
 * The events of a concert from `fromRevision` on, in order, in pages of up to 4096, of which one is read ahead. A stream that
 * does not exist, or ends before `fromRevision`, yields nothing. Read from the leader of a cluster: a follower may be behind
 * what has been acknowledged. A read that is left, aborted or given up is cancelled at the
 * server too.
 * @throws {EventStoreUnavailable} when the server does not answer for `patienceMs`; a page is whole or not yielded.
 * @throws the reason of `signal` when that aborts
 */
export function readConcert(
  context: ReadContext,
  concertId: string,
  fromRevision: bigint,
  maxCount?: number,
  signal?: AbortSignal,
): AsyncGenerator<readonly RecordedEvent[]> {
  const left = new AbortController();
  const over = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
  return oneAhead(pages(context, concertId, fromRevision, maxCount, over), () => left.abort());
}

async function* pages(
  context: ReadContext,
  concertId: string,
  fromRevision: bigint,
  maxCount = Number.POSITIVE_INFINITY,
  signal: AbortSignal,
): AsyncGenerator<readonly RecordedEvent[]> {
  const stream = context.names.of(concertId);
  let next = fromRevision;
  for (let left = maxCount; left > 0; ) {
    const count = Math.min(PAGE, left);
    const options = {
      direction: FORWARDS,
      fromRevision: next,
      maxCount: count,
      requiresLeader: true,
    } as const;
    const page = await patiently(context, signal, (client) =>
      client.readStream(stream, options, { highWaterMark }),
    );
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < count) return;
    // Not the length of the page: a truncated stream begins behind `fromRevision`.
    next = last.revision + 1n;
    left -= page.length;
  }
}

/** The last event of a concert's stream, null when there is none. Aborts and throws as `readConcert`. */
export async function readLast(
  context: ReadContext,
  concertId: string,
  signal?: AbortSignal,
): Promise<RecordedEvent | null> {
  const stream = context.names.of(concertId);
  const options = { direction: BACKWARDS, fromRevision: END, maxCount: 1, requiresLeader: true } as const;
  const [last] = await patiently(context, signal, (client) => client.readStream(stream, options));
  return last ?? null;
}

type Call = ReturnType<EventStoreDBClient['readStream']> | ReturnType<EventStoreDBClient['readAll']>;

/** Repeats a read while the server is away: reads change nothing, so they can be repeated freely. */
export async function patiently(
  context: ReadContext,
  signal: AbortSignal | undefined,
  read: (client: EventStoreDBClient) => Call,
): Promise<RecordedEvent[]> {
  const { connection, patienceMs, silenceMs } = context;
  const deadline = performance.now() + patienceMs;
  for (;;) {
    signal?.throwIfAborted();
    const client = connection.client;
    try {
      return await collect(context, read(client), signal);
    } catch (error) {
      signal?.throwIfAborted();
      const type = errorTypeOf(error);
      if (isDefinite(type)) throw error;
      if (error instanceof EventStoreUnavailable) connection.replaceIfSilent(client, silenceMs);
      else if (type === null || type === ErrorType.UNKNOWN) connection.replace(client);
      if (performance.now() + pauseMs >= deadline)
        throw new EventStoreUnavailable(messageOf(error), { cause: error });
      await delay(pauseMs);
    }
  }
}

/** All that a call brings. However this ends, the call is over by then: a read has no deadline at the server. */
async function collect(
  { connection, names, silenceMs }: ReadContext,
  call: Call,
  signal: AbortSignal | undefined,
): Promise<RecordedEvent[]> {
  const giveUp = (problem: string) => () => void call.destroy(new EventStoreUnavailable(problem));
  const silence = setTimeout(giveUp(`the event store sent nothing for ${silenceMs} ms`), silenceMs);
  const slowness = setTimeout(
    giveUp(`the event store did not finish a page within ${pageTimeoutMs} ms`),
    pageTimeoutMs,
  );
  const abort = () => void call.destroy();
  signal?.addEventListener('abort', abort);
  // The iteration below throws what goes wrong; what the client still emits afterwards concerns nobody.
  call.on('error', () => {});
  const events: RecordedEvent[] = [];
  try {
    for await (const chunk of inChunks<ResolvedEvent>(call)) {
      connection.answered();
      silence.refresh();
      for (const { event } of chunk) if (event !== undefined) events.push(decode(event, names));
    }
  } catch (error) {
    if (errorTypeOf(error) !== ErrorType.STREAM_NOT_FOUND) throw error;
  } finally {
    clearTimeout(silence);
    clearTimeout(slowness);
    signal?.removeEventListener('abort', abort);
    // Rejects for a call that never began; the iteration has thrown that already.
    if (!call.readableEnded) call.cancel().catch(() => {});
  }
  signal?.throwIfAborted();
  return events;
}
