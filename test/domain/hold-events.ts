import { type Concert, fold } from '../../src/domain/concert.js';
import type { Decision } from '../../src/domain/decision.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import type {
  HoldEvent,
  HoldReleased,
  HoldsExpired,
  TicketsHeld,
  WaitingListJoined,
} from '../../src/domain/events/hold-events.js';
import { due } from '../../src/domain/holds/due.js';
import type { HoldTickets } from '../../src/domain/holds/hold-tickets.js';
import { offers } from '../../src/domain/holds/offers.js';
import { timeOfDecision } from '../../src/domain/holds/promised.js';
import { NOW } from '../support/scenario.js';
import { scheduled } from './concert-events.js';

/** Events and commands of holds, with everything that an example is not about filled in. A hold lasts ten minutes. */

export const holdSeconds = 600;

/** So many seconds after the moment at which examples begin. */
export const secondsOn = (seconds: number): string =>
  new Date(Date.parse(NOW) + seconds * 1_000).toISOString();

export const withHolds = (terms: Parameters<typeof scheduled>[0] = {}): ConcertEvent =>
  scheduled({ vipSeats: 0, holdSeconds, waitingList: true, offerSeconds: 60, ...terms });

export const holdBy = (customerId: string, more: Partial<HoldTickets> = {}): HoldTickets => ({
  holdId: `hold-of-${customerId}`,
  customerId,
  quantity: 1,
  idempotencyKey: `key-of-${customerId}`,
  arrivedAt: NOW,
  ...more,
});

const idsOf = (customerId: string) => ({ concertId: 'c1', holdId: `hold-of-${customerId}`, customerId });

export const held = (customerId: string, more: Partial<TicketsHeld['data']> = {}): HoldEvent => ({
  type: 'TicketsHeld',
  data: {
    ...idsOf(customerId),
    ...{ idempotencyKey: `key-of-${customerId}`, quantity: 1, seats: [], expiresAt: secondsOn(holdSeconds) },
    ...{ reason: 'request', arrivedAt: NOW, decidedAt: NOW },
    ...more,
  },
});

export const offered = (customerId: string, more: Partial<TicketsHeld['data']> = {}): HoldEvent =>
  held(customerId, { reason: 'offer', expiresAt: secondsOn(60), ...more });

export const extended = (customerId: string, expiresAt: string, decidedAt = NOW): HoldEvent => ({
  type: 'HoldExtended',
  data: { ...idsOf(customerId), expiresAt, decidedAt },
});

export const confirmed = (
  customerId: string,
  reference: string,
  more: { quantity?: number; decidedAt?: string; late?: boolean } = {},
): HoldEvent => ({
  type: more.late ? 'LateConfirmationAccepted' : 'HoldConfirmed',
  data: {
    ...{ ...idsOf(customerId), quantity: more.quantity ?? 1, reference },
    ...{ arrivedAt: more.decidedAt ?? NOW, decidedAt: more.decidedAt ?? NOW },
  },
});

export const ended = (
  type: 'HoldReleased' | 'HoldsExpired',
  customerId: string,
  more: Partial<Pick<HoldReleased['data'], 'quantity' | 'seats' | 'decidedAt'>> = {},
): HoldEvent => {
  const { concertId, holdId } = idsOf(customerId);
  const rest = { quantity: 1, seats: [], decidedAt: NOW, ...more };
  return type === 'HoldReleased'
    ? { type, data: { concertId, holdId, customerId, ...rest } }
    : { type, data: { concertId, holdIds: [holdId], ...rest } };
};

/** Holds of one ticket each that expire together. */
export const expired = (
  customerIds: readonly string[],
  more: Partial<Pick<HoldsExpired['data'], 'quantity' | 'seats' | 'decidedAt'>> = {},
): HoldsExpired => {
  const holdIds = customerIds.map((customerId) => `hold-of-${customerId}`);
  const rest = { quantity: customerIds.length, seats: [], decidedAt: NOW, ...more };
  return { type: 'HoldsExpired', data: { concertId: 'c1', holdIds, ...rest } };
};

export const joined = (customerId: string, more: Partial<WaitingListJoined['data']> = {}): HoldEvent => ({
  type: 'WaitingListJoined',
  data: {
    ...{ ...idsOf(customerId), idempotencyKey: `key-of-${customerId}`, quantity: 1 },
    ...{ arrivedAt: NOW, decidedAt: NOW, ...more },
  },
});

export const left = (customerId: string, reason: 'request' | 'limit-reached' = 'request'): HoldEvent => ({
  type: 'WaitingListLeft',
  data: { ...idsOf(customerId), reason, decidedAt: NOW },
});

/** What one append decides of a command: first what is due, then the command, then the offers of what came back. */
export function inOneAppend<Result>(
  decide: (concert: Concert, now: string) => Decision<Result>,
  isConfirmedInTime?: (holdId: string) => boolean,
) {
  return (concert: Concert, clock: string): Decision<Result> => {
    const before = due(concert, clock, isConfirmedInTime);
    const now = timeOfDecision(before.concert, clock);
    const [result, events] = decide(before.concert, now);
    const after = offers(fold(before.concert, events), now);
    return [result, [...before.events, ...events, ...after.events]];
  };
}
