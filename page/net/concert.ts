/** What the page reads of the API's answers. */

export interface Concert {
  readonly concertId: string;
  readonly name: string;
  readonly capacity: number;
  readonly sold: number;
  readonly held?: number;
  readonly remaining: number;
  readonly vipSeats: number;
  readonly vipRemaining: number;
  readonly ticketsPerCustomer: number;
  readonly salesOpenAt: string | null;
  readonly salesCloseAt: string | null;
  readonly startsAt: string | null;
  readonly purchaseMode: string | null;
  readonly holdSeconds?: number | null;
  readonly waitingList?: boolean;
  readonly status: 'scheduled' | 'closed' | 'cancelled';
  readonly revision: string;
}

export interface LiveConcert extends Concert {
  readonly soldPerSecond: number;
}

export interface Ticket {
  readonly number: number;
  readonly vip: boolean;
  readonly seat: string | null;
}

export interface Receipt {
  readonly purchaseId: string;
  readonly customerId: string;
  readonly tickets: readonly Ticket[];
}

export type SaleState = 'early' | 'open' | 'held' | 'sold-out' | 'closed' | 'cancelled';

/** @param now wall-clock time, in ms */
export function saleState(concert: Concert, now: number): SaleState {
  if (concert.status !== 'scheduled') return concert.status;
  if (concert.salesOpenAt !== null && now < Date.parse(concert.salesOpenAt)) return 'early';
  if (concert.salesCloseAt !== null && now >= Date.parse(concert.salesCloseAt)) return 'closed';
  if (concert.remaining > 0) return 'open';
  return (concert.held ?? 0) > 0 ? 'held' : 'sold-out';
}
