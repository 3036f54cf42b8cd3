import { randomUUID } from 'node:crypto';
import { type AppendResult, type AppendTimeouts, append, type ExpectedRevision } from './append.js';
import type { EventCopy, NewEvent } from './codec.js';
import { Connection } from './connection.js';
import { EventStoreUnavailable } from './errors.js';
import { endOfLog, identifyLog, readLogId } from './log-identity.js';
import { type ReadContext, readConcert, readLast } from './read.js';
import type { Position, RecordedEvent } from './recorded-event.js';
import { streamNames } from './stream-names.js';
import { type SubscriptionMessage, subscribe, subscribeInChunks } from './subscription.js';

export interface EventStoreOptions {
  /** `esdb://host:port?tls=false`, `esdb://a,b,c`, `esdb+discover://host`; the client's own syntax, TLS and credentials included. */
  readonly connectionString: string;
  /** Prefix for stream names, so that installations can share a server; '' for none. */
  readonly namespace: string;
  readonly append: AppendTimeouts;
  /** How long reads go on trying while the server gives no answer, in ms. */
  readonly readPatienceMs: number;
}

/** A call without an answer is not given up sooner than this, however short the patience, in ms. */
const leastSilenceMs = 1_000;
/** How long a ping waits for its answer, in ms. */
const pingMs = 2_000;
/** Enough for a second try, in ms. */
const impatientMs = 300;

/** The log of all concerts. One per process: see Connection. */
export class EventStore {
  readonly #writes: Connection;
  readonly #reads: Connection;
  readonly #context: ReadContext;
  /** Set since an append got no answer: the id of the one event that is written, and only once, when they work again. */
  #outage: string | null = null;
  /** For questions whose askers try again by themselves. */
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

  /** Appends to a concert's stream and settles an unknown outcome where it can: see append.ts. Never throws for it. */
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
   * A concert's events from a revision on, in pages. Leaving the iteration, or `signal`, ends the read at the server too.
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

  /** A concert's last event, null if it has none. @throws {EventStoreUnavailable}, or the reason of `signal` */
  readLast(concertId: string, signal?: AbortSignal): Promise<RecordedEvent | null> {
    return readLast(this.#context, concertId, signal);
  }

  /** The same reads for one who may leave: they end when `signal` aborts, and throw its reason. */
  until(signal: AbortSignal): Pick<EventStore, 'read' | 'readLast' | 'concertIds'> {
    return {
      read: (concertId, fromRevision, maxCount) => this.read(concertId, fromRevision, maxCount, signal),
      readLast: (concertId) => this.readLast(concertId, signal),
      concertIds: () => this.concertIds(),
    };
  }

  /** All concerts' events behind a position, live, until `signal` aborts: see subscription.ts. @throws {EventStoreUnavailable} */
  subscribe(from: Position | null, signal: AbortSignal): AsyncGenerator<SubscriptionMessage> {
    return subscribe(this.#reads, this.#context.names, from, signal);
  }

  /** As `subscribe`, all that has arrived at once: for long reads. @throws {EventStoreUnavailable} */
  subscribeInChunks(
    from: Position | null,
    signal: AbortSignal,
  ): AsyncGenerator<readonly SubscriptionMessage[]> {
    return subscribeInChunks(this.#reads, this.#context.names, from, signal);
  }

  /** The ids of all concerts up to the end of the log as it is now, first scheduled first. @throws {EventStoreUnavailable} */
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

  /** Which log this is; null for one that no service has started on. @throws {EventStoreUnavailable} */
  logId(): Promise<string | null> {
    return readLogId(this.#impatient);
  }

  /** Which log this is; gives it an id if it has none. @throws {EventStoreUnavailable} */
  identify(): Promise<string> {
    return identifyLog(this.#context, this.#writes, this.options.append);
  }

  /** Where the log of the whole server ends now; null for an empty one. @throws {EventStoreUnavailable} */
  end(): Promise<Position | null> {
    return endOfLog(this.#impatient);
  }

  /**
   * Whether the server answers a read, tried once for 2 s, and takes an append, if the last one got no answer: a server whose
   * disk is full goes on to answer reads.
   * @throws {EventStoreUnavailable} when not
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
