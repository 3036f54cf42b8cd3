import type { ConcertEvent, TicketReserved } from '../../domain/events/events.js';
import type { HoldsExpired, OneHoldEvent } from '../../domain/events/hold-events.js';

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

/** All events except those of a sale, which share one sentence, and those that may need several. */
export type Other = Exclude<ConcertEvent, { type: 'TicketReserved' | 'VipAssigned' | 'HoldsExpired' }>;

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
    case 'HoldTermsChanged': {
      const { holdSeconds, waitingList, offerSeconds } = event.data;
      const holds = holdSeconds === null ? 'are no longer held on request' : `are held for ${holdSeconds} s`;
      const list = waitingList
        ? `there is a waiting list (offers: ${offerSeconds} s)`
        : 'there is no waiting list';
      return `From here on tickets ${holds}, and ${list}.`;
    }
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
    default:
      return holdSentence(event);
  }
}

/** Holds that expired, for the story of the concert. */
export const expiriesSentence = ({ holdIds, quantity }: HoldsExpired['data']): string =>
  `${holdIds.length} holds expired: ${counted(quantity)} came back.`;

export const expirySentence = (holdId: string, hold: { customerId: string; quantity: number }): string =>
  `${hold.customerId}'s hold ${holdId} expired: ${counted(hold.quantity)} came back.`;

function holdSentence({ type, data }: OneHoldEvent): string {
  const ofCustomer = `${data.customerId}'s hold ${data.holdId}`;
  switch (type) {
    case 'TicketsHeld': {
      const seats = data.seats.length === 0 ? '' : ` with ${listOf(data.seats)}`;
      const how = `${data.quantity === 1 ? 'was' : 'were'} ${data.reason === 'offer' ? 'offered to' : 'held for'}`;
      return `${counted(data.quantity)}${seats} ${how} ${data.customerId} until ${data.expiresAt}, hold ${data.holdId}.`;
    }
    case 'HoldExtended':
      return `${ofCustomer} was extended to ${data.expiresAt}.`;
    case 'HoldConfirmed':
      return `${ofCustomer} was confirmed (reference ${data.reference}).`;
    case 'LateConfirmationAccepted':
      return `${ofCustomer} had expired and was confirmed late, while there were tickets (reference ${data.reference}).`;
    case 'HoldReleased':
      return `${ofCustomer} was released: ${counted(data.quantity)} came back.`;
    case 'WaitingListJoined':
      return `${data.customerId} joined the waiting list for ${counted(data.quantity)}, place ${data.holdId}.`;
    case 'WaitingListLeft':
      return data.reason === 'request'
        ? `${data.customerId} left the waiting list, place ${data.holdId}.`
        : `${data.customerId} lost place ${data.holdId} in the waiting list: an offer would have gone over the limit.`;
  }
}

const counted = (tickets: number): string => `${tickets} ${tickets === 1 ? 'ticket' : 'tickets'}`;

const ticketsWord = (names: readonly string[]): string =>
  `${names.length === 1 ? 'ticket' : 'tickets'} ${listOf(names)}`;

const listOf = (items: readonly string[]): string =>
  items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
