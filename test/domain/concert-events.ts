import type { ConcertEvent, ConcertScheduled } from '../../src/domain/events/events.js';
import type { PurchaseTickets } from '../../src/domain/purchase.js';
import { NOW } from '../support/scenario.js';

/** Events and commands for examples, with everything that an example is not about filled in. */

export const scheduled = (terms: Partial<ConcertScheduled['data']> = {}): ConcertEvent => ({
  type: 'ConcertScheduled',
  data: {
    concertId: 'c1',
    name: 'The Example',
    capacity: 3,
    vipSeats: 1,
    ticketsPerCustomer: 1,
    salesOpenAt: null,
    salesCloseAt: null,
    startsAt: null,
    purchaseMode: null,
    scheduledAt: NOW,
    ...terms,
  },
});

export const purchaseBy = (customerId: string, more: Partial<PurchaseTickets> = {}): PurchaseTickets => ({
  purchaseId: `purchase-of-${customerId}`,
  customerId,
  quantity: 1,
  idempotencyKey: `key-of-${customerId}`,
  arrivedAt: NOW,
  ...more,
});

export const reserved = (customerId: string, ticketNumber: number, more: object = {}): ConcertEvent => ({
  type: 'TicketReserved',
  data: {
    concertId: 'c1',
    purchaseId: `purchase-of-${customerId}`,
    customerId,
    ticketNumber,
    idempotencyKey: `key-of-${customerId}`,
    arrivedAt: NOW,
    decidedAt: NOW,
    ...more,
  },
});

export const vip = (customerId: string, ticketNumber: number, seat: string): ConcertEvent => ({
  type: 'VipAssigned',
  data: { concertId: 'c1', purchaseId: `purchase-of-${customerId}`, customerId, ticketNumber, seat },
});

export const cancelled = (
  customerId: string,
  ticketNumbers: readonly number[],
  seats: readonly string[] = [],
): ConcertEvent => ({
  type: 'PurchaseCancelled',
  data: {
    concertId: 'c1',
    purchaseId: `purchase-of-${customerId}`,
    customerId,
    ticketNumbers,
    seats,
    cancelledAt: NOW,
  },
});
