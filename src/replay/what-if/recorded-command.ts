/** The commands of a sale, read back from its log. Refused requests are not in the log. */
export type RecordedCommand =
  | { readonly kind: 'purchase'; readonly purchase: RecordedPurchase; readonly at: string }
  | { readonly kind: 'cancel'; readonly purchaseId: string; readonly at: string }
  | { readonly kind: 'capacity'; readonly capacity: number; readonly at: string }
  | { readonly kind: 'status'; readonly status: 'closed' | 'cancelled'; readonly at: string }
  | ({ readonly kind: 'terms'; readonly at: string } & RecordedTerms)
  | { readonly kind: 'hold' | 'join'; readonly claim: RecordedClaim; readonly at: string }
  /** The purchase is what the confirmation made of the hold. */
  | {
      readonly kind: 'confirm';
      readonly purchase: RecordedPurchase;
      readonly reference: string;
      readonly at: string;
    }
  | { readonly kind: 'extend' | 'release' | 'leave'; readonly holdId: string; readonly at: string }
  /** Not a command: the time at which holds expired. */
  | { readonly kind: 'expiry'; readonly at: string };

export interface RecordedTerms {
  readonly holdSeconds: number | null;
  readonly waitingList: boolean;
  readonly offerSeconds: number | null;
}

export interface RecordedPurchase {
  readonly purchaseId: string;
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly arrivedAt: string;
  readonly queueId?: string;
  /** The tickets that it got. */
  readonly tickets: readonly Got[];
}

/** A request to hold tickets, or to wait for them. */
export interface RecordedClaim {
  readonly holdId: string;
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly quantity: number;
  readonly arrivedAt: string;
}

export interface Got {
  readonly number: number;
  readonly seat: string | null;
}
