import type { StockCache } from '../../redis/stock-cache.js';
import type { Clock } from '../../waiting/clock.js';
import { pause } from '../../waiting/sleep.js';
import { untilFirstEnds } from '../../waiting/until-first-ends.js';
import type { ProjectionObserver } from './observer.js';
import type { StockPublisher } from './stock-publisher.js';

const retryMs = 500;
/** Lease of a claim, in ms: three times the interval of its renewal. */
const claimEveryMs = 2_000;
/** The longest delay of a timer, in ms. */
const forEver = 2 ** 31 - 1;

/**
 * Publishes the `stock` table only while it is known to be built from the log at hand. If it was built from another log, the
 * stock in Redis is of that log too and is removed, once: nothing is lost, since a command without a cached stock reads the
 * log.
 */
export class StockPublishing {
  /** Null before the first check of the log. */
  #isOurs: boolean | null = null;
  #turn = new AbortController();

  constructor(
    private readonly publisher: StockPublisher,
    private readonly cache: Pick<StockCache, 'startOver' | 'forgetAll' | 'claim'>,
    private readonly observer: ProjectionObserver,
    private readonly logId: string,
    private readonly clock: Clock,
    private readonly forgetAhead: (signal: AbortSignal) => Promise<void>,
  ) {}

  /** To be called after each check of the log: since the one before, the log may have been restored from a backup. */
  logChecked(isOurs: boolean): void {
    this.#isOurs = isOurs;
    this.#turn.abort();
    this.#turn = new AbortController();
  }

  /** @throws when Redis does not answer, or another installation uses the same keys */
  async #claim(): Promise<void> {
    const other = await this.cache.claim(this.logId);
    if (other !== null) {
      throw new Error(`another installation, whose log is ${other}, uses the same keys of the same Redis`);
    }
  }

  /** The publisher reports a Redis that does not answer. */
  async #keepClaiming(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(claimEveryMs, signal, this.clock);
      try {
        if (!signal.aborted) await this.#claim();
      } catch (error) {
        this.observer.failed('stock-cache', error);
      }
    }
  }

  /** Never rejects; resolves when `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isOurs = this.#isOurs;
      const turn = AbortSignal.any([signal, this.#turn.signal]);
      try {
        await this.#claim();
        if (isOurs === false) await this.cache.forgetAll();
        if (isOurs === true) await this.cache.startOver(this.logId);
        const work = async (ending: AbortSignal) => {
          if (isOurs === true) await this.forgetAhead(ending);
          await (isOurs === true ? this.publisher.run(ending) : pause(forEver, ending, this.clock));
        };
        await untilFirstEnds([work, (ending) => this.#keepClaiming(ending)], turn);
      } catch (error) {
        this.observer.failed('stock-cache', error);
        await pause(retryMs, turn, this.clock);
      }
    }
  }
}
