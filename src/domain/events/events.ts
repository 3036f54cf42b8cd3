import type { PurchaseMode } from '../purchase-mode.js';
import type { HoldEvent } from './hold-events.js';

/**
 * The events of a concert: facts in the past tense, in order in one stream per concert.
 * Times are ISO 8601 UTC strings. Those of holds and of the waiting list are in hold-events.ts. Money has no events yet.
 */

/** The concert was scheduled; always the first event of its stream. */
export interface ConcertScheduled {
  readonly type: 'ConcertScheduled';
  readonly data: {
    readonly concertId: string;
    readonly name: string;
    readonly capacity: number;
    readonly vipSeats: number;
    readonly ticketsPerCustomer: number;
    readonly salesOpenAt: string | null;
    readonly salesCloseAt: string | null;
    readonly startsAt: string | null;
    /** The purchase mode of this concert; null for the mode that each process is configured with. */
    readonly purchaseMode: PurchaseMode | null;
    /** How long tickets are held for a customer who asks for that; null or absent: they cannot be held. */
    readonly holdSeconds?: number | null;
    /** Whether customers can wait for tickets that come back. */
    readonly waitingList?: boolean;
    /** How long tickets are held for a customer who waited for them; null or absent: none are offered. */
    readonly offerSeconds?: number | null;
    readonly scheduledAt: string;
  };
}

export interface CapacityChanged {
  readonly type: 'CapacityChanged';
  readonly data: {
    readonly concertId: string;
    readonly capacity: number;
    readonly previousCapacity: number;
    readonly changedAt: string;
  };
}

/** The terms of holds and of the waiting list; open holds keep their expiry. */
export interface HoldTermsChanged {
  readonly type: 'HoldTermsChanged';
  readonly data: {
    readonly concertId: string;
    /** Null: no tickets are held on request from now on. */
    readonly holdSeconds: number | null;
    /** False: nobody joins any more; waiting customers are offered nothing until it is true again. */
    readonly waitingList: boolean;
    readonly offerSeconds: number | null;
    readonly changedAt: string;
  };
}

/** One ticket was sold. A purchase of n tickets is n of these in one append. */
export interface TicketReserved {
  readonly type: 'TicketReserved';
  readonly data: {
    readonly concertId: string;
    readonly purchaseId: string;
    readonly customerId: string;
    readonly ticketNumber: number;
    readonly idempotencyKey: string;
    /** When the request reached the service. */
    readonly arrivedAt: string;
    /** Id in the arrival queue, if there was one (mode `queue`); compared as queue ids. */
    readonly queueId?: string;
    readonly decidedAt: string;
  };
}

/** The ticket just reserved has a VIP seat; always in the same append as its TicketReserved, immediately after it. */
export interface VipAssigned {
  readonly type: 'VipAssigned';
  readonly data: {
    readonly concertId: string;
    readonly purchaseId: string;
    readonly customerId: string;
    readonly ticketNumber: number;
    readonly seat: string;
  };
}

/** All tickets of a purchase, and their VIP seats, went back on sale. */
export interface PurchaseCancelled {
  readonly type: 'PurchaseCancelled';
  readonly data: {
    readonly concertId: string;
    readonly purchaseId: string;
    readonly customerId: string;
    readonly ticketNumbers: readonly number[];
    readonly seats: readonly string[];
    readonly cancelledAt: string;
  };
}

export interface SalesClosed {
  readonly type: 'SalesClosed';
  readonly data: { readonly concertId: string; readonly closedAt: string };
}

export interface ConcertCancelled {
  readonly type: 'ConcertCancelled';
  readonly data: { readonly concertId: string; readonly cancelledAt: string };
}

export type ConcertEvent =
  | ConcertScheduled
  | CapacityChanged
  | HoldTermsChanged
  | SalesClosed
  | ConcertCancelled
  | TicketEvent;

/** The events of purchases and holds: all that they change of a concert is how many tickets are sold or held. */
export type TicketEvent = TicketReserved | VipAssigned | PurchaseCancelled | HoldEvent;

export type ConcertEventType = ConcertEvent['type'];

/** The purchases, holds and places in the waiting list that an event is about. */
export function claimIdsOf({ data }: ConcertEvent): readonly string[] {
  if ('purchaseId' in data) return [data.purchaseId];
  if ('holdId' in data) return [data.holdId];
  return 'holdIds' in data ? data.holdIds : [];
}

/**
 * How much work an event is for whoever reads it, compared with others: what is bounded by a number of events counts these, so that
 * an event of a thousand holds is as much as a thousand events.
 */
export const weightOf = (event: ConcertEvent): number => Math.max(1, claimIdsOf(event).length);

/** When an event was decided, by the clock of the process that did; null for one that says nothing of it. */
export function timeOf({ data }: ConcertEvent): string | null {
  if ('decidedAt' in data) return data.decidedAt;
  if ('cancelledAt' in data) return data.cancelledAt;
  if ('changedAt' in data) return data.changedAt;
  if ('closedAt' in data) return data.closedAt;
  return 'scheduledAt' in data ? data.scheduledAt : null;
}
