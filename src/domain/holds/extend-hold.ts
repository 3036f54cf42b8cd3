import type { Concert } from '../concert.js';
import type { Decision } from '../decision.js';
import type { ConcertEvent } from '../events/events.js';
import { isHold, type Recalled } from '../state/recall.js';
import { claimOf, isInTime } from './claim.js';
import type { Hold } from './hold.js';
import { timeOfDecision } from './promised.js';

/** How often a hold can be extended. */
export const mostExtensions = 2;

export interface ExtendHold {
  readonly holdId: string;
  /** Decides whether the hold is still open, as for a confirmation. ISO 8601. */
  readonly arrivedAt: string;
}

export type ExtendRefusal =
  | { readonly reason: 'unknown-concert' }
  | { readonly reason: 'unknown-hold' }
  | { readonly reason: 'concert-cancelled' }
  /** It was confirmed or released, or has expired. */
  | { readonly reason: 'hold-not-open' }
  | { readonly reason: 'extension-limit'; readonly expiresAt: string };

export type ExtendResult =
  | { readonly kind: 'extended'; readonly hold: Hold }
  | { readonly kind: 'refused'; readonly refusal: ExtendRefusal };

/**
 * Decides an extension: the hold's time starts again. At most `mostExtensions` of them, and, whatever a clock says, never
 * beyond `mostExtensions + 1` hold times after the start. Every request is an extension of its own: a repeat extends again.
 */
export function extendHold(
  { holdId, arrivedAt }: ExtendHold,
  concert: Concert,
  clock: string,
  recalled?: Recalled,
): Decision<ExtendResult> {
  const refuse = (refusal: ExtendRefusal): Decision<ExtendResult> => [{ kind: 'refused', refusal }, []];
  const now = timeOfDecision(concert, clock);
  if (concert.status === 'unknown') return refuse({ reason: 'unknown-concert' });
  if (concert.status === 'cancelled') return refuse({ reason: 'concert-cancelled' });
  const found = claimOf(concert, holdId, recalled);
  if (found === undefined) return refuse({ reason: 'unknown-hold' });
  if (!isHold(found) || found.status !== 'open' || !isInTime(found, arrivedAt, now)) {
    return refuse({ reason: 'hold-not-open' });
  }
  const latest = extendedTo(found, concert, now);
  if (found.extensions >= mostExtensions || latest <= Date.parse(found.until)) {
    return refuse({ reason: 'extension-limit', expiresAt: found.until });
  }
  const expiresAt = new Date(latest).toISOString();
  const { concertId } = concert;
  const event: ConcertEvent = {
    type: 'HoldExtended',
    data: { concertId, holdId, customerId: found.customerId, expiresAt, decidedAt: now },
  };
  const lastRevision = concert.revision + 1n;
  const hold: Hold = { ...found, until: expiresAt, extensions: found.extensions + 1, lastRevision };
  return [{ kind: 'extended', hold }, [event]];
}

function extendedTo({ reason, since }: Hold, { holdSeconds, offerSeconds }: Concert, now: string): number {
  const ms = ((reason === 'offer' ? offerSeconds : holdSeconds) ?? 0) * 1_000;
  return Math.min(Date.parse(now) + ms, Date.parse(since) + (mostExtensions + 1) * ms);
}
