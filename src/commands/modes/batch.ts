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

/**
 * Group commit: what arrives for a concert while a batch is in flight is the next batch, in order of arrival. One lock and
 * one append for all of it. No timer: a buyer who comes alone is a batch of one at once.
 */
export function batchMode(context: BatchContext): Mode {
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
  };
}

/** Those waiting for one concert. Lives while somebody waits. */
class Line {
  #waiting: Pending[] = [];
  #moving = false;
  /** Smoothed time of a batch, in ms; what the expected wait is reckoned from. */
  #batchMs = 0;

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
    if (!this.#moving) void this.#move();
  }

  async #move(): Promise<void> {
    this.#moving = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const started = performance.now();
      const left = await this.#carryOut(batch);
      this.#learn(performance.now() - started);
      this.#waiting = [...left, ...this.#waiting];
    }
    this.#moving = false;
    this.onEmpty();
  }

  /** Those of the batch that did not fit. */
  async #carryOut(batch: readonly Pending[]): Promise<readonly Pending[]> {
    let left: readonly Pending[] = [];
    const work = async () => {
      left = await carryOut(this.context, this.context.known, this.concertId, batch);
    };
    if (!(await withLock(this.context, this.concertId, work))) {
      for (const task of batch) task.fail(busy());
    }
    return left;
  }

  #learn(milliseconds: number): void {
    this.#batchMs = this.#batchMs === 0 ? milliseconds : 0.8 * this.#batchMs + 0.2 * milliseconds;
  }
}
