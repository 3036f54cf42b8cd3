import type { Concert } from '../../domain/concert.js';
import { messageOf } from '../../waiting/message-of.js';
import { Wake } from '../../waiting/wake.js';
import type { AppendLimits, DecideContext } from '../decide-and-append.js';
import { decideWithRetry } from '../decide-with-retry.js';
import type { Mode } from '../mode.js';
import type { NoAppendFastPath } from '../no-append-fast-path.js';
import { busy, unavailable } from '../outcome.js';
import type { PendingCommand } from '../pending-command.js';
import type { CachingLoader } from '../state/concert-loader.js';
import type { Work } from '../with-lock.js';

export interface SerialContext extends DecideContext {
  readonly loader: CachingLoader;
  readonly fastPath: NoAppendFastPath;
  /** The most commands that may wait for one concert in this process. */
  readonly queueLimit: number;
  /** The longest wait of a command, in ms. A command that would wait longer fails as busy without waiting. */
  readonly longestWaitMs: number;
}

/** The differences between the serial modes. */
export interface SerialRules {
  readonly limits: AppendLimits;
  /** Runs work under a guard against other processes; false when the guard was not acquired and the work did not run. */
  readonly guarded: (concertId: string, work: Work) => Promise<boolean>;
  /** Whether commands are decided on the cached state first, without a check that it is current: the append proves it. */
  readonly startsFromCache: boolean;
}

export interface SerialMode extends Mode {
  /** Resolves when no command waits and every lock is released. Call it when no more commands arrive. */
  stop(): Promise<void>;
}

/** How long a batch waits, with the lock held, for the next commands of the buyers it just answered, in ms. */
const lingerMs = 10;
/** Assumed duration of an append until the first one of a queue is measured, in ms. */
const firstGuessMs = 5;

/**
 * A mode that decides the commands of one concert in turn. Commands that need no event take the fast path; all others wait in
 * one queue per concert in this process, so that no two commands of one process conflict with each other.
 */
export function serialMode(context: SerialContext, rules: SerialRules): SerialMode {
  const queues = new Map<string, ConcertQueue>();
  return {
    async handle(command) {
      try {
        if (await context.fastPath.answer(command)) return;
      } catch (error) {
        command.fail(unavailable(messageOf(error)));
        return;
      }
      let queue = queues.get(command.concertId);
      if (queue === undefined) {
        queue = new ConcertQueue(context, rules, command.concertId, () => queues.delete(command.concertId));
        queues.set(command.concertId, queue);
      }
      queue.add(command);
    },
    async stop() {
      await Promise.all([...queues.values()].map((queue) => queue.idle));
    },
  };
}

/** The commands of this process that wait for one concert. Removed when it is empty. */
class ConcertQueue {
  #waiting: Waiting[] = [];
  /** Appends that the waiting commands need: the sum of their shares of an append. */
  #appends = 0;
  #running = false;
  /** Woken by every arrival; replaced before each wait, so that earlier arrivals do not end it. */
  #arrived: Wake;
  /** Smoothed duration of an append, including the wait for the lock, in ms; the expected wait is computed from it. */
  #appendMs = firstGuessMs;

  /** Resolves when no command waits. */
  idle = Promise.resolve();

  constructor(
    private readonly context: SerialContext,
    private readonly rules: SerialRules,
    private readonly concertId: string,
    private readonly onEmpty: () => void,
  ) {
    this.#arrived = new Wake(context.clock);
  }

  add(command: PendingCommand): void {
    const expectedWaitMs = Math.floor(this.#appends) * this.#appendMs;
    if (this.#waiting.length >= this.context.queueLimit || expectedWaitMs > this.context.longestWaitMs) {
      command.fail(busy(Math.max(1, Math.ceil(expectedWaitMs / 1_000))));
      return;
    }
    this.#waiting.push({ command, since: this.context.clock.monotonic() });
    this.#appends += this.#shareOf(command);
    this.#arrived.wake();
    if (!this.#running) this.idle = this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const count = this.#waiting.length;
      const work: Work = (mayContinue) => this.#decideBatches(mayContinue);
      if (await this.rules.guarded(this.concertId, work)) continue;
      for (const { command } of this.#waiting.slice(0, count)) command.fail(busy());
      this.#setWaiting(this.#waiting.slice(count));
    }
    this.#running = false;
    this.onEmpty();
  }

  /**
   * Decides batch after batch while the guard lasts and commands wait. Commands that do not fit an append go first in the
   * next.
   */
  async #decideBatches(mayContinue: () => boolean): Promise<void> {
    const { loader } = this.context;
    const { startsFromCache } = this.rules;
    // The holder of the lock need not check again whether other processes have appended.
    let cached: Concert | undefined = startsFromCache ? loader.peek(this.concertId) : undefined;
    do {
      const started = this.context.clock.monotonic();
      const batch = this.#rejectLate(started);
      this.#setWaiting([]);
      const commands = batch.map(({ command }) => command);
      const left = (
        await decideWithRetry(this.context, loader, this.concertId, commands, this.rules.limits, cached)
      ).length;
      cached = loader.peek(this.concertId);
      this.#setWaiting([...batch.slice(batch.length - left), ...this.#waiting]);
      this.#measured(this.context.clock.monotonic() - started);
      if (this.#waiting.length === 0 && batch.length > 1 && mayContinue()) await this.#arrival();
    } while (this.#waiting.length > 0 && mayContinue());
  }

  /** The commands that have not waited too long; fails the others as busy. */
  #rejectLate(now: number): readonly Waiting[] {
    const onTime = this.#waiting.filter(({ since }) => now - since <= this.context.longestWaitMs);
    if (onTime.length === this.#waiting.length) return onTime;
    for (const { command, since } of this.#waiting) {
      if (now - since > this.context.longestWaitMs) command.fail(busy());
    }
    return onTime;
  }

  #setWaiting(waiting: Waiting[]): void {
    this.#waiting = waiting;
    this.#appends = waiting.reduce((sum, { command }) => sum + this.#shareOf(command), 0);
  }

  /** A command's share of an append: one divided by the number of its size that fit. */
  #shareOf({ size }: PendingCommand): number {
    const { events, commands } = this.rules.limits;
    return 1 / Math.max(1, Math.min(commands, Math.floor(events / size)));
  }

  /** Resolves when a command arrives (with any from the same tick), or after `lingerMs`. */
  async #arrival(): Promise<void> {
    this.#arrived = new Wake(this.context.clock);
    await this.#arrived.wait(lingerMs);
    await this.context.clock.turn();
  }

  #measured(milliseconds: number): void {
    this.#appendMs = 0.8 * this.#appendMs + 0.2 * milliseconds;
  }
}

interface Waiting {
  readonly command: PendingCommand;
  /** By the monotonic clock. */
  readonly since: number;
}
