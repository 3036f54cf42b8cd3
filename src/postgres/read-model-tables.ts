import type { HoldReason } from '../domain/events/hold-events.js';
import type { PurchaseMode } from '../domain/purchase-mode.js';

export type ProjectionName =
  | 'concerts'
  | 'tickets'
  | 'purchases'
  | 'sales-per-second'
  | 'stock'
  | 'holds'
  | 'waiting-list';

/** The rows of the read models, as Postgres holds them. 64-bit integers are read as bigint. */

export interface ConcertRow {
  concert_id: string;
  name: string;
  capacity: number;
  vip_seats: number;
  tickets_per_customer: number;
  sales_open_at: Date | null;
  sales_close_at: Date | null;
  starts_at: Date | null;
  purchase_mode: PurchaseMode | null;
  /** Terms and figures of holds are absent from a table of version 2, which is read until it is rebuilt. */
  hold_seconds: number | null | undefined;
  waiting_list: boolean | undefined;
  offer_seconds: number | null | undefined;
  scheduled_at: Date;
  status: 'scheduled' | 'closed' | 'cancelled';
  /** Tickets sold and not released. */
  sold: number;
  /** VIP seats given out and not released. */
  vip_sold: number;
  /** Tickets, and VIP seats, in open holds. */
  held: number | undefined;
  vip_held: number | undefined;
  /** Revision of the last event of the concert. */
  revision: bigint;
}

/** One for every TicketReserved. Its revision is the key: mode `unsafe` can sell a number twice. */
export interface TicketRow {
  concert_id: string;
  revision: bigint;
  number: number;
  seat: string | null;
  customer_id: string;
  purchase_id: string;
  reserved_at: Date;
  /** Null for a live ticket. */
  released_at: Date | null;
}

export interface PurchaseRow {
  concert_id: string;
  purchase_id: string;
  customer_id: string;
  idempotency_key: string;
  ticket_numbers: number[];
  /** Names of VIP seats by ticket number. */
  seats: Record<string, string>;
  arrived_at: Date;
  purchased_at: Date;
  cancelled_at: Date | null;
  /** Revision of the last event that sold a ticket of this purchase. */
  revision: bigint;
}

export interface SalesPerSecondRow {
  concert_id: string;
  /** The start of the second in which the sale was decided. */
  second: Date;
  sold: number;
  released: number;
}

/** The source of the Redis stock cache. */
export interface StockRow {
  concert_id: string;
  capacity: number;
  sold: number;
  /** Absent from a table of version 2. */
  held: number | undefined;
  revision: bigint;
}

/** One for every hold that was ever open. */
export interface HoldRow {
  concert_id: string;
  hold_id: string;
  customer_id: string;
  idempotency_key: string;
  quantity: number;
  /** Names of the VIP seats that are, or were, held. */
  seats: string[];
  reason: HoldReason;
  status: 'open' | 'confirmed' | 'released' | 'expired';
  arrived_at: Date;
  held_at: Date;
  expires_at: Date;
  extensions: number;
  /** Null for an open hold. */
  ended_at: Date | null;
  /** The caller's, of a confirmation. */
  reference: string | null;
  /** Whether the confirmation came after the hold had expired. */
  late: boolean;
  /** Revision of its last event. */
  revision: bigint;
}

/** One for every place that was ever taken in a waiting list. */
export interface WaitingRow {
  concert_id: string;
  /** The id of the hold that it is offered, if it is. */
  hold_id: string;
  customer_id: string;
  idempotency_key: string;
  quantity: number;
  /** `limit-reached`: an offer would have brought the customer over the limit. */
  status: 'waiting' | 'offered' | 'left' | 'limit-reached';
  arrived_at: Date;
  joined_at: Date;
  /** Fixes the order of the list. */
  joined_revision: bigint;
  /** Null while it waits. */
  ended_at: Date | null;
  revision: bigint;
}
