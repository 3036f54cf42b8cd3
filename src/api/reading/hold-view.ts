import type { Concert, Purchase } from '../../domain/concert.js';
import { mostExtensions } from '../../domain/holds/extend-hold.js';
import type { Hold } from '../../domain/holds/hold.js';
import { isPurchase, type Recalled } from '../../domain/state/recall.js';
import { ticketView } from './views.js';

/** Views of holds and of places in the waiting list, made from the folded state. */

const claimOf = (concertId: string, { holdId, customerId, quantity, lastRevision }: Hold) => ({
  ...{ holdId, concertId, customerId, quantity },
  revision: String(lastRevision),
});

export const openHold = (concertId: string, hold: Hold) => ({
  ...claimOf(concertId, hold),
  status: 'open' as const,
  reason: hold.reason,
  seats: hold.seats,
  since: hold.since,
  expiresAt: hold.until,
  extensionsLeft: mostExtensions - hold.extensions,
});

export const endedHold = (concertId: string, hold: Hold) => ({
  ...claimOf(concertId, hold),
  status: hold.status === 'released' || hold.status === 'left' ? hold.status : ('expired' as const),
  reason: hold.reason,
  endedAt: hold.until,
});

export const waitingPlace = ({ concertId, holds }: Concert, hold: Hold) => ({
  ...claimOf(concertId, hold),
  status: 'waiting' as const,
  since: hold.since,
  position: holds.countBefore(hold) + 1,
});

export const confirmedHold = (concertId: string, purchase: Purchase) => ({
  ...{ holdId: purchase.purchaseId, concertId, customerId: purchase.customerId },
  quantity: purchase.tickets.length,
  status: 'confirmed' as const,
  reference: purchase.reference ?? '',
  tickets: purchase.tickets.map(ticketView),
  revision: String(purchase.revision),
});

/** What has become of a hold or of a place in the waiting list. */
export function holdView(concert: Concert, found: Recalled) {
  const { concertId } = concert;
  if (isPurchase(found)) return confirmedHold(concertId, found);
  if (found.status === 'open') return openHold(concertId, found);
  return found.status === 'waiting' ? waitingPlace(concert, found) : endedHold(concertId, found);
}
