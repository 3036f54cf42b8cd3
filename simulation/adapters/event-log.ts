import type { EventLog } from '../../src/commands/ports.js';
import type { IdentifiedEvent } from '../../src/domain/ids.js';
import type { AppendResult, ExpectedRevision } from '../../src/domain/log/append.js';
import { EventStoreUnavailable } from '../../src/domain/log/errors.js';
import type { Position, RecordedEvent } from '../../src/domain/log/recorded-event.js';
import { backoff } from '../../src/waiting/backoff.js';
import type { Clock } from '../../src/waiting/clock.js';
import { messageOf } from '../../src/waiting/message-of.js';
import { within } from '../../src/waiting/within.js';
import type { Link } from '../world/link.js';
import type { LogServer } from '../world/log-server.js';

/** Events per call. Short, so that reads of more than one page are common. */
const page = 16;
const attemptMs = 2_000;
const appendTotalMs = 10_000;
const readPatienceMs = 5_000;

/** The event store's adapter in one process: as `src/event-store`, it repeats what got no answer. */
export class SimulatedEventLog implements EventLog {
  constructor(
    private readonly server: LogServer,
    private readonly link: Link,
    private readonly clock: Clock,
  ) {}

  async *read(
    concertId: string,
    from: bigint,
    maxCount = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<readonly RecordedEvent[]> {
    let next = from;
    for (let left = maxCount; left > 0; ) {
      const [start, count] = [next, Math.min(page, left)];
      const events = await this.#patiently('read', () => this.server.read(concertId, start, count));
      if (events.length > 0) yield events;
      if (events.length < count) return;
      next += BigInt(events.length);
      left -= events.length;
    }
  }

  /** The id of the log; null if no service has started on it. */
  logId(): Promise<string | null> {
    return this.#patiently('log id', () => this.server.logId);
  }

  identify(): Promise<string> {
    return this.#patiently('identify', () => {
      this.server.logId ??= 'the log';
      return this.server.logId;
    });
  }

  end(): Promise<Position | null> {
    return this.#patiently('end', () => this.server.end());
  }

  readLast(concertId: string): Promise<RecordedEvent | null> {
    return this.#patiently('read last', () => this.server.last(concertId));
  }

  async append(
    concertId: string,
    expected: ExpectedRevision,
    events: readonly IdentifiedEvent[],
  ): Promise<AppendResult> {
    let problem = '';
    const pauses = { firstMs: 40, longestMs: 1_000, totalMs: appendTotalMs };
    for await (const _retry of backoff(pauses, this.clock)) {
      try {
        const revision = await this.#once('append', () => this.server.append(concertId, expected, events));
        return revision === null ? { kind: 'wrong-revision' } : { kind: 'appended', revision };
      } catch (error) {
        problem = messageOf(error);
      }
    }
    return { kind: 'unknown', problem };
  }

  async #patiently<T>(kind: string, read: () => T): Promise<T> {
    let failure: unknown;
    const pauses = { firstMs: 100, longestMs: 400, totalMs: readPatienceMs };
    for await (const _retry of backoff(pauses, this.clock)) {
      try {
        return await this.#once(kind, read);
      } catch (error) {
        failure = error;
      }
    }
    throw new EventStoreUnavailable(messageOf(failure));
  }

  #once<T>(kind: string, execute: () => T): Promise<T> {
    const late = () => {
      throw new EventStoreUnavailable(`no answer within ${attemptMs} ms`);
    };
    return within(attemptMs, this.link.call(kind, execute), late, this.clock);
  }
}
