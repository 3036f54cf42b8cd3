import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import { SaleModel } from './model.js';

/** A rule that a sale broke, as I1 to I9 of the README; `fresh` is about refusals, `live` about answers that never come. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

/** The model of the sale after these appends. */
export function modelOf(appends: readonly (readonly RecordedEvent[])[]): SaleModel {
  const model = new SaleModel();
  for (const events of appends) {
    for (const [i, event] of events.entries()) model.take(event, isFirstOfPurchase(events, i));
    model.endOfAppend(events.length, events.at(-1)?.revision ?? -1n);
  }
  return model;
}

/** Whether the event is the first of its purchase in its append. */
function isFirstOfPurchase(events: readonly RecordedEvent[], at: number): boolean {
  const purchaseOf = (i: number) => {
    const decoded = events[i]?.decoded;
    return decoded?.ok === true && 'purchaseId' in decoded.event.data ? decoded.event.data.purchaseId : null;
  };
  return purchaseOf(at) !== purchaseOf(at - 1);
}
