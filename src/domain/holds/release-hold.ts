import type { Concert } from '../concert.js';
import type { Decision } from '../decision.js';
import type { HoldReleased } from '../events/hold-events.js';
import { isPurchase, type Recalled } from '../state/recall.js';
import { claimOf } from './claim.js';
import { endedAs, type Hold } from './hold.js';
import { timeOfDecision } from './promised.js';

export type ReleaseRefusal =
  | { readonly reason: 'unknown-concert' }
  | { readonly reason: 'unknown-hold' }
  | { readonly reason: 'concert-cancelled' }
  /** It was confirmed before: cancel the purchase instead. */
  | { readonly reason: 'hold-confirmed'; readonly purchaseId: string };

export type ReleaseResult =
  /** Its tickets are not held any more. `hold` has how it ended: it may have expired before. */
  | { readonly kind: 'ended'; readonly hold: Hold; readonly replayed: boolean }
  | { readonly kind: 'refused'; readonly refusal: ReleaseRefusal };

/** Decides the release of a hold by its customer. */
export function releaseHold(
  holdId: string,
  concert: Concert,
  clock: string,
  recalled?: Recalled,
): Decision<ReleaseResult> {
  const refuse = (refusal: ReleaseRefusal): Decision<ReleaseResult> => [{ kind: 'refused', refusal }, []];
  const now = timeOfDecision(concert, clock);
  if (concert.status === 'unknown') return refuse({ reason: 'unknown-concert' });
  const found = claimOf(concert, holdId, recalled);
  if (isPurchase(found)) {
    const wasHeld = found.reference !== undefined;
    return refuse(wasHeld ? { reason: 'hold-confirmed', purchaseId: holdId } : { reason: 'unknown-hold' });
  }
  if (found === undefined || found.status === 'waiting' || found.status === 'left') {
    return refuse({ reason: 'unknown-hold' });
  }
  if (found.status !== 'open') return [{ kind: 'ended', hold: found, replayed: true }, []];
  if (concert.status === 'cancelled') return refuse({ reason: 'concert-cancelled' });
  const lastRevision = concert.revision + 1n;
  const hold = endedAs('released', found, { until: now, lastRevision });
  return [{ kind: 'ended', hold, replayed: false }, [holdReleased(concert, found, now)]];
}

const holdReleased = (
  { concertId }: Concert,
  { holdId, customerId, quantity, seats }: Hold,
  decidedAt: string,
): HoldReleased => ({
  type: 'HoldReleased',
  data: { concertId, holdId, customerId, quantity, seats, decidedAt },
});
