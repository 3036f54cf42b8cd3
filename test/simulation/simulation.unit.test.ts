import { expect, it } from 'vitest';
import { type Schedule, scheduleOf } from '../../simulation/sale/schedule.js';
import { shrink } from '../../simulation/shrink.js';
import { tell } from '../../simulation/tell.js';
import { tryOut } from '../../simulation/trial.js';
import { noHolds, saleOf } from './sales.js';

const seeds = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

it('the schedules of the first seeds break no rule', async () => {
  for (const seed of seeds(8)) {
    const { violations } = await tryOut(scheduleOf(seed));
    expect({ seed, violations }).toEqual({ seed, violations: [] });
  }
}, 120_000);

it('a seed runs the same way each time', async () => {
  for (const seed of [3, 19]) expect(await tell(scheduleOf(seed))).toBe(await tell(scheduleOf(seed)));
});

it('mode unsafe is caught, and its schedule shrinks to two purchases that meet', async () => {
  for (const seed of seeds(50)) {
    const trial = await tryOut(scheduleOf(seed, ['unsafe']));
    if (trial.violations.every(({ invariant }) => invariant !== 'I2')) continue;
    const shortest = await shrink({
      ...trial,
      violations: trial.violations.filter(({ invariant }) => invariant === 'I2'),
    });
    expect(shortest.schedule.steps.filter(({ kind }) => kind === 'buy')).toHaveLength(2);
    expect(shortest.schedule.steps.length).toBeLessThanOrEqual(3);
    expect(await tell(shortest.schedule)).toMatch(/violated I2: ticket \d+ is sold twice/);
    return;
  }
  throw new Error('mode unsafe was not caught');
}, 120_000);

const buy = (process: number, customer: string, at: number, quantity = 1) => ({
  ...{ kind: 'buy' as const, process, customer: `c${customer}`, key: `k${customer}`, quantity, at },
});

/** Shrunk schedules of defects that the search has found. */
const regressions: readonly { readonly name: string; readonly schedule: Schedule }[] = [
  {
    name: 'what one process has sold, another does not deny while Redis is behind',
    schedule: {
      ...{ seed: 34, mode: 'batch', processes: 4, redisServers: 1, maxPurchasesInMemory: 1_000_000 },
      terms: { capacity: 17, vipSeats: 0, ticketsPerCustomer: 2, ...noHolds },
      steps: [
        buy(1, '18', 171),
        { kind: 'buy', process: 3, customer: 'c18', key: 'k18b', quantity: 1, at: 172 },
        buy(1, '38', 348),
        { kind: 'cancel', process: 3, key: 'k38', at: 364 },
      ],
    },
  },
  {
    name: 'who leaves the queue is told no refusal that came too late',
    schedule: {
      ...{ seed: 145, mode: 'batch', processes: 3, redisServers: 3, maxPurchasesInMemory: 1_000_000 },
      terms: { capacity: 10, vipSeats: 3, ticketsPerCustomer: 1, ...noHolds },
      steps: [
        buy(2, '21', 270),
        buy(1, '14', 281, 2),
        buy(1, '30', 292),
        buy(0, '16', 312),
        buy(0, '1', 313),
        buy(0, '17', 328),
        buy(0, '19', 329),
        buy(1, '22', 376),
        buy(0, '38', 386),
        buy(1, '25', 388, 2),
        buy(2, '27', 393, 2),
        buy(0, '23', 397),
        buy(0, '33', 400),
        buy(1, '4', 405),
        { at: 412, kind: 'redis-down', server: 0, as: 'silent', forMs: 422 },
        { kind: 'cancel', process: 1, key: 'k21', at: 580 },
      ],
    },
  },
  {
    name: 'a purchase with a place in the queue, whose refusal was read, is not sold without the queue',
    schedule: {
      ...{ seed: 64, mode: 'queue', processes: 3, redisServers: 1, maxPurchasesInMemory: 1_000_000 },
      terms: { capacity: 4, vipSeats: 3, ticketsPerCustomer: 2, ...noHolds },
      steps: [
        { kind: 'buy', process: 1, customer: 'c16', key: 'k16', quantity: 2, waitMs: 0, at: 23 },
        { at: 37, kind: 'log-loses-answers', share: 0.4321155708283186, forMs: 409 },
        { kind: 'buy', process: 0, customer: 'c22', key: 'k22', quantity: 2, waitMs: 100, at: 118 },
        { kind: 'cancel', process: 0, key: 'k22', at: 120 },
        { kind: 'buy', process: 2, customer: 'c11', key: 'k11', quantity: 1, waitMs: 100, at: 217 },
      ],
    },
  },
  {
    name: 'stock that is ahead of a log which was restored from a backup does not stay in Redis, in any mode',
    schedule: {
      ...{ seed: 19, mode: 'optimistic', processes: 2, redisServers: 1, maxPurchasesInMemory: 1_000_000 },
      terms: { capacity: 8, vipSeats: 1, ticketsPerCustomer: 2, ...noHolds },
      steps: [buy(1, '22', 408), buy(0, '26', 408, 2), buy(0, '9', 425, 2)],
      ...{ concerts: 1, projects: true, backup: 0.25, losesReadModels: true },
    },
  },
];

it.each(regressions)('$name', async ({ schedule }) => {
  expect((await tryOut(schedule)).violations).toEqual([]);
});

it('an entry that could not be taken out of the queue is taken out later, before a refusal elsewhere is overruled', async () => {
  const sale = await saleOf({
    ...{ seed: 70, mode: 'batch', processes: 2, redisServers: 1, maxPurchasesInMemory: 1_000_000 },
    terms: { capacity: 6, vipSeats: 3, ticketsPerCustomer: 1, ...noHolds },
    steps: [
      ...[buy(0, '18', 7), buy(1, '19', 11)],
      { kind: 'kill', process: 1, forMs: 380, at: 20 },
      ...[buy(0, '11', 126), buy(1, '26', 166), buy(1, '27', 213), buy(1, '27', 213), buy(1, '3', 224)],
      buy(1, '20', 344),
      { kind: 'cancel', process: 3, key: 'k22', at: 872 },
      { kind: 'cancel', process: 0, key: 'k27', at: 2_101 },
    ],
  });
  const outcomes = sale.purchases.flatMap(({ request, answered }) =>
    request.key === 'k20' ? [answered?.outcome.kind] : [],
  );
  expect(outcomes.at(-1)).toBe('refused');
  const sold = sale.commits.flatMap(({ events }) =>
    events.flatMap(({ decoded }) =>
      decoded.ok && decoded.event.type === 'TicketReserved' ? [decoded.event.data.idempotencyKey] : [],
    ),
  );
  expect(sold).not.toContain('k20');
});
