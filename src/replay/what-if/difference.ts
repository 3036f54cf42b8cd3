import type { ConfirmRefusal } from '../../domain/holds/confirm-hold.js';
import type { PurchaseRefusal } from '../../domain/purchase.js';
import type { Got, RecordedPurchase } from './recorded-command.js';

export type Would =
  | { readonly kind: 'got'; readonly tickets: readonly Got[] }
  | { readonly kind: 'refused'; readonly refusal: PurchaseRefusal | ConfirmRefusal };

/** The kind of a difference: the first that applies. */
export type Change = 'refused' | 'gains-vip' | 'loses-vip' | 'other-seat' | 'other-number';

export interface PurchaseDifference {
  readonly change: Change;
  readonly purchase: RecordedPurchase;
  readonly would: Would;
}

/** Returns null when there is no difference. Purchases are all or nothing, so the number of tickets is the same. */
export function changeOf(then: readonly Got[], now: readonly Got[]): Change | null {
  const seatsThen = seatsOf(then);
  const seatsNow = seatsOf(now);
  if (seatsNow.length > seatsThen.length) return 'gains-vip';
  if (seatsNow.length < seatsThen.length) return 'loses-vip';
  if (seatsNow.join() !== seatsThen.join()) return 'other-seat';
  return then.every(({ number }, i) => number === now[i]?.number) ? null : 'other-number';
}

const seatsOf = (tickets: readonly Got[]): readonly string[] =>
  tickets.flatMap(({ seat }) => (seat === null ? [] : [seat]));
