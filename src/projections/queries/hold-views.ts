import type { HoldRow, WaitingRow } from '../../postgres/tables.js';

/** The results of queries for holds and places in waiting lists. Times are ISO 8601 UTC. */

export interface HoldView {
  readonly holdId: string;
  readonly concertId: string;
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly quantity: number;
  readonly seats: readonly string[];
  readonly reason: HoldRow['reason'];
  readonly status: HoldRow['status'];
  readonly arrivedAt: string;
  readonly heldAt: string;
  readonly expiresAt: string;
  readonly extensions: number;
  readonly endedAt: string | null;
  readonly reference: string | null;
  /** Whether the confirmation came after the hold had expired. */
  readonly late: boolean;
  readonly revision: bigint;
}

export interface WaitingView {
  /** The id of the hold that the place is offered, if it is. */
  readonly holdId: string;
  readonly concertId: string;
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly quantity: number;
  readonly status: WaitingRow['status'];
  readonly arrivedAt: string;
  readonly joinedAt: string;
  readonly endedAt: string | null;
  readonly revision: bigint;
}

export const toHoldView = (row: HoldRow): HoldView => ({
  holdId: row.hold_id,
  concertId: row.concert_id,
  customerId: row.customer_id,
  idempotencyKey: row.idempotency_key,
  quantity: row.quantity,
  seats: row.seats,
  reason: row.reason,
  status: row.status,
  arrivedAt: row.arrived_at.toISOString(),
  heldAt: row.held_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  extensions: row.extensions,
  endedAt: row.ended_at?.toISOString() ?? null,
  reference: row.reference,
  late: row.late,
  revision: row.revision,
});

export const toWaitingView = (row: WaitingRow): WaitingView => ({
  holdId: row.hold_id,
  concertId: row.concert_id,
  customerId: row.customer_id,
  idempotencyKey: row.idempotency_key,
  quantity: row.quantity,
  status: row.status,
  arrivedAt: row.arrived_at.toISOString(),
  joinedAt: row.joined_at.toISOString(),
  endedAt: row.ended_at?.toISOString() ?? null,
  revision: row.revision,
});
