import type { Clock } from '../../waiting/clock.js';
import { messageOf } from '../../waiting/message-of.js';
import { pause } from '../../waiting/sleep.js';
import type { CommandObserver } from '../observer.js';
import type { ArrivalQueue } from '../ports.js';
import type { QueueDrainer } from './drain.js';

export interface SweepContext {
  readonly queue: ArrivalQueue;
  readonly drainer: QueueDrainer;
  readonly observer: CommandObserver;
  readonly clock: Clock;
}

/** How often the sweep looks for queues without a waiter of this process, in ms. */
const everyMs = 1_000;
/** The most queues that are drained at the same time. */
const mostAtOnce = 16;
const firstRestMs = 1_000;
const longestRestMs = 60_000;

/**
 * Drains the queues without a waiter of this process: the process that queued the purchases may have died after its 202. A
 * queue that cannot be drained is retried after a pause that doubles each time, without delaying the others; its problem is
 * reported once.
 */
export class QueueSweep {
  readonly #ending = new AbortController();
  readonly #looking: Promise<void>;
  readonly #running = new Map<string, Promise<void>>();
  readonly #resting = new Map<string, { readonly restMs: number; readonly until: number }>();
  #redisFailed = false;
  #stopping = false;

  /** @param hasWaiters whether this process has waiters for the concert, so that its queue is drained anyway */
  constructor(
    private readonly context: SweepContext,
    private readonly hasWaiters: (concertId: string) => boolean,
  ) {
    this.#looking = this.#lookAgainAndAgain();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#ending.abort();
    await this.#looking;
    await Promise.all(this.#running.values());
  }

  async #lookAgainAndAgain(): Promise<void> {
    const nextLook = () => pause(everyMs, this.#ending.signal, this.context.clock);
    for (await nextLook(); !this.#stopping; await nextLook()) await this.#look();
  }

  async #look(): Promise<void> {
    let waiting: readonly string[];
    try {
      waiting = await this.context.queue.concertsWaiting();
      this.#redisFailed = false;
    } catch (error) {
      if (!this.#redisFailed) this.context.observer.queueBypassed('', messageOf(error));
      this.#redisFailed = true;
      return;
    }
    this.#forgetAllBut(new Set(waiting));
    for (const concertId of waiting) {
      if (this.#stopping || this.#running.size >= mostAtOnce) return;
      if (this.hasWaiters(concertId) || this.#running.has(concertId) || this.#rests(concertId)) continue;
      const running = this.#drain(concertId).finally(() => this.#running.delete(concertId));
      this.#running.set(concertId, running);
    }
  }

  #rests(concertId: string): boolean {
    return this.context.clock.monotonic() < (this.#resting.get(concertId)?.until ?? 0);
  }

  #forgetAllBut(waiting: ReadonlySet<string>): void {
    for (const concertId of this.#resting.keys()) {
      if (!waiting.has(concertId)) this.#resting.delete(concertId);
    }
  }

  async #drain(concertId: string): Promise<void> {
    try {
      await this.context.drainer.drain(concertId, 0, () => !this.#stopping);
      this.#resting.delete(concertId);
    } catch (error) {
      const before = this.#resting.get(concertId);
      const restMs = before === undefined ? firstRestMs : Math.min(before.restMs * 2, longestRestMs);
      this.#resting.set(concertId, { restMs, until: this.context.clock.monotonic() + restMs });
      if (before === undefined) this.context.observer.queueBypassed(concertId, messageOf(error));
    }
  }
}
