import type { ConcertEvent, TicketReserved } from './events/events.js';
import type { PurchaseMode } from './purchase-mode.js';
import { seatNumber } from './seats.js';
import { Forgotten } from './state/forgotten.js';
import { LayeredMap } from './state/layered-map.js';
import { numberCodec } from './state/packed/number-codec.js';
import { purchaseCodec } from './state/purchase-codec.js';
import type { Purchase, Ticket } from './state/purchase-state.js';
import { SeatSet } from './state/seat-set.js';

export type { Purchase, Ticket };

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
  /** Live tickets per customer; a customer without any is absent. */
  readonly held: LayeredMap<number>;
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
    held: LayeredMap.empty(numberCodec),
    sharedPurchases: false,
    revision: -1n,
  };
}

/**
 * Whether the state may have forgotten a purchase; if so, read it from the log. Rarely true by mistake, never for a kept
 * purchase.
 */
export const mayHaveForgotten = ({ purchases, forgotten }: Concert, purchaseId: string): boolean =>
  forgotten.placesOf(purchaseId).length > 0 && !purchases.has(purchaseId);

/** Purchases ever made. */
export const purchasesMade = ({ purchases, forgotten }: Concert): number => purchases.size + forgotten.count;

/** Tickets still for sale. Negative only if events broke the rules (mode `unsafe` does). */
export const remaining = (concert: Concert): number => concert.capacity - concert.live;

/** VIP seats still to be given out. */
export const vipRemaining = (concert: Concert): number =>
  Math.max(0, concert.vipSeats - concert.lastVipSeat) + concert.freedVipSeats.size;

/** The state after one more event. Events of a stream are contiguous, so each raises the revision by one. */
export function evolve(concert: Concert, event: ConcertEvent): Concert {
  const revision = concert.revision + 1n;
  switch (event.type) {
    case 'ConcertScheduled': {
      const { scheduledAt: _, ...terms } = event.data;
      return { ...concert, ...terms, status: 'scheduled', revision };
    }
    case 'CapacityChanged':
      return { ...concert, capacity: event.data.capacity, revision };
    case 'TicketReserved':
      return ticketReserved({ ...concert, revision }, event.data);
    case 'VipAssigned':
      return vipAssigned({ ...concert, revision }, event.data);
    case 'PurchaseCancelled':
      return purchaseCancelled({ ...concert, revision }, event.data.purchaseId);
    case 'SalesClosed':
      return { ...concert, status: 'closed', revision };
    case 'ConcertCancelled':
      return { ...concert, status: 'cancelled', revision };
  }
}

/** Number of events that are folded before the state is compacted. */
const foldedAtOnce = 1_000;

export const fold = (concert: Concert, events: Iterable<ConcertEvent>): Concert => {
  let state = concert;
  let folded = 0;
  for (const event of events) {
    state = evolve(state, event);
    if (++folded % foldedAtOnce === 0) state = compacted(state);
  }
  return state;
};

/**
 * The same state in less memory, for a state that is kept. Cheap when there is little to gain, so it may be called often.
 * @param former an earlier compacted state of the same log, if any; what it has packed is not packed again
 */
export function compacted(concert: Concert, former?: Concert): Concert {
  const purchases = concert.purchases.compacted(former?.purchases);
  const held = concert.held.compacted(former?.held);
  return purchases === concert.purchases && held === concert.held ? concert : { ...concert, purchases, held };
}

function ticketReserved(concert: Concert, data: TicketReserved['data']): Concert {
  const before = concert.purchases.get(data.purchaseId);
  const ticket: Ticket = { number: data.ticketNumber, seat: null };
  const purchase: Purchase = {
    purchaseId: data.purchaseId,
    customerId: data.customerId,
    idempotencyKey: data.idempotencyKey,
    tickets: before === undefined ? [ticket] : [...before.tickets, ticket],
    status: 'live',
    revision: concert.revision,
    lastRevision: concert.revision,
  };
  return {
    ...concert,
    sharedPurchases: concert.sharedPurchases || !mayGoOn(before, data.customerId),
    live: concert.live + 1,
    lastTicketNumber: Math.max(concert.lastTicketNumber, data.ticketNumber),
    purchases: concert.purchases.set(data.purchaseId, purchase),
    held: concert.held.set(data.customerId, (concert.held.get(data.customerId) ?? 0) + 1),
  };
}

const mayGoOn = (purchase: Purchase | undefined, customerId: string): boolean =>
  purchase === undefined || (purchase.customerId === customerId && purchase.status === 'live');

function vipAssigned(
  concert: Concert,
  { purchaseId, ticketNumber, seat }: { purchaseId: string; ticketNumber: number; seat: string },
): Concert {
  const purchase = concert.purchases.get(purchaseId);
  if (purchase === undefined) return concert;
  const seated = purchase.tickets.map((ticket) =>
    ticket.number === ticketNumber ? { ...ticket, seat } : ticket,
  );
  const taken = seatNumber(seat);
  return {
    ...concert,
    lastVipSeat: Math.max(concert.lastVipSeat, taken),
    freedVipSeats: concert.freedVipSeats.delete(taken),
    purchases: concert.purchases.set(purchaseId, {
      ...purchase,
      tickets: seated,
      revision: concert.revision,
      lastRevision: concert.revision,
    }),
  };
}

function purchaseCancelled(concert: Concert, purchaseId: string): Concert {
  const purchase = concert.purchases.get(purchaseId);
  if (purchase === undefined || purchase.status === 'cancelled') return concert;
  let freedVipSeats = concert.freedVipSeats;
  for (const { seat } of purchase.tickets) {
    if (seat !== null) freedVipSeats = freedVipSeats.add(seatNumber(seat));
  }
  const left = (concert.held.get(purchase.customerId) ?? 0) - purchase.tickets.length;
  return withoutOldest({
    ...concert,
    live: concert.live - purchase.tickets.length,
    freedVipSeats,
    purchases: concert.purchases.set(purchaseId, {
      ...purchase,
      status: 'cancelled',
      lastRevision: concert.revision,
    }),
    forgotten: concert.sharedPurchases ? concert.forgotten : concert.forgotten.cancelled(purchaseId),
    held: left > 0 ? concert.held.set(purchase.customerId, left) : concert.held.delete(purchase.customerId),
  });
}

/** Forgets the purchases that were cancelled first, once there are many. */
function withoutOldest(concert: Concert): Concert {
  if (concert.sharedPurchases) return concert;
  const oldest: Purchase[] = [];
  let { purchases } = concert;
  for (const purchaseId of concert.forgotten.due(concert.revision)) {
    const purchase = purchases.get(purchaseId);
    if (purchase === undefined) continue;
    oldest.push(purchase);
    purchases = purchases.delete(purchaseId);
  }
  if (oldest.length === 0) return concert;
  return { ...concert, purchases, forgotten: concert.forgotten.without(oldest, concert.revision) };
}
