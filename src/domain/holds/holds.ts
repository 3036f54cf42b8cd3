import { LayeredMap } from '../collections/layered-map.js';
import { OrderedIndex } from '../collections/ordered-index.js';
import { numberCodec } from '../collections/packed/number-codec.js';
import type { ReturnedAs } from '../events/hold-events.js';
import { withTickets } from '../state/customer-tickets.js';
import { endedAs, expiryOf, type Hold } from './hold.js';
import { holdCodec } from './hold-codec.js';

/**
 * The holds of a concert, indexed for the two searches: the next to expire, and the first in the waiting list that fits.
 * Immutable. A change costs O(log n).
 */
export class Holds {
  private constructor(
    /** All waiting and open holds, and ended ones that are not forgotten yet. */
    readonly all: LayeredMap<Hold>,
    /** Tickets in open holds. */
    readonly held: number,
    /** Tickets that each customer waits for; a customer who does not wait is absent. */
    readonly awaited: LayeredMap<number>,
    /** Open holds in order of their expiry in ms. */
    readonly expiries: OrderedIndex,
    /** Waiting holds in order of joining; the weight is the quantity. */
    readonly waitingList: OrderedIndex,
  ) {}

  static none(): Holds {
    const empty = OrderedIndex.empty;
    return new Holds(LayeredMap.empty(holdCodec), 0, LayeredMap.empty(numberCodec), empty, empty);
  }

  get(holdId: string): Hold | undefined {
    return this.all.get(holdId);
  }

  has(holdId: string): boolean {
    return this.all.has(holdId);
  }

  /**
   * Adds a hold, or replaces the one with its id.
   * @param before the hold with its id, if the caller has looked it up
   */
  set(hold: Hold, before = this.get(hold.holdId)): Holds {
    const { all, held, awaited, expiries, waitingList } = this.#without(before);
    const changed = all.set(hold.holdId, hold);
    if (hold.status === 'open') {
      const place = { order: expiryOf(hold), id: hold.holdId, weight: 1 };
      return new Holds(changed, held + hold.quantity, awaited, expiries.add(place), waitingList);
    }
    if (hold.status !== 'waiting') return new Holds(changed, held, awaited, expiries, waitingList);
    const place = { ...placeInList(hold), weight: hold.quantity };
    const more = withTickets(awaited, hold.customerId, hold.quantity);
    return new Holds(changed, held, more, expiries, waitingList.add(place));
  }

  /**
   * Without these open holds, which have ended.
   * @param kept what they are kept with; null if they are not
   */
  ended(
    open: readonly Hold[],
    kept: (Pick<Hold, 'until' | 'lastRevision'> & { readonly status: ReturnedAs }) | null,
  ): Holds {
    if (open.length === 0) return this;
    const places = open.map((hold) => ({ order: expiryOf(hold), id: hold.holdId }));
    const all =
      kept === null
        ? this.all.withoutPresent(places.map(({ id }) => id))
        : this.all.changed(new Map(open.map((hold) => [hold.holdId, endedAs(kept.status, hold, kept)])));
    const held = open.reduce((left, { quantity }) => left - quantity, this.held);
    return new Holds(all, held, this.awaited, this.expiries.without(places), this.waitingList);
  }

  delete(hold: Hold): Holds {
    const { all, held, awaited, expiries, waitingList } = this.#without(hold);
    return new Holds(all.delete(hold.holdId), held, awaited, expiries, waitingList);
  }

  /** The holds without these, which have ended or are absent. */
  forget(ids: readonly string[]): Holds {
    const all = this.all.without(ids);
    return all === this.all ? this : new Holds(all, this.held, this.awaited, this.expiries, this.waitingList);
  }

  /** The same holds in less memory; see `compacted` of concert.ts. */
  compacted(former?: Holds): Holds {
    const all = this.all.compacted(former?.all);
    const awaited = this.awaited.compacted(former?.awaited);
    if (all === this.all && awaited === this.awaited) return this;
    return new Holds(all, this.held, awaited, this.expiries, this.waitingList);
  }

  /** How many holds come before a waiting one in the list. */
  countBefore(hold: Hold): number {
    return this.waitingList.countBefore(placeInList(hold));
  }

  /** The holds with the tickets of this hold left out of all counts, if it is open or waiting. */
  #without(hold: Hold | undefined): Holds {
    const { all, held, awaited, expiries, waitingList } = this;
    if (hold?.status === 'open') {
      const place = { order: expiryOf(hold), id: hold.holdId };
      return new Holds(all, held - hold.quantity, awaited, expiries.delete(place), waitingList);
    }
    if (hold?.status !== 'waiting') return this;
    const fewer = withTickets(awaited, hold.customerId, -hold.quantity);
    return new Holds(all, held, fewer, expiries, waitingList.delete(placeInList(hold)));
  }
}

const placeInList = ({ holdId, revision }: Hold) => ({ order: Number(revision), id: holdId });
