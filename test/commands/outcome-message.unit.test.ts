import fc from 'fast-check';
import { expect, it } from 'vitest';
import { busy, unavailable } from '../../src/commands/outcome.js';
import { type QueueOutcome, readOutcome, writeOutcome } from '../../src/commands/queue/outcome-message.js';

const purchase = {
  purchaseId: 'p1',
  customerId: 'ann',
  idempotencyKey: 'key',
  tickets: [
    { number: 1, seat: 'VIP 1' },
    { number: 2, seat: null },
  ],
  status: 'live' as const,
  revision: 2n ** 63n - 1n,
  lastRevision: 0n,
};

const outcomes: readonly QueueOutcome[] = [
  { kind: 'accepted', purchase },
  { kind: 'replayed', purchase: { ...purchase, reference: 'payment 1', status: 'cancelled' } },
  ...(['unknown-concert', 'concert-cancelled', 'sales-closed', 'sold-out', 'key-reused'] as const).map(
    (reason) => ({ kind: 'refused' as const, refusal: { reason } }),
  ),
  { kind: 'refused', refusal: { reason: 'not-on-sale-yet', salesOpenAt: '2030-05-01T12:00:00+02:00' } },
  { kind: 'refused', refusal: { reason: 'all-held', held: 3, retryAfterSeconds: 10 } },
  { kind: 'refused', refusal: { reason: 'not-enough-left', remaining: 1 } },
  { kind: 'refused', refusal: { reason: 'limit-reached', limit: 4, held: 4 } },
  busy(),
  unavailable('the event store does not answer'),
];

it('an outcome is read as it was written', () => {
  for (const outcome of outcomes) expect(readOutcome(writeOutcome(outcome))).toEqual(outcome);
});

it('a text that is no outcome is never one', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    '{"kind":"accepted"}',
    '{"kind":"refused","refusal":{}}',
    '{"kind":"queued"}',
  ])
    expect(readOutcome(text)).toBeNull();
});

it('an outcome with a part missing or of another type is not read', () => {
  const written = fc.constantFrom(...outcomes).map((outcome) => JSON.parse(writeOutcome(outcome)) as object);
  const rubbish = fc.constantFrom<unknown>(undefined, null, true, -1.5, {}, [[]]);
  fc.assert(
    fc.property(written, fc.nat(), rubbish, (outcome, at, value) => {
      const places = placesOf(outcome).filter((path) => path.at(-1) !== 'reference');
      const path = places[at % places.length] ?? [];
      const isSeat = path.at(-1) === 'seat' && value === null;
      if (!isSeat) expect(readOutcome(JSON.stringify(changed(outcome, path, value)))).toBeNull();
    }),
  );
});

/** The paths of all values within a value. */
function placesOf(value: object, before: readonly string[] = []): string[][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => [
    [...before, key],
    ...(typeof inner === 'object' && inner !== null ? placesOf(inner, [...before, key]) : []),
  ]);
}

function changed(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to;
  const inner = (name: string, old: unknown) => (name === key ? changed(old, rest, to) : old);
  if (Array.isArray(value)) return value.map((old, i) => inner(String(i), old));
  return Object.fromEntries(
    Object.entries(value ?? {}).map(([name, old]: [string, unknown]) => [name, inner(name, old)]),
  );
}
