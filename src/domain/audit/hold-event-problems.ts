import type { ConcertScheduled, HoldTermsChanged } from '../events/events.js';
import type {
  HoldConfirmed,
  HoldEvent,
  HoldExtended,
  HoldsExpired,
  TicketsHeld,
} from '../events/hold-events.js';
import { purchaseIdOf } from '../ids.js';
import type { OpenHold } from './held-tickets.js';

/** The terms of holds, as the last event has them. */
export type HoldTerms = Pick<ConcertScheduled['data'], 'holdSeconds' | 'waitingList' | 'offerSeconds'>;

/** So many hold times after its beginning, an extended hold ends at the latest. */
const mostHoldTimes = 3;

/**
 * Why no decider would have written an event of a hold or of the waiting list, by the concert's terms and the hold. Whether the
 * hold can begin or end at all is judged by `HoldEnds`.
 * @param open those of the event's holds that are open before it
 */
export function holdProblem(
  event: HoldEvent,
  terms: HoldTerms,
  open: ReadonlyMap<string, OpenHold>,
): string | null {
  if (event.type === 'HoldsExpired') return expiryProblem(event.data, open);
  const hold = open.get(event.data.holdId);
  switch (event.type) {
    case 'TicketsHeld':
      return claimProblem(event.data) ?? termsProblem(event.data, terms);
    case 'WaitingListJoined':
      return claimProblem(event.data) ?? (terms.waitingList ? null : 'the concert has no waiting list');
    case 'HoldExtended':
      return hold === undefined ? null : extensionProblem(event.data, terms, hold);
    case 'HoldConfirmed':
      return hold === undefined ? null : confirmationProblem(event.data, hold);
    default:
      return null;
  }
}

function claimProblem({
  concertId,
  holdId,
  idempotencyKey,
  quantity,
}: Pick<TicketsHeld['data'], 'concertId' | 'holdId' | 'idempotencyKey' | 'quantity'>): string | null {
  if (holdId !== purchaseIdOf(concertId, idempotencyKey)) {
    return `hold ${holdId} is not the one of key ${idempotencyKey}`;
  }
  return quantity < 1 ? `hold ${holdId} is for ${quantity} tickets` : null;
}

const holdMs = (reason: OpenHold['reason'], { holdSeconds, offerSeconds }: HoldTerms): number | null => {
  const seconds = (reason === 'offer' ? offerSeconds : holdSeconds) ?? null;
  return seconds === null ? null : seconds * 1_000;
};

function termsProblem(data: TicketsHeld['data'], terms: HoldTerms): string | null {
  const { holdId, reason, quantity, seats, expiresAt, decidedAt } = data;
  const ms = holdMs(reason, terms);
  if (ms === null) return `hold ${holdId}: the concert has no holds by ${reason}`;
  if (seats.length > quantity) return `hold ${holdId} has more VIP seats than tickets`;
  if (Date.parse(expiresAt) === Date.parse(decidedAt) + ms) return null;
  return `hold ${holdId} of ${decidedAt} is open until ${expiresAt}, not for ${ms} ms`;
}

function extensionProblem(
  { holdId, expiresAt, decidedAt }: HoldExtended['data'],
  terms: HoldTerms,
  hold: OpenHold,
): string | null {
  const ms = holdMs(hold.reason, terms) ?? 0;
  const latest = Date.parse(hold.decidedAt) + mostHoldTimes * ms;
  if (Date.parse(expiresAt) <= Date.parse(hold.expiresAt)) return `hold ${holdId} is extended by nothing`;
  if (Date.parse(expiresAt) === Math.min(Date.parse(decidedAt) + ms, latest)) return null;
  return `hold ${holdId} is extended at ${decidedAt} to ${expiresAt}`;
}

function confirmationProblem(
  { holdId, arrivedAt, decidedAt }: HoldConfirmed['data'],
  { expiresAt }: OpenHold,
): string | null {
  const isInTime = [arrivedAt, decidedAt].some((time) => Date.parse(time) < Date.parse(expiresAt));
  return isInTime ? null : `hold ${holdId} expired at ${expiresAt} and is confirmed at ${decidedAt}`;
}

function expiryProblem(
  { holdIds, decidedAt }: HoldsExpired['data'],
  open: ReadonlyMap<string, OpenHold>,
): string | null {
  let before = Number.NEGATIVE_INFINITY;
  for (const holdId of holdIds) {
    const expiresAt = open.get(holdId)?.expiresAt;
    if (expiresAt === undefined) continue;
    const expiry = Date.parse(expiresAt);
    if (Date.parse(decidedAt) < expiry) {
      return `hold ${holdId} is open until ${expiresAt} and expired at ${decidedAt}`;
    }
    if (expiry < before) return `hold ${holdId} of ${expiresAt} expired after one with a later expiry`;
    before = expiry;
  }
  return null;
}

export function termsChangeProblem(data: HoldTermsChanged['data'], terms: HoldTerms): string | null {
  const { holdSeconds = null, waitingList = false, offerSeconds = null } = terms;
  if (data.waitingList && data.offerSeconds === null) return 'a waiting list without offers';
  const isSame =
    data.holdSeconds === holdSeconds &&
    data.waitingList === waitingList &&
    data.offerSeconds === offerSeconds;
  return isSame ? 'the terms of holds are changed to what they are' : null;
}
