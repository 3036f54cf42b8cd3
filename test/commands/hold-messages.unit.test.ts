import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HoldCallResult, RepeatableCall } from '../../src/commands/holds/hold-calls.js';
import { busy, type RetryLater, unavailable } from '../../src/commands/outcome.js';
import { readEntry, writeEntry, writeHoldEntry } from '../../src/commands/queue/entry-message.js';
import { readHoldOutcome, writeHoldOutcome } from '../../src/commands/queue/hold-outcome-message.js';
import { NOW } from '../support/scenario.js';
import { request } from './support.js';

const claim = { concertId: 'c1', customerId: 'ann', quantity: 2, idempotencyKey: 'k 1', arrivedAt: NOW };
const about = { concertId: 'c1', holdId: 'h1', arrivedAt: NOW };
const calls: readonly RepeatableCall[] = [
  { call: 'hold', ...claim },
  { call: 'join', ...claim },
  { call: 'confirm', ...about, reference: 'payment "1"' },
  { call: 'release', ...about },
  { call: 'leave', ...about },
];

const hold = {
  ...{ holdId: 'h1', customerId: 'ann', idempotencyKey: 'k 1', quantity: 2, seats: ['VIP-1'], extensions: 1 },
  ...{ reason: 'offer' as const, status: 'open' as const, since: NOW, until: NOW },
  ...{ revision: 2n ** 63n - 1n, lastRevision: 0n },
};
const purchase = {
  ...{ purchaseId: 'h1', customerId: 'ann', idempotencyKey: 'k 1', reference: 'payment' },
  ...{ tickets: [{ number: 1, seat: null }], status: 'live' as const, revision: 7n, lastRevision: 8n },
};
const outcomes: readonly (HoldCallResult | RetryLater)[] = [
  ...(['held', 'joined', 'replayed'] as const).map((kind) => ({ kind, hold }) as HoldCallResult),
  ...(['ended', 'left'] as const).map((kind) => ({ kind, hold, replayed: true }) as HoldCallResult),
  { kind: 'confirmed', purchase, late: true },
  { kind: 'bought', purchase },
  { kind: 'replayed', purchase },
  { kind: 'refused', refusal: { reason: 'all-held', held: 3, retryAfterSeconds: 10 } },
  { kind: 'refused', refusal: { reason: 'hold-lapsed', expiredAt: NOW, because: 'sold-out' } },
  busy(),
  unavailable('the event store does not answer'),
];

it('a call about a hold is read as it was written, and never as a purchase', () => {
  for (const call of calls) expect(readEntry('c1', writeHoldEntry(call))).toEqual({ kind: 'hold', call });
  expect(readEntry('c1', writeEntry(request('c1', 'ann'), true))).toMatchObject({ kind: 'purchase' });
});

it('an extension does not stand in a queue, where two owners might decide it', () => {
  const { concertId: _, ...written } = about;
  expect(readEntry('c1', JSON.stringify({ v: 2, call: 'release', ...written }))).not.toBeNull();
  expect(readEntry('c1', JSON.stringify({ v: 2, call: 'extend', ...written }))).toBeNull();
});

it('a call that is not whole, or of another version, is not read', () => {
  const written = fc.constantFrom(...calls).map((call) => JSON.parse(writeHoldEntry(call)) as object);
  const rubbish = fc.constantFrom<unknown>(undefined, null, true, -1.5, {}, []);
  fc.assert(
    fc.property(written, fc.nat(), rubbish, (call, at, value) => {
      const fields = Object.keys(call);
      const changed = { ...call, [fields[at % fields.length] ?? '']: value };
      expect(readEntry('c1', JSON.stringify(changed))).toBeNull();
    }),
  );
});

it('an outcome is read as it was written', () => {
  for (const outcome of outcomes) expect(readHoldOutcome(writeHoldOutcome(outcome))).toEqual(outcome);
});

it('an outcome with a part missing or of another type is not read', () => {
  const written = fc
    .constantFrom(...outcomes)
    .map((outcome) => JSON.parse(writeHoldOutcome(outcome)) as object);
  const rubbish = fc.constantFrom<unknown>(undefined, null, -1.5, [[]]);
  fc.assert(
    fc.property(written, fc.nat(), rubbish, (outcome, at, value) => {
      const fields = Object.keys(outcome);
      const changed = { ...outcome, [fields[at % fields.length] ?? '']: value };
      expect(readHoldOutcome(JSON.stringify(changed))).toBeNull();
    }),
  );
  expect(readHoldOutcome('{"kind":"replayed"}')).toBeNull();
  expect(readHoldOutcome('nothing')).toBeNull();
});
