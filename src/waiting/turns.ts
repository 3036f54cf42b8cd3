/** Nobody had a turn to give: too many wait already, or none came free in time. */
export class LimiterFull extends Error {
  override readonly name = 'NoTurn';
}

export interface TurnsOptions {
  /** Pieces of work that run at the same time. */
  readonly atOnce: number;
  /** How many more may wait for their turn, in the order of arrival. */
  readonly waiting: number;
  /** How long one waits, in ms. */
  readonly waitMs: number;
}

/** Lets only a few do what costs much, and turns the others away instead of doing all of it slowly. */
export class Limiter {
  #running = 0;
  readonly #waiting = new Set<() => void>();

  constructor(private readonly options: TurnsOptions) {}

  /** How many wait now. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * What `work` answers, when its turn has come.
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

  /** Resolves when somebody passes on a turn. */
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
