import type { Clock } from '../../waiting/clock.js';
import type { CommandObserver } from '../observer.js';
import type { ArrivalQueue, NewEntry } from '../ports.js';

export interface Place {
  readonly id: string;
  readonly position: number;
  /** Whether a process owned the concert when the purchase joined its queue. */
  readonly owned: boolean;
}

/** The most purchases in one call. */
const mostPerCall = 250;
/** The most calls under way, over all concerts: far fewer than the connection lets wait for their answers. */
const mostCalls = 1_000;

/**
 * Sends the purchases of this process to the concerts' queues. One call per concert is under way at a time; those that arrive
 * meanwhile share the next one, in order of arrival.
 */
export class Joins {
  readonly #waiting = new Map<string, Joining[]>();
  /** Concerts whose purchases wait because too many calls are under way. */
  readonly #held = new Set<string>();
  #calls = 0;

  constructor(
    private readonly queue: ArrivalQueue,
    private readonly queueLimit: number,
    private readonly clock: Clock,
    private readonly observer: CommandObserver,
  ) {}

  /** The place in the queue; null when it is full. Rejects when Redis does not answer: the purchase may have joined. */
  join(concertId: string, entry: NewEntry): Promise<Place | null> {
    return new Promise((resolve, reject) => {
      const joining = { entry, resolve, reject };
      const waiting = this.#waiting.get(concertId);
      if (waiting === undefined) {
        this.#waiting.set(concertId, [joining]);
        if (this.#calls < mostCalls) void this.#send(concertId);
        else this.#held.add(concertId);
      } else if (waiting.length < this.queueLimit) waiting.push(joining);
      else resolve(null);
    });
  }

  /** Sends what waits for the concert, call after call, unless other concerts wait for a call. */
  async #send(concertId: string): Promise<void> {
    this.#calls++;
    await this.clock.turn();
    do {
      const waiting = this.#waitingFor(concertId);
      this.#waiting.set(concertId, waiting.slice(mostPerCall));
      await this.#call(concertId, waiting.slice(0, mostPerCall));
    } while (this.#waitingFor(concertId).length > 0 && this.#held.size === 0);
    if (this.#waitingFor(concertId).length > 0) this.#held.add(concertId);
    else this.#waiting.delete(concertId);
    this.#calls--;
    const [next] = this.#held;
    if (next === undefined) return;
    this.#held.delete(next);
    void this.#send(next);
  }

  #waitingFor(concertId: string): readonly Joining[] {
    return this.#waiting.get(concertId) ?? [];
  }

  async #call(concertId: string, joining: readonly Joining[]): Promise<void> {
    const entries = joining.map(({ entry }) => entry);
    this.observer.handedOver(concertId, entries.length);
    try {
      const { owned, places } = await this.queue.join(concertId, entries, this.queueLimit);
      for (const [i, { resolve }] of joining.entries()) {
        const place = places[i];
        resolve(place === undefined ? null : { ...place, owned });
      }
    } catch (error) {
      for (const { reject } of joining) reject(error);
    }
  }
}

interface Joining {
  readonly entry: NewEntry;
  readonly resolve: (place: Place | null) => void;
  readonly reject: (error: unknown) => void;
}
