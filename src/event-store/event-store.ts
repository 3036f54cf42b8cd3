import { randomUUID } from 'node:crypto';
import type { AppendResult, ExpectedRevision } from '../domain/log/append.js';
import { EventStoreUnavailable } from '../domain/log/errors.js';
import type { Position, RecordedEvent } from '../domain/log/recorded-event.js';
import { type AppendTimeouts, append } from './append.js';
import type { EventCopy, NewEvent } from './codec.js';
import { Connection } from './connection.js';
import { endOfLog, identifyLog, readLogId } from './log-identity.js';
import { type ReadContext, readConcert, readLast } from './read.js';
import { streamNames } from './stream-names.js';
import { type SubscriptionMessage, subscribe, subscribeInChunks } from './subscription.js';

export interface EventStoreOptions {
  /** `esdb://host:port?tls=false`, `esdb://a,b,c`, `esdb+discover://host`; the client's syntax, with TLS and credentials. */
  readonly connectionString: string;
  /** Prefix of the stream names, so that installations can share a server; '' for none. */
  readonly namespace: string;
  readonly append: AppendTimeouts;
  /** How long reads are retried while the server does not answer, in ms. */
  readonly readPatienceMs: number;
}

/** The shortest time-out of a call, in ms, however short the patience. */
const leastSilenceMs = 1_000;
/** The time-out of a ping, in ms. */
const pingMs = 2_000;
/** Patience of short reads, in ms: enough for one retry. */
const impatientMs = 300;

/** The log of all concerts. One per process: see Connection. */
export class EventStore {
  readonly #writes: Connection;
  readonly #reads: Connection;
  readonly #context: ReadContext;
  /** Set when an append gets no answer, until one works again: the id of the probe event, which is written once. */
  #outage: string | null = null;
  /** Options of reads whose callers retry by themselves. */
  readonly #impatient: ReadContext;

  constructor(private readonly options: EventStoreOptions) {
    this.#writes = new Connection(options.connectionString);
    this.#reads = new Connection(options.connectionString);
    this.#context = {
      connection: this.#reads,
      names: streamNames(options.namespace),
      patienceMs: options.readPatienceMs,
      silenceMs: Math.max(options.readPatienceMs, leastSilenceMs),
    };
    this.#impatient = { ...this.#context, patienceMs: impatientMs };
  }

  /**
   * Appends to a concert's stream and resolves an unknown outcome if possible: see append.ts. Does not throw for an
   * unknown one.
   */
  async append(
    concertId: string,
    expected: ExpectedRevision,
    events: readonly (NewEvent | EventCopy)[],
  ): Promise<AppendResult> {
    const stream = this.#context.names.of(concertId);
    const result = await append(this.#writes, stream, expected, events, this.options.append);
    if (result.kind !== 'unknown') this.#outage = null;
    else this.#outage ??= randomUUID();
    return result;
  }

  /**
   * Reads a concert's events from a revision on, in pages. Ending the iteration, or `signal`, cancels the read at the server.
   * @throws {EventStoreUnavailable}, or the reason of `signal`
   */
  read(
    concertId: string,
    fromRevision: bigint,
    maxCount?: number,
    signal?: AbortSignal,
  ): AsyncGenerator<readonly RecordedEvent[]> {
    return readConcert(this.#context, concertId, fromRevision, maxCount, signal);
  }

  /** A concert's last event; null if it has none. @throws {EventStoreUnavailable}, or the reason of `signal` */
  readLast(concertId: string, signal?: AbortSignal): Promise<RecordedEvent | null> {
    return readLast(this.#context, concertId, signal);
  }

  /** The same reads with cancellation: they end when `signal` aborts, and throw its reason. */
  until(signal: AbortSignal): Pick<EventStore, 'read' | 'readLast' | 'concertIds'> {
    return {
      read: (concertId, fromRevision, maxCount) => this.read(concertId, fromRevision, maxCount, signal),
      readLast: (concertId) => this.readLast(concertId, signal),
      concertIds: () => this.concertIds(),
    };
  }

  /**
   * Subscribes to all concerts' events after a position until `signal` aborts: see subscription.ts.
   * @throws {EventStoreUnavailable}
   */
  subscribe(from: Position | null, signal: AbortSignal): AsyncGenerator<SubscriptionMessage> {
    return subscribe(this.#reads, this.#context.names, from, signal);
  }

  /** As `subscribe`, in arrays of arrived messages, for long reads. @throws {EventStoreUnavailable} */
  subscribeInChunks(
    from: Position | null,
    signal: AbortSignal,
  ): AsyncGenerator<readonly SubscriptionMessage[]> {
    return subscribeInChunks(this.#reads, this.#context.names, from, signal);
  }

  /** The ids of all concerts up to the current end of the log, in order of scheduling. @throws {EventStoreUnavailable} */
  async *concertIds(): AsyncGenerator<string> {
    const { signal } = new AbortController();
    for await (const message of subscribe(
      this.#reads,
      this.#context.names,
      null,
      signal,
      'ConcertScheduled',
    )) {
      if (message.kind === 'caught-up') return;
      if (message.kind === 'event') yield message.event.concertId;
    }
  }

  /** The id of this log; null for a log on which no service has started. @throws {EventStoreUnavailable} */
  logId(): Promise<string | null> {
    return readLogId(this.#impatient);
  }

  /** The id of this log; gives it one if it has none. @throws {EventStoreUnavailable} */
  identify(): Promise<string> {
    return identifyLog(this.#context, this.#writes, this.options.append);
  }

  /** The position of the current end of the server's log; null for an empty one. @throws {EventStoreUnavailable} */
  end(): Promise<Position | null> {
    return endOfLog(this.#impatient);
  }

  /**
   * Checks that the server answers a read within 2 s and, if the last append got no answer, that it accepts an append: a server
   * whose disk is full still answers reads.
   * @throws {EventStoreUnavailable} if it does not
   */
  async ping(): Promise<void> {
    await readLast({ ...this.#context, patienceMs: 0, silenceMs: pingMs }, 'ping');
    if (this.#outage === null) return;
    const probe = { id: this.#outage, type: 'AppendsWorkAgain', data: {}, metadata: {} };
    const stream = `${this.#context.names.log}-appends`;
    const result = await append(this.#writes, stream, 'any', [probe], { attemptMs: pingMs, totalMs: pingMs });
    if (result.kind === 'unknown')
      throw new EventStoreUnavailable(`appends get no answer: ${result.problem}`);
    this.#outage = null;
  }

  async close(): Promise<void> {
    await Promise.all([this.#writes.close(), this.#reads.close()]);
  }
}
