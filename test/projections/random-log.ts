import fc from 'fast-check';
import { type Concert, emptyConcert, fold } from '../../src/domain/concert.js';
import { cancelPurchase, changeConcert, scheduleConcert } from '../../src/domain/concert-commands.js';
import type { Decision } from '../../src/domain/decision.js';
import type { ConcertEvent } from '../../src/domain/events/events.js';
import { confirmHold } from '../../src/domain/holds/confirm-hold.js';
import { extendHold } from '../../src/domain/holds/extend-hold.js';
import { holdTickets } from '../../src/domain/holds/hold-tickets.js';
import { releaseHold } from '../../src/domain/holds/release-hold.js';
import { joinWaitingList, leaveWaitingList } from '../../src/domain/holds/waiting-list.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import { purchaseTickets } from '../../src/domain/purchase.js';
import type { LoggedEvent } from '../../src/projections/apply/batching.js';
import { inOneAppend } from '../domain/hold-events.js';
import { concertTerms } from '../support/services.js';

type Command =
  | { readonly kind: 'purchase'; readonly customer: number; readonly quantity: number; readonly key: number }
  | { readonly kind: 'cancel'; readonly key: number }
  | ({
      readonly kind: 'cancel-unasked' | 'release-unasked' | 'expire-unasked';
      readonly key: number;
    } & Stated)
  | {
      readonly kind: 'hold' | 'join';
      readonly customer: number;
      readonly quantity: number;
      readonly key: number;
    }
  | { readonly kind: 'confirm' | 'extend' | 'release' | 'leave'; readonly key: number }
  | { readonly kind: 'capacity'; readonly capacity: number }
  | { readonly kind: 'terms'; readonly holdSeconds: number | null; readonly waitingList: boolean }
  | { readonly kind: 'close' }
  | { readonly kind: 'call-off' };

/** The content of a cancellation, or of the end of a hold, that no decider has made: right or wrong. */
interface Stated {
  readonly ticketNumbers: readonly number[];
  readonly seats: readonly string[];
}

export type Step = Command & {
  readonly concert: number;
  /** How many events the decider's state is behind; more than 0 only happens in mode `unsafe`. */
  readonly lag: number;
  readonly afterMs: number;
};

const small = (max: number) => fc.integer({ min: 0, max });

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('purchase' as const),
      customer: small(5),
      quantity: fc.integer({ min: 1, max: 3 }),
      key: small(5),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('cancel' as const), key: small(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('capacity' as const),
      capacity: fc.integer({ min: 3, max: 15 }),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'close' as const }, { kind: 'call-off' as const }) },
);

const ofHold: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('hold' as const, 'join' as const, 'join' as const),
      customer: small(5),
      quantity: fc.integer({ min: 1, max: 3 }),
      key: small(5),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('terms' as const),
      holdSeconds: fc.constantFrom(null, 6, 9),
      waitingList: fc.boolean(),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'confirm' as const,
        'confirm' as const,
        'extend' as const,
        'release' as const,
        'leave' as const,
        'leave' as const,
      ),
      key: small(5),
    }),
  },
);

/** Cancellations, and ends of holds, of what was made, has ended or never was, with random tickets and seats. */
const unasked: fc.Arbitrary<Command> = fc.record({
  kind: fc.constantFrom('cancel-unasked' as const, 'release-unasked' as const, 'expire-unasked' as const),
  key: small(8),
  ticketNumbers: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
  seats: fc.array(fc.constantFrom('VIP-1', 'VIP-2', 'VIP-9'), { maxLength: 2 }),
});

const stepsOf = (longestLag: number, command: fc.Arbitrary<Command>): fc.Arbitrary<Step[]> =>
  fc.array(
    fc
      .tuple(command, fc.record({ concert: small(2), lag: small(longestLag), afterMs: small(900) }))
      .map(([what, more]) => ({ ...what, ...more })),
    { maxLength: 60, size: 'max' },
  );

/**
 * Commands to up to three concerts. `longestLag` 0: every decision is made on the newest state.
 * @param others events that no decider writes, in between
 */
export const steps = (longestLag: number, others: 'unasked returns' | null = null): fc.Arbitrary<Step[]> =>
  stepsOf(
    longestLag,
    fc.oneof(
      { weight: 12, arbitrary: command },
      { weight: 16, arbitrary: ofHold },
      { weight: others === null ? 0 : 4, arbitrary: unasked },
    ),
  );

export interface RandomLog {
  readonly events: readonly LoggedEvent[];
  readonly concerts: ReadonlyMap<string, Concert>;
}

/** The log that the real deciders write for the commands, with gaps between positions. */
export function toLog(commands: readonly Step[]): RandomLog {
  const events: LoggedEvent[] = [];
  const histories = new Map<string, Concert[]>();
  let now = Date.parse('2026-03-01T10:00:00.000Z');
  const append = (concertId: string, added: readonly ConcertEvent[]) => {
    const history = histories.get(concertId) ?? [emptyConcert(concertId)];
    let concert = history.at(-1) ?? emptyConcert(concertId);
    for (const event of added) {
      concert = fold(concert, [event]);
      events.push(logged(concertId, concert.revision, event, BigInt(events.length + 1) * 7n, new Date(now)));
    }
    if (added.length > 0) histories.set(concertId, [...history, concert]);
  };
  for (const step of commands) {
    now += step.afterMs;
    const at = new Date(now).toISOString();
    const concertId = `concert-${step.concert}`;
    if (!histories.has(concertId)) {
      const terms = concertTerms(concertId, {
        ...{ capacity: 6, vipSeats: 3, ticketsPerCustomer: 4 },
        ...{ holdSeconds: 6, waitingList: true, offerSeconds: 2 },
      });
      append(concertId, scheduleConcert(terms, emptyConcert(concertId), at)[1]);
    }
    const seen = histories.get(concertId) ?? [];
    const state = seen[Math.max(1, seen.length - 1 - step.lag)];
    if (state === undefined) continue;
    const newest = seen.at(-1) ?? state;
    if (isOfHold(step)) append(concertId, inOneAppend(decideHold(step, at))(newest, at)[1]);
    else if (step.lag > 0) append(concertId, decide(step, state, at));
    else {
      const whole = inOneAppend((concert, now) => [null, decide(step, concert, now)] as const);
      append(concertId, whole(newest, at)[1]);
    }
  }
  return {
    events,
    concerts: new Map([...histories].map(([id, all]) => [id, all.at(-1) ?? emptyConcert(id)])),
  };
}

type HoldStep = Extract<Step, { kind: 'hold' | 'join' | 'confirm' | 'extend' | 'release' | 'leave' }>;

const isOfHold = (step: Step): step is HoldStep =>
  ['hold', 'join', 'confirm', 'extend', 'release', 'leave'].includes(step.kind);

/** For most keys the id of a hold or place that goes on, if any does: a key alone is rarely that of one. */
function claimOf({ concertId, holds }: Concert, key: number): string {
  const goingOn = [...holds.expiries, ...holds.waitingList];
  const picked = key < 4 ? goingOn[key % goingOn.length] : undefined;
  return picked?.id ?? purchaseIdOf(concertId, `key-${key}`);
}

/** Holds are decided on the newest state in every mode. */
function decideHold(step: HoldStep, arrivedAt: string) {
  return (concert: Concert, now: string): Decision<unknown> => {
    const holdId = claimOf(concert, step.key);
    switch (step.kind) {
      case 'hold':
      case 'join': {
        const { customer, quantity } = step;
        const idempotencyKey = `key-${step.key}`;
        const holdId = purchaseIdOf(concert.concertId, idempotencyKey);
        const request = { holdId, customerId: `customer-${customer}`, quantity, idempotencyKey, arrivedAt };
        return step.kind === 'hold'
          ? holdTickets(request, concert, now)
          : joinWaitingList(request, concert, now);
      }
      case 'confirm':
        return confirmHold({ holdId, reference: `payment-${step.key}`, arrivedAt }, concert, now);
      case 'extend':
        return extendHold({ holdId, arrivedAt }, concert, now);
      case 'release':
        return releaseHold(holdId, concert, now);
      case 'leave':
        return leaveWaitingList(holdId, concert, now);
    }
  };
}

function decide(step: Exclude<Step, HoldStep>, concert: Concert, now: string): readonly ConcertEvent[] {
  const { concertId } = concert;
  switch (step.kind) {
    case 'purchase': {
      const idempotencyKey = `key-${step.key}`;
      const customerId = `customer-${step.customer}`;
      const purchaseId = purchaseIdOf(concertId, idempotencyKey);
      const { quantity } = step;
      return purchaseTickets(
        { purchaseId, customerId, quantity, idempotencyKey, arrivedAt: now },
        concert,
        now,
      )[1];
    }
    case 'cancel':
      return cancelPurchase(purchaseIdOf(concertId, `key-${step.key}`), concert, now)[1];
    case 'cancel-unasked': {
      const { ticketNumbers, seats } = step;
      const purchaseId = purchaseIdOf(concertId, `key-${step.key}`);
      const data = { concertId, purchaseId, customerId: 'nobody', ticketNumbers, seats, cancelledAt: now };
      return [{ type: 'PurchaseCancelled', data }];
    }
    case 'release-unasked':
    case 'expire-unasked': {
      const holdId = purchaseIdOf(concertId, `key-${step.key}`);
      const { ticketNumbers, seats } = step;
      const rest = { concertId, quantity: ticketNumbers.length, seats, decidedAt: now };
      if (step.kind === 'release-unasked') {
        return [{ type: 'HoldReleased', data: { ...rest, holdId, customerId: 'nobody' } }];
      }
      // One of them twice, and one that may never have begun.
      const holdIds = [holdId, purchaseIdOf(concertId, `key-${step.key + 1}`), holdId];
      return [{ type: 'HoldsExpired', data: { ...rest, holdIds } }];
    }
    case 'terms': {
      const { holdSeconds, waitingList } = step;
      return changeConcert({ holdSeconds, waitingList, offerSeconds: 2 }, concert, now)[1];
    }
    case 'capacity':
      return changeConcert({ capacity: step.capacity }, concert, now)[1];
    case 'close':
      return changeConcert({ status: 'closed' }, concert, now)[1];
    case 'call-off':
      return changeConcert({ status: 'cancelled' }, concert, now)[1];
  }
}

export function logged(
  concertId: string,
  revision: bigint,
  event: ConcertEvent,
  position: bigint,
  recordedAt: Date,
): LoggedEvent {
  const place = { commit: position, prepare: position };
  const recorded: RecordedEvent = {
    id: `${concertId}@${revision}`,
    concertId,
    type: event.type,
    revision,
    position: place,
    recordedAt,
    decoded: { ok: true, event },
    data: event.data,
    metadata: { schemaVersion: 1 },
  };
  return { kind: 'event', event: recorded, position: place };
}
