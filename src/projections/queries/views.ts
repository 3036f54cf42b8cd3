import type { ConcertRow, PurchaseRow, SalesPerSecondRow, TicketRow } from '../../postgres/tables.js';

/** The results of queries. Times are ISO 8601 UTC, revisions those of the concert's stream. */

export interface ConcertView {
  readonly concertId: string;
  readonly name: string;
  readonly capacity: number;
  readonly sold: number;
  /** Tickets in open holds. */
  readonly held: number;
  /** Tickets neither sold nor held. Negative when more was sold than there is (mode `unsafe` does). */
  readonly remaining: number;
  readonly vipSeats: number;
  readonly vipRemaining: number;
  readonly ticketsPerCustomer: number;
  readonly salesOpenAt: string | null;
  readonly salesCloseAt: string | null;
  readonly startsAt: string | null;
  readonly purchaseMode: ConcertRow['purchase_mode'];
  readonly holdSeconds: number | null;
  readonly waitingList: boolean;
  readonly offerSeconds: number | null;
  readonly scheduledAt: string;
  readonly status: ConcertRow['status'];
  readonly revision: bigint;
}

export interface TicketView {
  readonly number: number;
  readonly vip: boolean;
  readonly seat: string | null;
  readonly customerId: string;
  readonly purchaseId: string;
  readonly status: 'live' | 'released';
  readonly reservedAt: string;
  readonly releasedAt: string | null;
  readonly revision: bigint;
}

export interface PurchaseView {
  readonly purchaseId: string;
  readonly concertId: string;
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly quantity: number;
  readonly tickets: readonly {
    readonly number: number;
    readonly vip: boolean;
    readonly seat: string | null;
  }[];
  readonly status: 'live' | 'cancelled';
  readonly arrivedAt: string;
  readonly purchasedAt: string;
  readonly cancelledAt: string | null;
  readonly revision: bigint;
}

export interface SecondView {
  readonly second: string;
  readonly sold: number;
  readonly released: number;
}

const iso = (time: Date | null): string | null => time?.toISOString() ?? null;

export const toConcertView = ({ held = 0, vip_held: vipHeld = 0, ...row }: ConcertRow): ConcertView => ({
  concertId: row.concert_id,
  name: row.name,
  capacity: row.capacity,
  sold: row.sold,
  held,
  remaining: row.capacity - row.sold - held,
  vipSeats: row.vip_seats,
  vipRemaining: Math.max(0, row.vip_seats - row.vip_sold - vipHeld),
  ticketsPerCustomer: row.tickets_per_customer,
  salesOpenAt: iso(row.sales_open_at),
  salesCloseAt: iso(row.sales_close_at),
  startsAt: iso(row.starts_at),
  purchaseMode: row.purchase_mode,
  holdSeconds: row.hold_seconds ?? null,
  waitingList: row.waiting_list ?? false,
  offerSeconds: row.offer_seconds ?? null,
  scheduledAt: row.scheduled_at.toISOString(),
  status: row.status,
  revision: row.revision,
});

export const toTicketView = (row: TicketRow): TicketView => ({
  number: row.number,
  vip: row.seat !== null,
  seat: row.seat,
  customerId: row.customer_id,
  purchaseId: row.purchase_id,
  status: row.released_at === null ? 'live' : 'released',
  reservedAt: row.reserved_at.toISOString(),
  releasedAt: iso(row.released_at),
  revision: row.revision,
});

export const toPurchaseView = (row: PurchaseRow): PurchaseView => ({
  purchaseId: row.purchase_id,
  concertId: row.concert_id,
  customerId: row.customer_id,
  idempotencyKey: row.idempotency_key,
  quantity: row.ticket_numbers.length,
  tickets: row.ticket_numbers.map((number) => {
    const seat = row.seats[number] ?? null;
    return { number, vip: seat !== null, seat };
  }),
  status: row.cancelled_at === null ? 'live' : 'cancelled',
  arrivedAt: row.arrived_at.toISOString(),
  purchasedAt: row.purchased_at.toISOString(),
  cancelledAt: iso(row.cancelled_at),
  revision: row.revision,
});

export const toSecondView = ({ second, sold, released }: SalesPerSecondRow): SecondView => ({
  second: second.toISOString(),
  sold,
  released,
});
