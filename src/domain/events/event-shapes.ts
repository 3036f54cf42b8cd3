import { purchaseModes } from '../purchase-mode.js';
import type { ConcertEvent, ConcertEventType } from './events.js';

type Check = (value: unknown) => boolean;
type Checks = readonly (readonly [field: string, fits: Check, what: string])[];
type Data<Type extends ConcertEventType> = Extract<ConcertEvent, { type: Type }>['data'];
type Fits = readonly [fits: Check, what: string];

/** The largest count and ticket number: read models store them in 32 bits. */
const largest = 2 ** 31 - 1;
const seatPattern = /^VIP-[1-9]\d{0,8}$/;
const queuePattern = /^\d{1,16}-\d{1,19}$/;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const isCount: Check = (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= largest;
const isNumber: Check = (value) => isCount(value) && value !== 0;
const isTime: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const isSeat: Check = (value) => typeof value === 'string' && seatPattern.test(value);

const text: Fits = [isText, 'a text'];
const count: Fits = [isCount, 'a whole number from 0'];
const number: Fits = [isNumber, 'a whole number from 1'];
const time: Fits = [isTime, 'a time'];
const timeOrNull: Fits = [(value) => value === null || isTime(value), 'a time or null'];
const mode: Fits = [
  (value) => value === null || purchaseModes.some((known) => known === value),
  'a purchase mode or null',
];
const queueId: Fits = [
  (value) => value === undefined || (typeof value === 'string' && queuePattern.test(value)),
  'a place in the queue',
];

const numberOrNone: Fits = [
  (value) => value === undefined || value === null || isNumber(value),
  'a whole number from 1 or null',
];
const flagOrNone: Fits = [(value) => value === undefined || typeof value === 'boolean', 'true or false'];
const seatList: Fits = [(value) => Array.isArray(value) && value.every(isSeat), 'a list of VIP seats'];
const oneOf = (...choices: readonly string[]): Fits => [
  (value) => choices.some((choice) => choice === value),
  `one of ${choices.join(', ')}`,
];

/** The compiler requires every field, and no other. */
const checksOf = <Type extends ConcertEventType>(fields: Record<keyof Data<Type>, Fits>): Checks =>
  Object.entries<Fits>(fields).map(([field, [fits, what]]) => [field, fits, what] as const);

/** What every event of a hold has. */
const ofHold = { concertId: text, holdId: text, customerId: text, decidedAt: time };

const shapes: Readonly<Record<ConcertEventType, Checks>> = {
  ConcertScheduled: checksOf<'ConcertScheduled'>({
    concertId: text,
    name: [(value) => typeof value === 'string', 'a text'],
    capacity: count,
    vipSeats: count,
    ticketsPerCustomer: number,
    salesOpenAt: timeOrNull,
    salesCloseAt: timeOrNull,
    startsAt: timeOrNull,
    purchaseMode: mode,
    holdSeconds: numberOrNone,
    waitingList: flagOrNone,
    offerSeconds: numberOrNone,
    scheduledAt: time,
  }),
  CapacityChanged: checksOf<'CapacityChanged'>({
    concertId: text,
    capacity: count,
    previousCapacity: count,
    changedAt: time,
  }),
  HoldTermsChanged: checksOf<'HoldTermsChanged'>({
    concertId: text,
    holdSeconds: [(value) => value === null || isNumber(value), 'a whole number from 1 or null'],
    waitingList: [(value) => typeof value === 'boolean', 'true or false'],
    offerSeconds: [(value) => value === null || isNumber(value), 'a whole number from 1 or null'],
    changedAt: time,
  }),
  TicketReserved: checksOf<'TicketReserved'>({
    concertId: text,
    purchaseId: text,
    customerId: text,
    ticketNumber: number,
    idempotencyKey: text,
    arrivedAt: time,
    queueId,
    decidedAt: time,
  }),
  VipAssigned: checksOf<'VipAssigned'>({
    concertId: text,
    purchaseId: text,
    customerId: text,
    ticketNumber: number,
    seat: [isSeat, 'a VIP seat'],
  }),
  PurchaseCancelled: checksOf<'PurchaseCancelled'>({
    concertId: text,
    purchaseId: text,
    customerId: text,
    ticketNumbers: [(value) => Array.isArray(value) && value.every(isNumber), 'a list of ticket numbers'],
    seats: seatList,
    cancelledAt: time,
  }),
  SalesClosed: checksOf<'SalesClosed'>({ concertId: text, closedAt: time }),
  ConcertCancelled: checksOf<'ConcertCancelled'>({ concertId: text, cancelledAt: time }),
  TicketsHeld: checksOf<'TicketsHeld'>({
    ...ofHold,
    idempotencyKey: text,
    quantity: number,
    seats: seatList,
    expiresAt: time,
    reason: oneOf('request', 'offer'),
    arrivedAt: time,
  }),
  HoldExtended: checksOf<'HoldExtended'>({ ...ofHold, expiresAt: time }),
  HoldConfirmed: checksOf<'HoldConfirmed'>({ ...ofHold, quantity: number, reference: text, arrivedAt: time }),
  LateConfirmationAccepted: checksOf<'LateConfirmationAccepted'>({
    ...ofHold,
    quantity: number,
    reference: text,
    arrivedAt: time,
  }),
  HoldReleased: checksOf<'HoldReleased'>({ ...ofHold, quantity: number, seats: seatList }),
  HoldsExpired: checksOf<'HoldsExpired'>({
    ...{ concertId: text, quantity: number, seats: seatList, decidedAt: time },
    holdIds: [(value) => Array.isArray(value) && value.length > 0 && value.every(isText), 'a list of ids'],
  }),
  WaitingListJoined: checksOf<'WaitingListJoined'>({
    ...ofHold,
    idempotencyKey: text,
    quantity: number,
    arrivedAt: time,
  }),
  WaitingListLeft: checksOf<'WaitingListLeft'>({ ...ofHold, reason: oneOf('request', 'limit-reached') }),
};

/** The types of events that this version knows. */
export const isKnownType = (type: string): type is ConcertEventType => Object.hasOwn(shapes, type);

/**
 * The first problem with data as an event of this type, in the current shape; null when they fit. Unknown fields are allowed:
 * a later version may add optional ones.
 */
export function problemOfShape(
  type: ConcertEventType,
  data: Readonly<Record<string, unknown>>,
): string | null {
  for (const [field, fits, what] of shapes[type]) {
    if (!fits(data[field])) return `${type} has a ${field} that is not ${what}`;
  }
  return null;
}
