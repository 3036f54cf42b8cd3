import type { PurchaseCall } from './history-lines.js';
import type { Held } from './hold-record.js';
import type { SaleRecord } from './sale-record.js';

type Refused = Extract<PurchaseCall['answer'], { kind: 'refused' }>;

/**
 * Whether a refusal was true of the log at some revision from `from` to `to`. `unknown`: its reason has to do with a clock, a hold or
 * something else that the log does not show.
 */
export function isTrue(
  { key, customerId, quantity }: Pick<PurchaseCall, 'key' | 'customerId' | 'quantity'>,
  { reason, remaining, held }: Refused,
  record: SaleRecord,
  from: number,
  to: number,
): 'true' | 'false' | 'unknown' {
  const verdict = (truth: boolean) => (truth ? 'true' : 'false');
  switch (reason) {
    case 'sold-out':
      return verdict(record.wasSoldOut(from, to));
    case 'not-enough-left':
      return remaining === undefined
        ? 'unknown'
        : verdict(remaining < quantity && record.wereLeft(remaining, from, to));
    case 'limit-reached':
      return held === undefined ? 'unknown' : verdict(record.held(customerId, held, from, to));
    case 'key-reused': {
      if (record.isHeldKey(key)) return 'unknown';
      const sold = record.soldByKey.get(key);
      const isOther = sold?.customerId !== customerId || sold.tickets.length !== quantity;
      return verdict(sold !== undefined && isOther && sold.first <= to);
    }
    case 'unknown-concert':
      return verdict(record.revision < 0);
    case 'sales-closed':
      return record.hadEnded(to) ? 'true' : 'unknown';
    case 'concert-cancelled':
      return verdict(record.hadEnded(to));
    default:
      return 'unknown';
  }
}

/**
 * Whether a refusal of a confirmation, an extension or the like is what the log says. Null for a reason that a log does not show.
 * @param isTold whether the hold must have been in the log by then
 */
export function isHoldRefusalTrue(
  reason: string,
  held: Held | undefined,
  isTold: boolean,
  reference: string | null,
): boolean | null {
  switch (reason) {
    case 'unknown-hold':
      // A place in the waiting list cannot be confirmed or released either.
      return held?.waited === true ? null : !isTold;
    case 'hold-lapsed':
      return held !== undefined && held.ended !== null && !held.wasReleased;
    case 'hold-released':
      return held?.wasReleased === true;
    case 'hold-confirmed':
      return held?.confirmed != null;
    case 'confirmed-with-another-reference':
      return held?.confirmed != null && held.confirmed.reference !== reference;
    default:
      return null;
  }
}
