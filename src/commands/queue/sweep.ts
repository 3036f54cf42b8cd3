import type { Clock } from '../../waiting/clock.js';
import { messageOf } from '../../waiting/message-of.js';
import { pause } from '../../waiting/sleep.js';
import type { CommandObserver } from '../observer.js';
import type { Ownerships } from '../ownership/ownerships.js';
import type { ArrivalQueue } from '../ports.js';

export interface SweepContext {
  readonly queue: ArrivalQueue;
  readonly ownerships: Ownerships;
  readonly observer: CommandObserver;
  readonly clock: Clock;
}

/** How often the sweep looks for queues without a waiter of this process, in ms. */
const everyMs = 1_000;
/** The most queues that are drained at the same time. */
const mostAtOnce = 16;
const firstRestMs = 1_000;
const longestRestMs = 60_000;
/** The most unserved queues that are named. */
const mostNamed = 10;

/**
 * Drains the queues without an owner or a waiter of this process: the process that queued the purchases may have died after its
 * 202. A queue that cannot be drained is retried after a pause that doubles each time, without delaying the others; its problem
 * is reported once.
 */
export class QueueSweep {
  readonly #ending = new AbortController();
  readonly #looking: Promise<void>;
  readonly #running = new Map<string, Promise<void>>();
  readonly #resting = new Map<string, { readonly restMs: number; readonly until: number }>();
  /** Could not be drained, and had no owner when this process last looked. */
  readonly #unserved = new Set<string>();
  /** Without an owner at the last look. */
  #unowned: ReadonlySet<string> = new Set();
  #redisFailed = false;
  #stopping = false;

  /** @param hasWaiters whether this process has waiters for the concert, so that its queue is drained anyway */
  constructor(
    private readonly context: SweepContext,
    private readonly hasWaiters: (concertId: string) => boolean,
  ) {
    this.#looking = this.#lookAgainAndAgain();
  }

  /** The concerts of queues that this process could not drain, and that had no owner when it last looked; ten at most. */
  get unserved(): readonly string[] {
    return [...this.#unserved].slice(0, mostNamed);
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
    let unowned: readonly string[];
    try {
      const waiting = await this.context.queue.concertsWaiting();
      this.#forgetAllBut(new Set(waiting));
      const asked = waiting.filter((concertId) => this.#isAskedFor(concertId));
      unowned = await this.context.queue.withoutOwner(asked);
      const withoutOwner = new Set(unowned);
      for (const concertId of asked) if (!withoutOwner.has(concertId)) this.#unserved.delete(concertId);
      this.#redisFailed = false;
    } catch (error) {
      if (!this.#redisFailed) this.context.observer.queueBypassed('', messageOf(error));
      this.#redisFailed = true;
      return;
    }
    // A queue without an owner for a moment is taken by a process with a buyer in it.
    const abandoned = unowned.filter((concertId) => this.#unowned.has(concertId));
    this.#unowned = new Set(unowned);
    for (const concertId of abandoned) {
      if (this.#stopping || this.#running.size >= mostAtOnce) return;
      if (!this.#mayDrain(concertId)) continue;
      const running = this.#drain(concertId).finally(() => this.#running.delete(concertId));
      this.#running.set(concertId, running);
    }
  }

  #mayDrain(concertId: string): boolean {
    return !this.hasWaiters(concertId) && !this.#running.has(concertId) && !this.#rests(concertId);
  }

  /** Also an unserved queue with waiters: its owner, here or elsewhere, serves it. */
  #isAskedFor(concertId: string): boolean {
    if (this.#mayDrain(concertId)) return true;
    return this.#unserved.has(concertId) && !this.#running.has(concertId) && !this.#rests(concertId);
  }

  #rests(concertId: string): boolean {
    return this.context.clock.monotonic() < (this.#resting.get(concertId)?.until ?? 0);
  }

  #forgetAllBut(waiting: ReadonlySet<string>): void {
    for (const concertId of this.#resting.keys()) {
      if (!waiting.has(concertId)) this.#resting.delete(concertId);
    }
    for (const concertId of this.#unserved) {
      if (!waiting.has(concertId)) this.#unserved.delete(concertId);
    }
  }

  async #drain(concertId: string): Promise<void> {
    try {
      const owner = await this.context.ownerships.own(concertId);
      await owner?.drained;
      this.#resting.delete(concertId);
      this.#unserved.delete(concertId);
    } catch (error) {
      const before = this.#resting.get(concertId);
      const restMs = before === undefined ? firstRestMs : Math.min(before.restMs * 2, longestRestMs);
      this.#unserved.add(concertId);
      this.#resting.set(concertId, { restMs, until: this.context.clock.monotonic() + restMs });
      if (before === undefined) this.context.observer.queueBypassed(concertId, messageOf(error));
    }
  }
}
