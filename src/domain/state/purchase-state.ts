export interface Ticket {
  readonly number: number;
  /** Name of the VIP seat, null for general admission. */
  readonly seat: string | null;
}

export interface Purchase {
  readonly purchaseId: string;
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly tickets: readonly Ticket[];
  /** The caller's reference of the confirmation; only of a purchase that was held before. */
  readonly reference?: string;
  readonly status: 'live' | 'cancelled';
  /** Stream revision of the last event that sold a ticket of this purchase. */
  readonly revision: bigint;
  /** Stream revision of the last event of this purchase. */
  readonly lastRevision: bigint;
}
