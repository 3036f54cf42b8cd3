import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import type { Concert } from '../../domain/concert.js';
import { Wake } from '../../waiting/wake.js';
import type { AppendLimits, DecideContext } from '../decide-and-append.js';
import { decideWithRetry } from '../decide-with-retry.js';
import { busy, type Mode, messageOf, unavailable } from '../mode.js';
import type { NoAppendFastPath } from '../no-append-fast-path.js';
import type { PendingCommand } from '../pending-command.js';
import type { CachingLoader } from '../state/concert-loader.js';
import type { Work } from '../with-lock.js';

export interface LineContext extends DecideContext {
  readonly known: CachingLoader;
  readonly fastPath: NoAppendFastPath;
  /** Commands that may wait for one concert in this process. */
  readonly queueLimit: number;
  /** A buyer who would have to wait longer than this is refused at once, and nobody waits longer, in ms. */
  readonly longestWaitMs: number;
}

/** What two modes that line up differ in. */
export interface LineRules {
  readonly limits: AppendLimits;
  /** Runs work so that other processes stay out of its way; false when it was not run because they did not. */
  readonly guarded: (concertId: string, work: Work) => Promise<boolean>;
  /** Whether the state in memory is decided on without a look at whether others have sold since: the append tells. */
  readonly assumesFirst: boolean;
}

export interface LinedUpMode extends Mode {
  /** Resolves when nobody waits and every lock is released. To be called when no more tasks come. */
  stop(): Promise<void>;
}

/** How long a line is kept ready for those who ask again once they are answered, in ms. */
const lingerMs = 10;
/** What an append is taken to cost before the first one of a line was measured, in ms. */
const firstGuessMs = 5;

/**
 * What needs no event is answered at once. Everything else stands in line, one line per concert in this process: so no two
 * commands of one process conflict with each other, and a crowd does not slow itself down.
 */
export function linedUp(context: LineContext, rules: LineRules): LinedUpMode {
  const lines = new Map<string, ConcertQueue>();
  return {
    async handle(task) {
      try {
        if (await context.fastPath.answer(task)) return;
      } catch (error) {
        task.fail(unavailable(messageOf(error)));
        return;
      }
      let line = lines.get(task.concertId);
      if (line === undefined) {
        line = new ConcertQueue(context, rules, task.concertId, () => lines.delete(task.concertId));
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
class ConcertQueue {
  #waiting: Waiting[] = [];
  /** Appends that those waiting need, by the share of an append that each takes. */
  #appends = 0;
  #moving = false;
  /** Woken by every arrival; a new one for each wait, which earlier arrivals do not end. */
  #arrived = new Wake();
  /** Smoothed time of an append, with the wait for the lock, in ms; what the expected wait is reckoned from. */
  #appendMs = firstGuessMs;

  /** Resolves when nobody waits any more. */
  moved = Promise.resolve();

  constructor(
    private readonly context: LineContext,
    private readonly rules: LineRules,
    private readonly concertId: string,
    private readonly onEmpty: () => void,
  ) {}

  add(task: PendingCommand): void {
    const expectedWaitMs = Math.floor(this.#appends) * this.#appendMs;
    if (this.#waiting.length >= this.context.queueLimit || expectedWaitMs > this.context.longestWaitMs) {
      task.fail(busy(Math.max(1, Math.ceil(expectedWaitMs / 1_000))));
      return;
    }
    this.#waiting.push({ task, since: performance.now() });
    this.#appends += this.#shareOf(task);
    this.#arrived.wake();
    if (!this.#moving) this.moved = this.#move();
  }

  async #move(): Promise<void> {
    this.#moving = true;
    while (this.#waiting.length > 0) {
      const asking = this.#waiting.length;
      const work: Work = (lasts) => this.#decideNext(lasts);
      if (await this.rules.guarded(this.concertId, work)) continue;
      for (const { task } of this.#waiting.slice(0, asking)) task.fail(busy());
      this.#wait(this.#waiting.slice(asking));
    }
    this.#moving = false;
    this.onEmpty();
  }

  /** Append after append while the guard lasts and somebody waits. What does not fit an append is first in the next. */
  async #decideNext(lasts: () => boolean): Promise<void> {
    const { known } = this.context;
    const { assumesFirst } = this.rules;
    // Who has the lock need not ask again what others have sold meanwhile.
    let assumed: Concert | undefined = assumesFirst ? known.peek(this.concertId) : undefined;
    do {
      const started = performance.now();
      const batch = this.#turnAwayLate(started);
      this.#wait([]);
      const tasks = batch.map(({ task }) => task);
      const left = (
        await decideWithRetry(this.context, known, this.concertId, tasks, this.rules.limits, assumed)
      ).length;
      assumed = known.peek(this.concertId);
      this.#wait([...batch.slice(batch.length - left), ...this.#waiting]);
      this.#learn(performance.now() - started);
      if (this.#waiting.length === 0 && batch.length > 1 && lasts()) await this.#arrival();
    } while (this.#waiting.length > 0 && lasts());
  }

  /** Those who have not waited too long; the others are told that the concert is busy. */
  #turnAwayLate(now: number): readonly Waiting[] {
    const onTime = this.#waiting.filter(({ since }) => now - since <= this.context.longestWaitMs);
    if (onTime.length === this.#waiting.length) return onTime;
    for (const { task, since } of this.#waiting) {
      if (now - since > this.context.longestWaitMs) task.fail(busy());
    }
    return onTime;
  }

  #wait(waiting: Waiting[]): void {
    this.#waiting = waiting;
    this.#appends = waiting.reduce((sum, { task }) => sum + this.#shareOf(task), 0);
  }

  /** How much of an append a command takes: as many of its size fit one. */
  #shareOf({ size }: PendingCommand): number {
    const { events, commands } = this.rules.limits;
    return 1 / Math.max(1, Math.min(commands, Math.floor(events / size)));
  }

  /** Resolves when a command arrives (with any from the same tick), or after `lingerMs`. */
  async #arrival(): Promise<void> {
    this.#arrived = new Wake();
    await this.#arrived.wait(lingerMs);
    await turnOfEventLoop();
  }

  #learn(milliseconds: number): void {
    this.#appendMs = 0.8 * this.#appendMs + 0.2 * milliseconds;
  }
}

interface Waiting {
  readonly task: PendingCommand;
  /** By `performance.now()`. */
  readonly since: number;
}
