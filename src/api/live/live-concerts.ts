import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../../waiting/clock.js';
import { pause } from '../../waiting/sleep.js';
import { within } from '../../waiting/within.js';
import type { ConcertView } from '../reading/views.js';
import type { Metrics } from '../telemetry/metrics.js';
import { Viewer } from './viewer.js';
import { Watched } from './watched.js';

export interface LiveOptions {
  /** The shortest time between two messages to a viewer, in ms. */
  readonly everyMs: number;
  /** The most messages to all viewers of this process together. With more viewers each gets fewer. */
  readonly messagesPerSecond: number;
  /** The most viewers of this process. */
  readonly mostViewers: number;
  /** A viewer that has not taken a message for this long is dropped, in ms. */
  readonly patienceMs: number;
  /** A message is repeated after this time, in ms, so that proxies and clients know the stream to be alive. */
  readonly repeatMs: number;
}

const defaults: LiveOptions = {
  everyMs: 100,
  messagesPerSecond: 2_000,
  mostViewers: 5_000,
  patienceMs: 5_000,
  repeatMs: 15_000,
};

/** How long after a failed look the next one comes, in ms. */
const retryMs = 1_000;
/** How long an answer is waited for, in ms. */
const silenceMs = 5_000;
/** Viewers that are written to before other work may run. */
const writtenAtOnce = 100;

/** Where the concerts are looked at. Rejects when it is out of reach. */
type Look = (concertIds: readonly string[]) => Promise<readonly ConcertView[]>;

/**
 * The streams of all viewers of this process. All watched concerts are looked at with one query, and each message is made once for
 * all viewers of its concert. A message is the whole state, so nothing is kept for a viewer: one who is slow gets the newest message
 * when they have taken the one before, and is dropped when that takes too long.
 */
export class LiveConcerts {
  readonly #watched = new Map<string, Watched>();
  readonly #options: LiveOptions;
  #viewers = 0;
  #isLooking = false;
  #isStopped = false;

  constructor(
    private readonly look: Look,
    private readonly parts: { readonly metrics: Metrics; readonly logger: Logger },
    options: Partial<LiveOptions> = {},
    private readonly clock: Clock = systemClock,
  ) {
    this.#options = { ...defaults, ...options };
  }

  get isFull(): boolean {
    return this.#viewers >= this.#options.mostViewers;
  }

  /** The state that viewers of this concert see: a crowd of viewers does not ask for it one by one. Undefined where there is none. */
  shown(concertId: string): ConcertView | undefined {
    return this.#watched.get(concertId)?.within(silenceMs, this.clock.monotonic());
  }

  /**
   * Writes to `response` until its client closes it, or the stop.
   * @param concert the state that the stream begins with, unless the viewer has it
   * @param seen the revision that the viewer has; nothing older is sent before the next repeat
   */
  watch(response: ServerResponse, concert: ConcertView, seen: bigint | undefined): void {
    if (this.#isStopped || response.destroyed) {
      response.end();
      return;
    }
    const watched = this.#watched.get(concert.concertId) ?? new Watched(concert, this.clock.monotonic());
    this.#watched.set(concert.concertId, watched);
    const viewer = new Viewer(response, seen);
    watched.viewers.add(viewer);
    this.#count(1);
    response.once('close', () => {
      watched.viewers.delete(viewer);
      if (watched.viewers.size === 0) this.#watched.delete(concert.concertId);
      this.#count(-1);
    });
    viewer.show(watched.message);
    void this.#keepLooking();
  }

  /** Ends all streams, now and from now on. Clients come back after a second, to a process that is not stopping. */
  stop(): void {
    this.#isStopped = true;
    for (const { viewers } of this.#watched.values()) for (const viewer of viewers) viewer.end();
  }

  #count(change: 1 | -1): void {
    this.#viewers += change;
    this.parts.metrics.liveViewers.set(this.#viewers);
  }

  async #keepLooking(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#watched.size > 0 && !this.#isStopped) {
      const { everyMs, messagesPerSecond } = this.#options;
      await pause(Math.max(everyMs, (this.#viewers / messagesPerSecond) * 1_000), undefined, this.clock);
      await this.#lookOnce();
    }
    this.#isLooking = false;
  }

  async #lookOnce(): Promise<void> {
    try {
      const looked = await within(silenceMs, this.look([...this.#watched.keys()]), () => {
        throw new Error(`no answer within ${silenceMs} ms`);
      });
      for (const view of looked) {
        this.#watched.get(view.concertId)?.saw(view, this.clock.monotonic());
      }
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'cannot look at the watched concerts');
      await pause(retryMs, undefined, this.clock);
    }
    for (const watched of this.#watched.values()) await this.#tell(watched);
  }

  async #tell(watched: Watched): Promise<void> {
    const { repeatMs, patienceMs } = this.#options;
    const now = this.clock.monotonic();
    watched.repeatAfter(repeatMs, now);
    let written = 0;
    for (const viewer of watched.viewers) {
      if (viewer.isStuck(patienceMs, now)) {
        this.parts.metrics.liveViewersDropped.inc();
        viewer.drop();
      } else if (viewer.show(watched.message) && ++written % writtenAtOnce === 0) await this.clock.turn();
    }
  }
}
