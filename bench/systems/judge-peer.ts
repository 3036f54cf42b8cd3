import { auditHistory } from '../../src/domain/audit/history-audit.js';
import type { TimedObservation } from '../load/protocol.js';
import type { PeerSale } from '../peers/storage.js';
import type { Verdict } from './defects.js';

/** Checks the observations against the sales that a peer has stored. Peers know neither VIP seats nor an order of arrival. */
export function judgePeer(
  capacity: number,
  sold: readonly PeerSale[],
  observations: readonly TimedObservation[],
): Verdict {
  const log = new Map(
    sold.map(({ key, purchaseId, ticketNumber }) => [key, { purchaseId, ticketNumbers: [ticketNumber] }]),
  );
  // I9 orders by revision, which peers do not have.
  const { lostAcknowledged, refusedButSold, unsettled } = auditHistory(observations, log);
  const oversold = Math.max(0, sold.length - capacity);
  const duplicateTickets = sold.length - new Set(sold.map(({ ticketNumber }) => ticketNumber)).size;
  const duplicateCustomers = sold.length - new Set(sold.map(({ customerId }) => customerId)).size;
  const counts = {
    oversold,
    duplicateTickets,
    duplicateCustomers,
    lostAcknowledged,
    soldButRefused: refusedButSold,
  };
  return {
    ...counts,
    vipErrors: null,
    unsettled,
    arrivalInversions: null,
    broken: Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [] : `${name}: ${count}`)),
    stored: sold.length,
    arrivalOrder: [],
  };
}
