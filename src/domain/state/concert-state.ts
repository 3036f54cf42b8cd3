import { LayeredMap } from '../collections/layered-map.js';
import { numberCodec } from '../collections/packed/number-codec.js';
import { SeatSet } from '../collections/seat-set.js';
import { Holds } from '../holds/holds.js';
import type { PurchaseMode } from '../purchase-mode.js';
import { Forgotten } from './forgotten.js';
import { purchaseCodec } from './purchase-codec.js';
import type { Purchase } from './purchase-state.js';

export type ConcertStatus = 'unknown' | 'scheduled' | 'closed' | 'cancelled';

/**
 * The state of one concert: the fold of its stream. Immutable, so an older state stays valid and a decision can be discarded
 * when its append is refused.
 */
export interface Concert {
  readonly concertId: string;
  readonly status: ConcertStatus;
  readonly name: string;
  readonly capacity: number;
  readonly vipSeats: number;
  readonly ticketsPerCustomer: number;
  readonly salesOpenAt: string | null;
  readonly salesCloseAt: string | null;
  readonly startsAt: string | null;
  readonly purchaseMode: PurchaseMode | null;
  /** How long tickets are held on request; null: they are not. */
  readonly holdSeconds: number | null;
  readonly waitingList: boolean;
  /** How long tickets are held for a customer who waited for them; null: none are offered. */
  readonly offerSeconds: number | null;
  /** Tickets sold and not released. */
  readonly live: number;
  /** Highest ticket number ever given out. No number is given out twice. */
  readonly lastTicketNumber: number;
  /** Highest VIP seat ever given out. */
  readonly lastVipSeat: number;
  /** VIP seats that were released. */
  readonly freedVipSeats: SeatSet;
  /** Holds and the waiting list, except holds that ended long ago; see `forgotten`. */
  readonly holds: Holds;
  /** The purchases, except those cancelled long ago, which are only in the log; see `forgotten`. */
  readonly purchases: LayeredMap<Purchase>;
  readonly forgotten: Forgotten;
  /** Live tickets and tickets in open holds of each customer; a customer without any is absent. */
  readonly holdings: LayeredMap<number>;
  /**
   * Whether customers ever shared a purchase, a cancelled purchase was sold again, or an id was that of a purchase and a hold at
   * once. Deciders do none of these; mode `unsafe` may, because it decides on old states.
   */
  readonly sharedPurchases: boolean;
  /**
   * The latest time that an event so far was decided at, ISO 8601; null before the first. No decision is made at an earlier one.
   */
  readonly lastEventAt: string | null;
  /** Revision of the last event folded; -1n before the first. */
  readonly revision: bigint;
}

/** @param keptEnded number of cancelled purchases and ended holds that its states keep, and up to an eighth more */
export function emptyConcert(concertId: string, keptEnded?: number): Concert {
  return {
    concertId,
    status: 'unknown',
    name: '',
    capacity: 0,
    vipSeats: 0,
    ticketsPerCustomer: 1,
    salesOpenAt: null,
    salesCloseAt: null,
    startsAt: null,
    purchaseMode: null,
    holdSeconds: null,
    waitingList: false,
    offerSeconds: null,
    live: 0,
    lastTicketNumber: 0,
    lastVipSeat: 0,
    freedVipSeats: SeatSet.empty,
    holds: Holds.none(),
    purchases: LayeredMap.empty(purchaseCodec),
    forgotten: Forgotten.nothing(keptEnded),
    holdings: LayeredMap.empty(numberCodec),
    sharedPurchases: false,
    lastEventAt: null,
    revision: -1n,
  };
}
