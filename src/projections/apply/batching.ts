import { weightOf } from '../../domain/events/events.js';
import type { Position } from '../../domain/log/recorded-event.js';
import type { SubscriptionMessage } from '../../event-store/subscription.js';
import { type Clock, systemClock } from '../../waiting/clock.js';
import { Wake } from '../../waiting/wake.js';
import type { BatchThrottle } from './batch-throttle.js';

/** The events since the last batch. */
export interface Batch {
  readonly events: readonly LoggedEvent[];
  /** The position up to which the batch covers the log; null in an empty log. */
  readonly position: Position | null;
  /** Whether the batch reaches the end of the log as it was at subscribing. */
  readonly caughtUp: boolean;
}

/** An event and its place in the log. */
export type LoggedEvent = Extract<SubscriptionMessage, { readonly kind: 'event' }>;

export type Subscribe = (signal: AbortSignal) => AsyncIterable<SubscriptionMessage>;

/** How much work an event is for read models; one that cannot be read is as much as any. */
export const eventWeight = ({ event: { decoded } }: LoggedEvent): number =>
  decoded.ok ? weightOf(decoded.event) : 1;

export interface BatchingOptions {
  readonly maxEvents: number;
  readonly pace?: BatchThrottle | undefined;
  readonly clock?: Clock;
}

/** How often a position without events of ours makes a batch, in ms. */
const quietMs = 1_000;

/**
 * Natural batching: while the consumer deals with one batch, the events that arrive form the next one. An event that arrives
 * after a pause is passed on at once. With a throttle, events that keep coming at the end of the log are gathered until the
 * throttle allows the next batch or is flushed.
 *
 * At most `maxEvents` are kept in memory, each counted by its weight, the last of them whole; beyond that the subscription is paused.
 * Leaving the loop ends the subscription. Once `signal` aborts, no batch follows. When the subscription fails, its events are passed on before the loop throws.
 */
export async function* inBatches(
  subscribe: Subscribe,
  { maxEvents, pace, clock = systemClock }: BatchingOptions,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const leaving = new AbortController();
  const intake = new Batcher(maxEvents, pace?.spacingMs ?? 0, clock);
  const calm = pace?.onFlush(() => intake.flush());
  const filling = intake.fill(subscribe(AbortSignal.any([signal, leaving.signal])));
  try {
    for (;;) {
      const batch = await intake.take();
      if (batch === null || signal.aborted) return;
      yield batch;
    }
  } finally {
    calm?.();
    leaving.abort();
    intake.close();
    await filling;
  }
}

class Batcher {
  readonly #arrived: Wake;
  readonly #room: Wake;
  #events: LoggedEvent[] = [];
  #weight = 0;
  #position: Position | null = null;
  #caughtUp = false;
  #toTell = false;
  #end: { readonly error?: unknown } | null = null;
  #takenAt = Number.NEGATIVE_INFINITY;
  /** When the last batch with events was taken. */
  #eventsTakenAt = Number.NEGATIVE_INFINITY;
  #hurried = false;

  constructor(
    private readonly maxEvents: number,
    private readonly spacingMs: number,
    private readonly clock: Clock,
  ) {
    [this.#arrived, this.#room] = [new Wake(clock), new Wake(clock)];
  }

  /** Never rejects: a failure is handed to the consumer. */
  async fill(messages: AsyncIterable<SubscriptionMessage>): Promise<void> {
    try {
      for await (const message of messages) {
        this.#add(message);
        while (this.#weight >= this.maxEvents && this.#end === null) await this.#room.wait();
      }
      this.#end ??= {};
    } catch (error) {
      this.#end ??= { error };
    }
    this.#arrived.wake();
  }

  /** Null at the end of the subscription. Throws the subscription's failure. */
  async take(): Promise<Batch | null> {
    while (!this.#isDue()) {
      const dueAt = this.#dueAt();
      await this.#arrived.wait(dueAt === null ? undefined : dueAt - this.clock.monotonic());
    }
    if (this.#position === null && !this.#toTell) {
      if (this.#end !== null && 'error' in this.#end) throw this.#end.error;
      return null;
    }
    const batch = { events: this.#events, position: this.#position, caughtUp: this.#caughtUp };
    this.#takenAt = this.clock.monotonic();
    if (this.#events.length > 0) {
      this.#eventsTakenAt = this.#takenAt;
      this.#hurried = false;
    }
    this.#events = [];
    this.#weight = 0;
    this.#position = null;
    this.#toTell = false;
    this.#room.wake();
    return batch;
  }

  /** Passes on the next events without gathering more. */
  flush(): void {
    this.#hurried = true;
    this.#arrived.wake();
  }

  close(): void {
    this.#end ??= {};
    this.#room.wake();
  }

  #isDue(): boolean {
    const dueAt = this.#dueAt();
    return dueAt !== null && this.clock.monotonic() >= dueAt;
  }

  /** When to take the next batch; null while there is none. */
  #dueAt(): number | null {
    const events = this.#events.length;
    if (this.#toTell || this.#end !== null || this.#weight >= this.maxEvents) return 0;
    if (events > 0) return this.#caughtUp && !this.#hurried ? this.#eventsTakenAt + this.spacingMs : 0;
    return this.#position === null ? null : this.#takenAt + quietMs;
  }

  #add(message: SubscriptionMessage): void {
    const dueBefore = this.#dueAt();
    if (message.kind === 'caught-up') {
      this.#toTell = !this.#caughtUp;
      this.#caughtUp = true;
    } else {
      this.#position = message.position;
      if (message.kind === 'event') {
        this.#events.push(message);
        this.#weight += eventWeight(message);
      }
    }
    if (this.#dueAt() !== dueBefore) this.#arrived.wake();
  }
}
