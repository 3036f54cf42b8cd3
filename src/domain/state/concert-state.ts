import type { PurchaseMode } from '../purchase-mode.js';
import { Forgotten } from './forgotten.js';
import { LayeredMap } from './layered-map.js';
import { numberCodec } from './packed/number-codec.js';
import { purchaseCodec } from './purchase-codec.js';
import type { Purchase } from './purchase-state.js';
import { SeatSet } from './seat-set.js';

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
  /** Tickets sold and not released. */
  readonly live: number;
  /** Highest ticket number ever given out. No number is given out twice. */
  readonly lastTicketNumber: number;
  /** Highest VIP seat ever given out. */
  readonly lastVipSeat: number;
  /** VIP seats that were released. */
  readonly freedVipSeats: SeatSet;
  /** The purchases, except those cancelled long ago, which are only in the log; see `forgotten`. */
  readonly purchases: LayeredMap<Purchase>;
  readonly forgotten: Forgotten;
  /** Tickets that count towards each customer's limit; a customer without any is absent. */
  readonly holdings: LayeredMap<number>;
  /**
   * Whether customers ever shared a purchase, or a cancelled purchase was sold again. Deciders do neither; mode `unsafe` may,
   * because it decides on old states.
   */
  readonly sharedPurchases: boolean;
  /** Revision of the last event folded; -1n before the first. */
  readonly revision: bigint;
}

/** @param keptCancelled number of cancelled purchases that its states keep; up to twice as many before some are forgotten */
export function emptyConcert(concertId: string, keptCancelled?: number): Concert {
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
    live: 0,
    lastTicketNumber: 0,
    lastVipSeat: 0,
    freedVipSeats: SeatSet.empty,
    purchases: LayeredMap.empty(purchaseCodec),
    forgotten: Forgotten.nothing(keptCancelled),
    holdings: LayeredMap.empty(numberCodec),
    sharedPurchases: false,
    revision: -1n,
  };
}
