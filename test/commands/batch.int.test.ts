import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { PurchaseOutcome } from '../../src/commands/outcome.js';
import { type Clock, systemClock } from '../../src/waiting/clock.js';
import { concertTerms } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import { kindOf, request, writeSides } from './support.js';

const writeSide = writeSides();
const numbered = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

it('what arrives while a batch is in flight shares the next append, in order of arrival', async () => {
  const side = await writeSide({ namespace: uniqueNamespace(), purchaseMode: 'batch' });
  const concertId = randomUUID();
  await side.commands.schedule(concertTerms(concertId, { capacity: 1_000 }));
  const before = side.counts.appended;
  const outcomes = await Promise.all(
    numbered(200, (i) => side.commands.purchase(request(concertId, `customer ${i}`))),
  );
  const numbers = outcomes.map((outcome) =>
    outcome.kind === 'accepted' ? outcome.purchase.tickets[0]?.number : null,
  );
  expect(numbers).toEqual(numbered(200, (i) => i + 1));
  // The first goes alone, at once; the others wait for it together.
  expect(side.counts.appended - before).toBeLessThanOrEqual(3);
});

it('a batch that is too large for one append is split, and nobody in it is lost', async () => {
  const side = await writeSide({ namespace: uniqueNamespace(), purchaseMode: 'batch' });
  const concertId = randomUUID();
  const longest = { customerId: 'ü'.repeat(128), key: '"'.repeat(240) };
  await side.commands.schedule(concertTerms(concertId, { capacity: 2_000, ticketsPerCustomer: 2_000 }));
  const outcomes = await Promise.all(
    numbered(1_200, (i) =>
      side.commands.purchase(
        request(concertId, longest.customerId, { idempotencyKey: `${longest.key}${i}` }),
      ),
    ),
  );
  expect(new Set(outcomes.map(kindOf))).toEqual(new Set(['accepted']));
  expect((await side.fold(concertId)).live).toBe(1_200);
});

it('a refusal in a batch touches nobody else in it', async () => {
  const side = await writeSide({ namespace: uniqueNamespace(), purchaseMode: 'batch' });
  const concertId = randomUUID();
  await side.commands.schedule(concertTerms(concertId, { capacity: 11, vipSeats: 0, ticketsPerCustomer: 4 }));
  // What needs no event is answered on the log as it is by then, perhaps after the others: the concert is never sold out.
  const quantities = [4, 5, 4, 4, 2, 2];
  const outcomes = await Promise.all(
    quantities.map((quantity, i) =>
      side.commands.purchase(request(concertId, `customer ${i}`, { quantity })),
    ),
  );
  expect(outcomes.map(kindOf)).toEqual([
    'accepted',
    'limit-reached',
    'accepted',
    'not-enough-left',
    'accepted',
    'not-enough-left',
  ]);
});

it('a line that is too long turns buyers away at once', async () => {
  const side = await writeSide({ namespace: uniqueNamespace(), purchaseMode: 'batch', queueLimit: 10 });
  const concertId = randomUUID();
  await side.commands.schedule(concertTerms(concertId));
  const outcomes = await Promise.all(
    numbered(50, (i) => side.commands.purchase(request(concertId, `customer ${i}`))),
  );
  const kinds = outcomes.map(kindOf);
  expect(kinds.filter((kind) => kind === 'busy').length).toBeGreaterThanOrEqual(39);
  expect(kinds.filter((kind) => kind === 'accepted')).toHaveLength((await side.fold(concertId)).live);
});

it('a concert whose lock is taken holds up no other', async () => {
  const side = await writeSide({
    namespace: uniqueNamespace(),
    purchaseMode: 'batch',
    lockWaitMs: 60_000,
    leaseMs: 60_000,
  });
  const concerts = numbered(50, () => randomUUID());
  await Promise.all(concerts.map((concertId) => side.commands.schedule(concertTerms(concertId))));
  const [blocked = '', ...free] = concerts;
  const locked = await side.lock.acquire(blocked, 10_000);
  if (locked.kind !== 'held') throw new Error('the lock was not had');
  let answered = false;
  const waiting = side.commands.purchase(request(blocked, 'ann')).then((outcome) => {
    answered = true;
    return outcome;
  });
  const outcomes = await Promise.all(
    free.map((concertId) => side.commands.purchase(request(concertId, 'ann'))),
  );
  expect(new Set(outcomes.map(kindOf))).toEqual(new Set(['accepted']));
  expect(answered).toBe(false);
  await locked.lock.release();
  expect(kindOf(await waiting)).toBe('accepted');
});

it('concerts beyond what is kept in memory are read from the log again', async () => {
  const side = await writeSide({
    namespace: uniqueNamespace(),
    purchaseMode: 'batch',
    maxPurchasesInMemory: 20,
  });
  const concerts = numbered(10, () => randomUUID());
  await Promise.all(
    concerts.map((concertId) => side.commands.schedule(concertTerms(concertId, { capacity: 12 }))),
  );
  for (let round = 0; round < 4; round++) {
    const asked = concerts.flatMap((concertId) =>
      numbered(3, (i) => request(concertId, `customer ${round}/${i}`)),
    );
    const outcomes = await Promise.all(asked.map((one) => side.commands.purchase(one)));
    expect(new Set(outcomes.map(kindOf))).toEqual(new Set(['accepted']));
  }
  const late = await Promise.all(
    concerts.map((concertId) => side.commands.purchase(request(concertId, 'late'))),
  );
  expect(new Set(late.map(kindOf))).toEqual(new Set(['sold-out']));
});

/** A crowd that comes while another process has the lock, so that nobody is sold anything yet. */
async function crowdInLine(quantity: number, longestWaitMs: number, clock = systemClock) {
  const side = await writeSide({
    namespace: uniqueNamespace(),
    purchaseMode: 'batch',
    lockWaitMs: 60_000,
    leaseMs: 60_000,
    longestWaitMs,
    clock,
    commandTimeoutMs: 60_000, // A busy machine does not make of a lock that is taken one that cannot be asked for.
  });
  const concertId = randomUUID();
  const terms = { capacity: 100_000, vipSeats: 0, ticketsPerCustomer: 100 };
  await side.commands.schedule(concertTerms(concertId, terms));
  // The process owns the concert from here on, so whoever comes stands in line in the same turn of the event loop.
  await side.commands.purchase(request(concertId, 'the first'));
  const locked = await side.lock.acquire(concertId, 10_000);
  if (locked.kind !== 'held') throw new Error('the lock was not had');
  const outcomes = numbered(600, (i) =>
    side.commands.purchase(request(concertId, `customer ${i}`, { quantity })),
  );
  return { outcomes, letGo: () => locked.lock.release() };
}

it('a wait is reckoned by the tickets that are before one, not by the purchases', async () => {
  const [small, large] = await Promise.all([crowdInLine(1, 200), crowdInLine(100, 200)]);
  // Of the large purchases five fit an append, so far fewer of them may stand in line.
  const turnedAway = Promise.race(large.outcomes);
  expect(kindOf(await turnedAway)).toBe('busy');
  await Promise.all([small.letGo(), large.letGo()]);
  const kinds = async (of: readonly Promise<PurchaseOutcome>[]) => (await Promise.all(of)).map(kindOf);
  expect((await kinds(large.outcomes)).filter((kind) => kind === 'busy').length).toBeGreaterThan(300);
});

it('who has waited too long is turned away, whatever was reckoned', async () => {
  let skippedMs = 0;
  const clock: Clock = { ...systemClock, monotonic: () => performance.now() + skippedMs };
  const { outcomes, letGo } = await crowdInLine(1, 10_000, clock);
  await clock.turn();
  skippedMs = 10_001;
  await letGo();
  const answered = await Promise.all(outcomes);
  expect(new Set(answered.map(kindOf))).toEqual(new Set(['busy']));
});
