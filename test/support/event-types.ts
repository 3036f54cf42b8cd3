import type { ConcertEventType } from '../../src/domain/events/events.js';

const types: Readonly<Record<ConcertEventType, true>> = {
  ConcertScheduled: true,
  CapacityChanged: true,
  HoldTermsChanged: true,
  TicketReserved: true,
  VipAssigned: true,
  PurchaseCancelled: true,
  SalesClosed: true,
  ConcertCancelled: true,
  TicketsHeld: true,
  HoldExtended: true,
  HoldConfirmed: true,
  LateConfirmationAccepted: true,
  HoldReleased: true,
  HoldsExpired: true,
  WaitingListJoined: true,
  WaitingListLeft: true,
};

/** Every event type: the compiler asks for one that is missing, and the tests that use this ask for an example of it. */
export const everyEventType: ReadonlySet<string> = new Set(Object.keys(types));
