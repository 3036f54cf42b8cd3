import type { Concert } from '../../domain/concert.js';
import { messageOf } from '../../waiting/message-of.js';
import { Wake } from '../../waiting/wake.js';
import type { AppendLimits } from '../deciding/decide-all.js';
import type { DecideContext } from '../deciding/decide-and-append.js';
import { decideWithRetry } from '../deciding/decide-with-retry.js';
import type { NoAppendFastPath } from '../deciding/no-append-fast-path.js';
import type { Work } from '../deciding/with-lock.js';
import type { Mode } from '../mode.js';
import { unavailable } from '../outcome.js';
import type { PendingCommand } from '../pending-command.js';
import type { CachingLoader } from '../state/concert-loader.js';
import { type LineBounds, WaitingLine } from './waiting-line.js';

export interface SerialContext extends DecideContext, LineBounds {
  readonly loader: CachingLoader;
  readonly fastPath: NoAppendFastPath;
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

/** Decides the commands of this process that wait for one concert. Removed when none waits. */
class ConcertQueue {
  readonly #line: WaitingLine<{ readonly command: PendingCommand }>;
  #running = false;
  /** Woken by every arrival; replaced before each wait, so that earlier arrivals do not end it. */
  #arrived: Wake;

  /** Resolves when no command waits. */
  idle = Promise.resolve();

  constructor(
    private readonly context: SerialContext,
    private readonly rules: SerialRules,
    private readonly concertId: string,
    private readonly onEmpty: () => void,
  ) {
    this.#arrived = new Wake(context.clock);
    this.#line = new WaitingLine(context, rules.limits, ({ command }, reason) => command.fail(reason));
  }

  add(command: PendingCommand): void {
    this.#line.add({ command });
    this.#arrived.wake();
    if (!this.#running) this.idle = this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#line.length > 0) {
      const count = this.#line.length;
      const work: Work = (mayContinue) => this.#decideBatches(mayContinue);
      if (!(await this.rules.guarded(this.concertId, work))) this.#line.rejectFirst(count);
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
    const { startsFromCache, limits } = this.rules;
    // The holder of the lock need not check again whether other processes have appended.
    let cached: Concert | undefined = startsFromCache ? loader.peek(this.concertId) : undefined;
    do {
      const started = this.context.clock.monotonic();
      const { items, putBack } = this.#line.take();
      const commands = items.map(({ command }) => command);
      const left = await decideWithRetry(this.context, loader, this.concertId, commands, limits, cached);
      cached = loader.peek(this.concertId);
      putBack(commands.length - left.length);
      this.#line.measured(this.context.clock.monotonic() - started);
      if (this.#line.length === 0 && commands.length > 1 && mayContinue()) await this.#arrival();
    } while (this.#line.length > 0 && mayContinue());
  }

  /** Resolves when a command arrives (with any from the same tick), or after `lingerMs`. */
  async #arrival(): Promise<void> {
    this.#arrived = new Wake(this.context.clock);
    await this.#arrived.wait(lingerMs);
    await this.context.clock.turn();
  }
}
