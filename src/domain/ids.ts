import { parse, v5 } from 'uuid';
import type { ConcertEvent } from './events.js';

/** The namespace of every id that onsale derives; itself derived, so that it can be checked. */
const ONSALE = parse(v5('https://github.com/onsale', v5.URL));

const utf8 = new TextEncoder();
/** The library would turn text into the same bytes, more slowly. */
const derive = (name: string): string => v5(utf8.encode(name), ONSALE);

/** The id of the purchase that `idempotencyKey` names at a concert: the same for every repeat of the request. */
export const purchaseIdOf = (concertId: string, idempotencyKey: string): string =>
  derive(`purchase/${concertId}/${idempotencyKey}`);

/** The id of the concert that `idempotencyKey` schedules. */
export const concertIdOf = (idempotencyKey: string): string => derive(`concert/${idempotencyKey}`);

/**
 * Ids for the events of one decision. Events of a purchase get an id from the purchase and their part in it, so that
 * the same decision taken twice, by any process, is the same write twice, which the event store takes for one. Other
 * events get theirs from `commandId`, one for each time a caller asks.
 */
export function eventIdOf(event: ConcertEvent, commandId: string): string {
  switch (event.type) {
    case 'TicketReserved':
    case 'VipAssigned':
      return derive(`${event.type}/${event.data.purchaseId}/${event.data.ticketNumber}`);
    case 'PurchaseCancelled':
      return derive(`${event.type}/${event.data.purchaseId}`);
    default:
      return derive(`${event.type}/${commandId}`);
  }
}
