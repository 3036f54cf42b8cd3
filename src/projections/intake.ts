import type { Position } from '../event-store/recorded-event.js';
import type { SubscriptionMessage } from '../event-store/subscription.js';
import { Wake } from './wake.js';

/** What has come in since the last batch. */
export interface Batch {
  readonly events: readonly LoggedEvent[];
  /** Everything up to here has been considered; null when nothing was and there is nothing. */
  readonly position: Position | null;
  /** Whether the end of the log as it was at subscribing lies behind this batch. */
  readonly caughtUp: boolean;
}

/** An event and its place in the log. */
export type LoggedEvent = Extract<SubscriptionMessage, { readonly kind: 'event' }>;

export type Subscribe = (signal: AbortSignal) => AsyncIterable<SubscriptionMessage>;

/** How often a position alone, with no event of ours before it, makes a batch, in ms. */
const quietMs = 1_000;

/**
 * Natural batching: while the consumer deals with one batch, whatever comes in forms the next one; a lone event is passed on
 * at once. No more than `maxEvents` are held; beyond that the subscription is held back. Leaving the loop ends the
 * subscription, and when `signal` aborts nothing more is passed on; when the subscription fails, what it gave is passed on before the loop throws.
 */
export async function* inBatches(
  subscribe: Subscribe,
  maxEvents: number,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const leaving = new AbortController();
  const intake = new Intake(maxEvents);
  const filling = intake.fill(subscribe(AbortSignal.any([signal, leaving.signal])));
  try {
    for (;;) {
      const batch = await intake.take();
      if (batch === null || signal.aborted) return;
      yield batch;
    }
  } finally {
    leaving.abort();
    intake.close();
    await filling;
  }
}

class Intake {
  readonly #arrived = new Wake();
  readonly #room = new Wake();
  #events: LoggedEvent[] = [];
  #position: Position | null = null;
  #caughtUp = false;
  #toTell = false;
  #end: { readonly error?: unknown } | null = null;
  #takenAt = 0;

  constructor(private readonly maxEvents: number) {}

  /** Never rejects: a failure is handed to the consumer. */
  async fill(messages: AsyncIterable<SubscriptionMessage>): Promise<void> {
    try {
      for await (const message of messages) {
        this.#add(message);
        while (this.#events.length >= this.maxEvents && this.#end === null) await this.#room.wait();
      }
      this.#end ??= {};
    } catch (error) {
      this.#end ??= { error };
    }
    this.#arrived.wake();
  }

  /** Null at the end of the subscription. Throws what ended it. */
  async take(): Promise<Batch | null> {
    while (this.#events.length === 0 && !this.#toTell && this.#end === null) {
      const quietLeft = this.#takenAt + quietMs - Date.now();
      if (this.#position === null) await this.#arrived.wait();
      else if (quietLeft > 0) await this.#arrived.wait(quietLeft);
      else break;
    }
    if (this.#position === null && !this.#toTell) {
      if (this.#end !== null && 'error' in this.#end) throw this.#end.error;
      return null;
    }
    const batch = { events: this.#events, position: this.#position, caughtUp: this.#caughtUp };
    this.#events = [];
    this.#position = null;
    this.#toTell = false;
    this.#takenAt = Date.now();
    this.#room.wake();
    return batch;
  }

  close(): void {
    this.#end ??= {};
    this.#room.wake();
  }

  #add(message: SubscriptionMessage): void {
    if (message.kind === 'caught-up') {
      this.#toTell = !this.#caughtUp;
      this.#caughtUp = true;
    } else {
      this.#position = message.position;
      if (message.kind === 'event') this.#events.push(message);
    }
    this.#arrived.wake();
  }
}
