import { type Concert, compacted, emptyConcert, fold } from '../../domain/concert.js';
import type { Decision } from '../../domain/decision.js';
import type { ConcertEvent } from '../../domain/events/events.js';
import { due } from '../../domain/holds/due.js';
import { offers } from '../../domain/holds/offers.js';
import { changesWithTime, nextExpiryAt, timeOfDecision } from '../../domain/holds/promised.js';
import { isBefore } from '../../domain/sales-window.js';

/** A concert, on which commands are decided one after the other, with what time and other commands bring about between them. */
export class Timeline {
  concert: Concert;
  /** Holds that have expired. */
  expired = 0;

  /**
   * @param confirmations when the confirmation of each hold arrives: a hold does not expire if that is before its expiry
   * @param expiresAtOnce whether holds expire as soon as they can, rather than with the next command
   */
  constructor(
    concertId: string,
    private readonly confirmations: Map<string, string>,
    private readonly expiresAtOnce: boolean,
  ) {
    // Nothing is forgotten: no log could be asked.
    this.concert = emptyConcert(concertId, Number.MAX_SAFE_INTEGER);
  }

  /** Decides a command as an append does: what is due goes first, and what the command frees is offered. */
  decide<Result>(at: string, command: (concert: Concert, now: string) => Decision<Result>): Result {
    if (this.expiresAtOnce) this.#expireUntil(at);
    this.expire(at);
    const now = this.#timeOf(at);
    const [result, events] = command(this.concert, now);
    this.#take(events);
    this.#take(offers(this.concert, now).events);
    return result;
  }

  /** Appends what is due at a time. */
  expire(at: string): void {
    if (!changesWithTime(this.concert)) return;
    for (;;) {
      const { events } = due(this.concert, this.#timeOf(at), (holdId) => this.#isConfirmedInTime(holdId));
      if (events.length === 0) return;
      this.#take(events);
    }
  }

  /** To be called when the confirmation of a hold is decided. */
  decided(holdId: string): void {
    this.confirmations.delete(holdId);
  }

  #expireUntil(at: string): void {
    for (let last = Number.NEGATIVE_INFINITY; ; ) {
      const next = nextExpiryAt(this.concert);
      if (next === null || next >= Date.parse(at) || next === last) return;
      this.expire(new Date(next).toISOString());
      last = next;
    }
  }

  #timeOf(at: string): string {
    return changesWithTime(this.concert) ? timeOfDecision(this.concert, at) : at;
  }

  #isConfirmedInTime(holdId: string): boolean {
    const arrivedAt = this.confirmations.get(holdId);
    const hold = this.concert.holds.get(holdId);
    return arrivedAt !== undefined && hold !== undefined && isBefore(arrivedAt, hold.until);
  }

  #take(events: readonly ConcertEvent[]): void {
    if (events.length === 0) return;
    for (const { type, data } of events) if (type === 'HoldsExpired') this.expired += data.holdIds.length;
    this.concert = compacted(fold(this.concert, events));
  }
}
