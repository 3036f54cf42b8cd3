import { hash } from 'node:crypto';
import { parse, v5 } from 'uuid';
import type { ConcertEvent } from './events.js';

/** The namespace of every id that onsale derives; itself derived, so that it can be checked. */
const ONSALE = Buffer.from(parse(v5('https://github.com/onsale', v5.URL)));

/** A UUID of version 5 (RFC 9562). The library makes the same one in five times the time, and each purchase takes two. */
function derive(name: string): string {
  const hex = hash('sha1', Buffer.concat([ONSALE, Buffer.from(name)]), 'hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

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
