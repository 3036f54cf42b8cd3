/** The limiter refused the work: too many pieces wait already, or no turn came free in time. */
export class LimiterFull extends Error {
  override readonly name = 'NoTurn';
}

export interface TurnsOptions {
  /** The most pieces of work that run at the same time. */
  readonly atOnce: number;
  /** The most pieces of work that wait for a turn, in order of arrival. */
  readonly waiting: number;
  /** The longest wait for a turn, in ms. */
  readonly waitMs: number;
}

/** Limits how much expensive work runs at the same time; refuses the rest instead of slowing all of it down. */
export class Limiter {
  #running = 0;
  readonly #waiting = new Set<() => void>();

  constructor(private readonly options: TurnsOptions) {}

  /** The number of pieces of work that wait now. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Runs `work` when a turn is free, and resolves with its result.
   * @throws {LimiterFull}, or the reason of `signal` when that aborts before the turn has come
   */
  async take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#running < this.options.atOnce) this.#running++;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#running--;
      else next();
    }
  }

  /** Resolves when a finished piece of work passes on its turn. */
  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.options.waiting) throw new LimiterFull('too many wait already');
    return new Promise((resolve, reject) => {
      const settle = (outcome: () => void) => () => {
        this.#waiting.delete(take);
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        outcome();
      };
      const take = settle(resolve);
      const leave = settle(() => reject(signal.reason));
      const timer = setTimeout(
        settle(() => reject(new LimiterFull('no turn came free in time'))),
        this.options.waitMs,
      );
      this.#waiting.add(take);
      signal.addEventListener('abort', leave);
    });
  }
}
