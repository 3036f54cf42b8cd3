import type { ConcertEvent, TicketReserved } from '../../domain/events/events.js';

export interface Sold {
  readonly number: number;
  seat: string | null;
}

export function purchaseSentence(
  { customerId, purchaseId, arrivedAt, idempotencyKey }: TicketReserved['data'],
  tickets: readonly Sold[],
  isSoldOut: boolean,
): string {
  const names = tickets.map(({ number, seat }) => (seat === null ? `${number}` : `${number} (seat ${seat})`));
  const asked = `asked at ${arrivedAt}, key ${idempotencyKey}`;
  const end = isSoldOut ? '; that sold it out.' : '.';
  return `${customerId} bought ${ticketsWord(names)}, purchase ${purchaseId} (${asked})${end}`;
}

/** Every event but those of sales, which one sentence tells together. */
export type Other = Exclude<ConcertEvent, { type: 'TicketReserved' | 'VipAssigned' }>;

export function timeOf({ data }: Other): string {
  if ('scheduledAt' in data) return data.scheduledAt;
  if ('changedAt' in data) return data.changedAt;
  if ('closedAt' in data) return data.closedAt;
  return data.cancelledAt;
}

export function sentenceOf(event: Other): string {
  switch (event.type) {
    case 'ConcertScheduled': {
      const { name, capacity, vipSeats, ticketsPerCustomer, salesOpenAt, salesCloseAt } = event.data;
      const window =
        (salesOpenAt === null ? '' : `, on sale from ${salesOpenAt}`) +
        (salesCloseAt === null ? '' : `, until ${salesCloseAt}`);
      return `"${name}" was scheduled: ${capacity} tickets, ${vipSeats} of them with VIP seats, ${ticketsPerCustomer} per customer${window}.`;
    }
    case 'CapacityChanged':
      return `The capacity was changed from ${event.data.previousCapacity} to ${event.data.capacity}.`;
    case 'PurchaseCancelled': {
      const { customerId, ticketNumbers, seats, purchaseId } = event.data;
      const what = ticketsWord(ticketNumbers.map(String));
      const also = seats.length === 0 ? '' : `, and ${listOf(seats)}`;
      return `${customerId}'s purchase ${purchaseId} was cancelled: ${what}${also} went back on sale.`;
    }
    case 'SalesClosed':
      return 'Sales were closed.';
    case 'ConcertCancelled':
      return 'The concert was cancelled.';
  }
}

const ticketsWord = (names: readonly string[]): string =>
  `${names.length === 1 ? 'ticket' : 'tickets'} ${listOf(names)}`;

const listOf = (items: readonly string[]): string =>
  items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
