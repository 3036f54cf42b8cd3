import { EventEmitter, once } from 'node:events';
import type { RecordedEvent } from './model.js';

const MAX_EVENTS = 8_192;
const MAX_BYTES = 16 * 1024 * 1024;

const sizeOf = (event: RecordedEvent) => event.data.length + event.metadata.length;

/**
 * The newest committed events, shared by all live subscriptions so that they need not ask Postgres.
 * Bounded: a subscription that lags behind its oldest event reads on from the log.
 */
export class Tail {
  private events: RecordedEvent[] = [];
  private bytes = 0;
  private readonly published = new EventEmitter().setMaxListeners(0);

  /** @param head position of the last committed event. Everything after `floor` is held here. */
  constructor(
    private end: bigint,
    private floor = end,
  ) {}

  /** Position of the last committed event. */
  get head(): bigint {
    return this.end;
  }

  /** Adds events in commit order, after they were committed. */
  publish(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      this.events.push(event);
      this.bytes += sizeOf(event);
      this.end = event.position;
    }
    if (this.events.length > MAX_EVENTS || this.bytes > MAX_BYTES) this.evict();
    this.published.emit('events');
  }

  /** At most `limit` events after `position`, or undefined where some of them are no longer here. */
  after(position: bigint, limit: number): readonly RecordedEvent[] | undefined {
    if (position < this.floor) return undefined;
    const first = this.indexAfter(position);
    return this.events.slice(first, first + limit);
  }

  /** Resolves when there is an event after `position`; rejects with the signal. */
  async beyond(position: bigint, signal: AbortSignal): Promise<void> {
    while (this.end <= position) await once(this.published, 'events', { signal });
  }

  /** Trims the tail to half of its bound, so that a full tail is not moved at each commit. */
  private evict(): void {
    let count = 0;
    let evicted: RecordedEvent | undefined;
    while (this.events.length - count > MAX_EVENTS / 2 || this.bytes > MAX_BYTES / 2) {
      evicted = this.events[count++];
      if (evicted === undefined) break;
      this.bytes -= sizeOf(evicted);
      this.floor = evicted.position;
    }
    this.events = this.events.slice(count);
  }

  private indexAfter(position: bigint): number {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const event = this.events[middle];
      if (event !== undefined && event.position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
