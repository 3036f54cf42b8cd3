import type { PurchaseCall } from './history-lines.js';
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
