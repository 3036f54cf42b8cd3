import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import type { Concert } from '../../domain/concert.js';
import { Wake } from '../../waiting/wake.js';
import { maxEvents } from '../attempt.js';
import { carryOut } from '../carry-out.js';
import { busy, type Mode, messageOf, unavailable } from '../mode.js';
import type { Pending } from '../task.js';
import { withLock } from '../with-lock.js';
import type { CacheContext } from './lock-cache.js';

export interface BatchContext extends CacheContext {
  /** Purchases that may wait for one concert in this process. */
  readonly queueLimit: number;
  /** A buyer who would have to wait longer than this is refused at once, in ms. */
  readonly longestWaitMs: number;
}

export interface BatchMode extends Mode {
  /** Resolves when nobody waits and every lock is released. To be called when no more tasks come. */
  stop(): Promise<void>;
}

/** How long the lock is kept for those who ask again once their batch is answered, in ms. */
const lingerMs = 10;

/**
 * Group commit: what arrives for a concert while a batch is in flight is the next batch, in order of arrival, and one append
 * for all of it. A buyer who comes alone is a batch of one at once, and waits for no timer.
 *
 * The lock is kept from one batch to the next for a while, since whoever gets it next has to read first what was sold
 * meanwhile.
 */
export function batchMode(context: BatchContext): BatchMode {
  const lines = new Map<string, Line>();
  return {
    async carryOut(task) {
      try {
        if (await context.answerAtOnce.try(task)) return;
      } catch (error) {
        task.fail(unavailable(messageOf(error)));
        return;
      }
      let line = lines.get(task.concertId);
      if (line === undefined) {
        line = new Line(context, task.concertId, () => lines.delete(task.concertId));
        lines.set(task.concertId, line);
      }
      line.add(task);
    },
    async stop() {
      await Promise.all([...lines.values()].map((line) => line.moved));
    },
  };
}

/** Those waiting for one concert. Lives while somebody waits. */
class Line {
  #waiting: Pending[] = [];
  #moving = false;
  /** Told of everybody who comes; a new one for each wait, which those who came before do not end. */
  #arrived = new Wake();
  /** Smoothed time of a batch, with the wait for the lock, in ms; what the expected wait is reckoned from. */
  #batchMs = 0;

  /** Resolves when nobody waits any more. */
  moved = Promise.resolve();

  constructor(
    private readonly context: BatchContext,
    private readonly concertId: string,
    private readonly onEmpty: () => void,
  ) {}

  add(task: Pending): void {
    const expectedWaitMs = Math.ceil(this.#waiting.length / maxEvents) * this.#batchMs;
    if (this.#waiting.length >= this.context.queueLimit || expectedWaitMs > this.context.longestWaitMs) {
      task.fail(busy(Math.max(1, Math.ceil(expectedWaitMs / 1_000))));
      return;
    }
    this.#waiting.push(task);
    this.#arrived.wake();
    if (!this.#moving) this.moved = this.#move();
  }

  async #move(): Promise<void> {
    this.#moving = true;
    while (this.#waiting.length > 0) {
      const asking = this.#waiting.length;
      const started = performance.now();
      const work = (lasts: () => boolean) => this.#carryOut(started, lasts);
      if (await withLock(this.context, this.concertId, work)) continue;
      for (const task of this.#waiting.splice(0, asking)) task.fail(busy());
    }
    this.#moving = false;
    this.onEmpty();
  }

  /** Batch after batch while the lock lasts and somebody waits. What does not fit a batch is first in the next. */
  async #carryOut(askedAt: number, lasts: () => boolean): Promise<void> {
    const { known } = this.context;
    let started = askedAt;
    // Who has the lock need not ask again what others have sold meanwhile.
    let assumed: Concert | undefined;
    do {
      const batch = this.#waiting;
      this.#waiting = [];
      const left = await carryOut(this.context, known, this.concertId, batch, assumed);
      assumed = known.peek(this.concertId);
      this.#waiting = [...left, ...this.#waiting];
      const ended = performance.now();
      this.#learn(ended - started);
      started = ended;
      if (this.#waiting.length === 0 && batch.length > 1 && lasts()) await this.#arrival();
    } while (this.#waiting.length > 0 && lasts());
  }

  /** Resolves when somebody comes, and those who come with him, or after `lingerMs`. */
  async #arrival(): Promise<void> {
    this.#arrived = new Wake();
    await this.#arrived.wait(lingerMs);
    await turnOfEventLoop();
  }

  #learn(milliseconds: number): void {
    this.#batchMs = this.#batchMs === 0 ? milliseconds : 0.8 * this.#batchMs + 0.2 * milliseconds;
  }
}
