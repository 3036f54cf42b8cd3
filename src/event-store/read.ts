import {
  BACKWARDS,
  END,
  ErrorType,
  type EventStoreDBClient,
  FORWARDS,
  type ResolvedEvent,
} from '@eventstore/db-client';
import { EventStoreUnavailable } from '../domain/log/errors.js';
import type { RecordedEvent } from '../domain/log/recorded-event.js';
import { backoff } from '../waiting/backoff.js';
import { messageOf } from '../waiting/message-of.js';
import { oneAhead } from '../waiting/one-ahead.js';
import { inChunks } from './chunks.js';
import { decode } from './codec.js';
import type { Connection } from './connection.js';
import { errorTypeOf, isDefinite } from './errors.js';
import type { StreamNames } from './stream-names.js';

/** Events per call to the server: bounds memory, and keeps each call well inside its deadline. */
const PAGE = 4096;
/**
 * Events buffered in this process before back-pressure reaches the server. The default of streams is so low that it would
 * always wait.
 */
const highWaterMark = 512;
const pauses = { firstMs: 100, longestMs: 400 };
/** Time-out of one page, in ms, even while its events arrive. */
const pageTimeoutMs = 12_000;

export interface ReadContext {
  readonly connection: Connection;
  readonly names: StreamNames;
  /** How long to retry while the server does not answer, in ms; 0 for one try. */
  readonly patienceMs: number;
  /** Time without a message from the server after which a call is cancelled, in ms. */
  readonly silenceMs: number;
}

/**
 * Yields the events of a concert from `fromRevision` on, in order, in pages of up to 4096, reading one page ahead. A stream
 * that does not exist, was deleted, or ends before `fromRevision`, yields nothing. Reads from the leader of a cluster: a follower
 * may lag the acknowledged appends. A read that is ended early, aborted or timed out is cancelled at the server too.
 * @throws {EventStoreUnavailable} when the server does not answer for `patienceMs`; a page is yielded whole or not at all
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
    // Not the length of the page: a truncated stream begins after `fromRevision`.
    next = last.revision + 1n;
    left -= page.length;
  }
}

/** The last event of a concert's stream; null when there is none. Aborts and throws as `readConcert`. */
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

/** Retries a read while the server is away: reads change nothing, so a retry is safe. */
export async function patiently(
  context: ReadContext,
  signal: AbortSignal | undefined,
  read: (client: EventStoreDBClient) => Call,
): Promise<RecordedEvent[]> {
  const { connection, patienceMs, silenceMs } = context;
  let failure: unknown;
  for await (const _retry of backoff({ ...pauses, totalMs: patienceMs })) {
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
      failure = error;
    }
  }
  throw new EventStoreUnavailable(messageOf(failure), { cause: failure });
}

/** Collects all messages of a call. The call has ended when this settles: a read has no deadline at the server. */
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
  // The iteration below throws the failure; errors that the client emits afterwards are of no use.
  call.on('error', () => {});
  const events: RecordedEvent[] = [];
  try {
    for await (const chunk of inChunks<ResolvedEvent>(call)) {
      connection.answered();
      silence.refresh();
      for (const { event } of chunk) if (event !== undefined) events.push(decode(event, names));
    }
  } catch (error) {
    if (!hasNoEvents(errorTypeOf(error))) throw error;
  } finally {
    clearTimeout(silence);
    clearTimeout(slowness);
    signal?.removeEventListener('abort', abort);
    // Rejects for a call that never began; the iteration has already thrown that failure.
    if (!call.readableEnded) call.cancel().catch(() => {});
  }
  signal?.throwIfAborted();
  return events;
}

const hasNoEvents = (type: ErrorType | null): boolean =>
  type === ErrorType.STREAM_NOT_FOUND || type === ErrorType.STREAM_DELETED;
