import { claimIdsOf } from '../events/events.js';
import {
  type HoldConfirmed,
  type HoldEvent,
  type HoldExtended,
  type HoldReturn,
  isReturn,
  returnedAs,
  type TicketsHeld,
  type WaitingListJoined,
  type WaitingListLeft,
} from '../events/hold-events.js';
import type { Concert } from '../state/concert-state.js';
import { withChanges, withTickets } from '../state/customer-tickets.js';
import { withEnded } from '../state/forget-ended.js';
import { liveTickets } from '../state/live-tickets.js';
import type { Purchase } from '../state/purchase-state.js';
import { freeSeats, takeSeats } from '../tickets/seats.js';
import { endedAs, type Hold, openHold, ticketsHeldBy, waitingHold } from './hold.js';

/** The fold of the events of holds and of the waiting list. The revision is that of the event. */
export function evolveHolds(concert: Concert, event: HoldEvent): Concert {
  if (isReturn(event)) return returned(concert, event);
  switch (event.type) {
    case 'TicketsHeld':
      return ticketsHeld(concert, event.data);
    case 'HoldExtended':
      return extended(concert, event.data);
    case 'HoldConfirmed':
    case 'LateConfirmationAccepted':
      return confirmed(concert, event.data);
    case 'WaitingListJoined':
      return joined(concert, event.data);
    case 'WaitingListLeft':
      return left(concert, event.data);
  }
}

function ticketsHeld(concert: Concert, data: TicketsHeld['data']): Concert {
  const { holdId, customerId, seats } = data;
  const before = concert.holds.get(holdId);
  const isNew = before === undefined ? !concert.purchases.has(holdId) : before.status === 'waiting';
  const hold = openHold(data, concert.revision);
  const isSameCustomer = before === undefined || before.customerId === customerId;
  const sharedPurchases = concert.sharedPurchases || !isNew || !isSameCustomer;
  const free = before?.status === 'open' ? { ...concert, ...freeSeats(concert, before.seats) } : concert;
  return withHold({ ...free, ...takeSeats(free, seats), sharedPurchases }, hold, before);
}

function extended(concert: Concert, { holdId, expiresAt: until }: HoldExtended['data']): Concert {
  const hold = concert.holds.get(holdId);
  if (hold?.status !== 'open') return concert;
  const extensions = hold.extensions + 1;
  return withHold(concert, { ...hold, until, extensions, lastRevision: concert.revision }, hold);
}

/** The hold, open or expired, becomes a purchase whose tickets follow. Its seats stay taken for them. */
function confirmed(concert: Concert, { holdId, customerId, reference }: HoldConfirmed['data']): Concert {
  const { revision, purchases } = concert;
  const hold = concert.holds.get(holdId);
  const without = hold === undefined ? concert : withoutHold(concert, hold);
  const purchase: Purchase = {
    purchaseId: holdId,
    customerId,
    idempotencyKey: hold?.idempotencyKey ?? '',
    tickets: liveTickets(purchases.get(holdId)),
    reference,
    status: 'live',
    revision,
    lastRevision: revision,
  };
  return {
    ...without,
    sharedPurchases: concert.sharedPurchases || purchases.has(holdId),
    purchases: purchases.set(holdId, purchase),
    forgotten: concert.forgotten.revived(holdId),
  };
}

function left(concert: Concert, { holdId, decidedAt: until }: WaitingListLeft['data']): Concert {
  const hold = concert.holds.get(holdId);
  if (hold?.status !== 'waiting') return concert;
  const over = endedAs('left', hold, { until, lastRevision: concert.revision });
  return withEnded(withHold(concert, over, hold), [holdId]);
}

/**
 * Ends the named holds that are open, at once: one by one, a crowd of them would take several times as long. A crowd is forgotten
 * immediately.
 * @param open the open holds of those that the event names, each once
 */
export function returned(
  concert: Concert,
  event: HoldReturn,
  open = openOf(concert, claimIdsOf(event)),
): Concert {
  const { holds, forgotten, revision } = concert;
  const fewer = new Map<string, number>();
  for (const { customerId, quantity } of open) {
    fewer.set(customerId, (fewer.get(customerId) ?? 0) - quantity);
  }
  const seats = open.flatMap((hold) => hold.seats);
  const over = { ...concert, ...freeSeats(concert, seats), holdings: withChanges(concert.holdings, fewer) };
  if (!concert.sharedPurchases && forgotten.isCrowd(open.length, revision)) {
    const crowd = open.map(({ holdId: id, revision: began }) => ({
      id,
      began,
      ended: revision,
      isHold: true,
    }));
    return { ...over, holds: holds.ended(open, null), forgotten: forgotten.withCrowd(crowd, revision) };
  }
  const kept = { status: returnedAs(event), until: event.data.decidedAt, lastRevision: revision };
  return withEnded(
    { ...over, holds: holds.ended(open, kept) },
    open.map(({ holdId }) => holdId),
  );
}

/** The open holds of these, each once. */
function openOf({ holds }: Concert, holdIds: readonly string[]): readonly Hold[] {
  const open = new Map<string, Hold>();
  for (const holdId of holdIds) {
    const hold = holds.get(holdId);
    if (hold?.status === 'open') open.set(holdId, hold);
  }
  return [...open.values()];
}

function joined(concert: Concert, data: WaitingListJoined['data']): Concert {
  const { holdId } = data;
  const before = concert.holds.get(holdId);
  if (before?.status === 'open') return { ...concert, sharedPurchases: true };
  const isNew = before === undefined && !concert.purchases.has(holdId);
  const hold = waitingHold(data, concert.revision);
  return withHold({ ...concert, sharedPurchases: concert.sharedPurchases || !isNew }, hold, before);
}

/** @param before the hold with its id, if there is one */
function withHold(concert: Concert, hold: Hold, before: Hold | undefined): Concert {
  const without = before === undefined ? concert.holdings : holdingsWithout(concert, before);
  const holdings = withTicketsOf(without, hold, 1);
  return { ...concert, holds: concert.holds.set(hold, before), holdings };
}

const withoutHold = (concert: Concert, hold: Hold): Concert => ({
  ...concert,
  holds: concert.holds.delete(hold),
  holdings: holdingsWithout(concert, hold),
});

const holdingsWithout = ({ holdings }: Concert, hold: Hold): Concert['holdings'] =>
  withTicketsOf(holdings, hold, -1);

function withTicketsOf(holdings: Concert['holdings'], hold: Hold, sign: 1 | -1): Concert['holdings'] {
  const tickets = ticketsHeldBy(hold);
  return tickets === 0 ? holdings : withTickets(holdings, hold.customerId, sign * tickets);
}
