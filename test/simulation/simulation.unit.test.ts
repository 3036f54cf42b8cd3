import { describe, expect, it } from 'vitest';
import { judge, judgeRun } from '../../simulation/judge/judge.js';
import type { Commit, PurchaseCall, ReadSideLook, SaleHistory } from '../../simulation/sale/history.js';
import { runSale } from '../../simulation/sale/run.js';
import { type HoldStep, type Schedule, scheduleOf } from '../../simulation/sale/schedule.js';
import { shrink } from '../../simulation/shrink.js';
import { tell } from '../../simulation/tell.js';
import { tryOut } from '../../simulation/trial.js';

const noHolds = { holdSeconds: null, waitingList: false, offerSeconds: null };
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

/** Shrunk schedules of defects that the search has found. */
const regressions: readonly { readonly name: string; readonly schedule: Schedule }[] = [
  {
    name: 'what one process has sold, another does not deny while Redis is behind',
    schedule: {
      ...{ seed: 34, mode: 'batch', processes: 4, redisServers: 1, maxPurchasesInMemory: 1_000_000 },
      terms: { capacity: 17, vipSeats: 0, ticketsPerCustomer: 2, ...noHolds },
      steps: [
        { kind: 'buy', process: 1, customer: 'c18', key: 'k18', quantity: 1, at: 171 },
        { kind: 'buy', process: 3, customer: 'c18', key: 'k18b', quantity: 1, at: 172 },
        { kind: 'buy', process: 1, customer: 'c38', key: 'k38', quantity: 1, at: 348 },
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
        { kind: 'buy', process: 2, customer: 'c21', key: 'k21', quantity: 1, at: 270 },
        { kind: 'buy', process: 1, customer: 'c14', key: 'k14', quantity: 2, at: 281 },
        { kind: 'buy', process: 1, customer: 'c30', key: 'k30', quantity: 1, at: 292 },
        { kind: 'buy', process: 0, customer: 'c16', key: 'k16', quantity: 1, at: 312 },
        { kind: 'buy', process: 0, customer: 'c1', key: 'k1', quantity: 1, at: 313 },
        { kind: 'buy', process: 0, customer: 'c17', key: 'k17', quantity: 1, at: 328 },
        { kind: 'buy', process: 0, customer: 'c19', key: 'k19', quantity: 1, at: 329 },
        { kind: 'buy', process: 1, customer: 'c22', key: 'k22', quantity: 1, at: 376 },
        { kind: 'buy', process: 0, customer: 'c38', key: 'k38', quantity: 1, at: 386 },
        { kind: 'buy', process: 1, customer: 'c25', key: 'k25', quantity: 2, at: 388 },
        { kind: 'buy', process: 2, customer: 'c27', key: 'k27', quantity: 2, at: 393 },
        { kind: 'buy', process: 0, customer: 'c23', key: 'k23', quantity: 1, at: 397 },
        { kind: 'buy', process: 0, customer: 'c33', key: 'k33', quantity: 1, at: 400 },
        { kind: 'buy', process: 1, customer: 'c4', key: 'k4', quantity: 1, at: 405 },
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
      steps: [
        { kind: 'buy', process: 1, customer: 'c22', key: 'k22', quantity: 1, at: 408 },
        { kind: 'buy', process: 0, customer: 'c26', key: 'k26', quantity: 2, at: 408 },
        { kind: 'buy', process: 0, customer: 'c9', key: 'k9', quantity: 2, at: 425 },
      ],
      ...{ concerts: 1, projects: true, backup: 0.25, losesReadModels: true },
    },
  },
];

it.each(regressions)('$name', async ({ schedule }) => {
  expect((await tryOut(schedule)).violations).toEqual([]);
});

it('an entry that could not be taken out of the queue is taken out later, before a refusal elsewhere is overruled', async () => {
  const buy = (process: number, customer: string, at: number) => ({
    ...{ kind: 'buy' as const, process, customer: `c${customer}`, key: `k${customer}`, quantity: 1, at },
  });
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

describe('the judge of a sale in which all went well', () => {
  const history = saleOf(healthy());

  it('finds nothing', async () => {
    expect(judge(await history)).toEqual([]);
  });

  it.each<[name: string, invariant: string, change: (history: SaleHistory) => SaleHistory]>([
    ['more tickets than there are', 'I1', (given) => ({ ...given, commits: withCapacity(given.commits, 3) })],
    [
      'a ticket that was sold twice',
      'I2',
      (given) => ({ ...given, commits: [...given.commits, again(given, 3)] }),
    ],
    ['VIP seats in another order', 'I3', (given) => ({ ...given, commits: swapSeats(given.commits) })],
    [
      'a customer with a ticket too many',
      'I4',
      (given) => ({ ...given, commits: allTo(given.commits, 'c1') }),
    ],
    [
      'a sale that was acknowledged and lost',
      'I5',
      (given) => ({ ...given, commits: given.commits.slice(0, -1) }),
    ],
    ['a sale that was denied', 'I6', (given) => changed(given, 'c2', { kind: 'busy', retryAfterSeconds: 1 })],
    [
      'a purchase that was made twice',
      'I8',
      (given) => ({ ...given, commits: [...given.commits, again(given, 2)] }),
    ],
    [
      'a later buyer with an earlier ticket',
      'I9',
      (given) => ({ ...given, purchases: late(given.purchases, 'c1') }),
    ],
    [
      'a refusal without a reason',
      'fresh',
      (given) =>
        changed(given, 'c9', { kind: 'refused', refusal: { reason: 'limit-reached', limit: 1, held: 1 } }),
    ],
    ['a customer without an answer', 'live', (given) => ({ ...given, unsettled: ['c4 k4'] })],
    ['a stock in Redis that never was', 'I11', (given) => ({ ...given, stock: wrongStock(given) })],
    ['a process that does not stop', 'live', (given) => ({ ...given, hangs: ['p1 does not stop'] })],
  ])('finds %s', async (_name, invariant, change) => {
    const found = judge(change(await history)).map((violation) => violation.invariant);
    expect(found).toContain(invariant);
  });
});

it('the judge of a queue finds a sale out of order', async () => {
  const history = await saleOf({ ...healthy(), mode: 'queue' });
  expect(judge(history)).toEqual([]);
  const found = judge({ ...history, joined: history.joined.toReversed() });
  expect(found.map(({ invariant }) => invariant)).toContain('I12');
});

describe('the judge of the read side', () => {
  const run = runSale({ ...healthy(), projects: true });

  it('finds nothing in a healthy sale', async () => {
    expect(judgeRun(await run)).toEqual([]);
  });

  it.each<[name: string, invariant: string, change: (look: ReadSideLook) => ReadSideLook]>([
    [
      'an event that was applied twice',
      'I10',
      (look) => withTables(look, (ids) => [...ids, ...ids.slice(-1)]),
    ],
    ['an event that was left out', 'I10', (look) => withTables(look, (ids) => ids.slice(1))],
    ['a stock of the read model that is not that of the log', 'I10', (look) => withStock(look, 'stock')],
    ['a stock in Redis that is behind for long', 'I11', (look) => withStock(look, 'cached')],
    ['a failure of projecting that lasts', 'live', (look) => ({ ...look, problem: 'it fails' })],
  ])('finds %s', async (_name, invariant, change) => {
    const { concerts, readSide } = await run;
    const found = judgeRun({ concerts, readSide: readSide.map(change) });
    expect(found.map((violation) => violation.invariant)).toContain(invariant);
  });
});

const withTables = (look: ReadSideLook, change: (ids: readonly string[]) => readonly string[]) => ({
  ...look,
  tables: look.tables.map((table) => ({
    ...table,
    events: new Map([...table.events].map(([concertId, ids]) => [concertId, change(ids)])),
  })),
});

const withStock = (look: ReadSideLook, which: 'stock' | 'cached'): ReadSideLook => ({
  ...look,
  concerts: look.concerts.map((concert) => ({
    ...concert,
    [which]: { remaining: 1, held: 0, revision: 3n },
  })),
});

describe('the judge of a sale with holds', () => {
  const history = saleOf(withHolds());

  it('finds nothing', async () => {
    const given = await history;
    expect(judge(given)).toEqual([]);
    const types = given.commits.flatMap(({ events }) => events.map(({ type }) => type));
    for (const type of ['HoldConfirmed', 'HoldReleased', 'HoldsExpired', 'WaitingListJoined'])
      expect(types).toContain(type);
  });

  it.each<[name: string, invariant: string, change: (history: SaleHistory) => SaleHistory]>([
    [
      'a confirmed hold without its ticket',
      'I13',
      (given) =>
        without(given, ({ type }, before) => type === 'TicketReserved' && before === 'HoldConfirmed'),
    ],
    [
      'a hold that ends twice',
      'I13',
      (given) => ({ ...given, commits: [...given.commits, again(given, indexOf(given, 'HoldsExpired'))] }),
    ],
    ['a hold that expires too late', 'I14', (given) => delayed(given, indexOf(given, 'HoldsExpired'), 5_000)],
    [
      'a customer who waits in vain',
      'I15',
      (given) => without(given, ({ type }, before) => type === 'TicketsHeld' && before === 'HoldsExpired'),
    ],
    [
      'a confirmation that is not in the log',
      'I5',
      (given) => without(given, ({ type }) => type === 'HoldConfirmed'),
    ],
  ])('finds %s', async (_name, invariant, change) => {
    const found = judge(change(await history)).map((violation) => violation.invariant);
    expect(found).toContain(invariant);
  });
});

/** The history of a schedule's only concert. */
async function saleOf(schedule: Schedule): Promise<SaleHistory> {
  const [history] = (await runSale(schedule)).concerts;
  if (history === undefined) throw new Error('no concert was on sale');
  return history;
}

/** Two tickets: one hold is confirmed, one lapses and is offered to who waits, who confirms; a third is released. */
function withHolds(): Schedule {
  const hold = (customer: string, at: number, more: Partial<HoldStep>) => ({
    ...{ kind: 'hold' as const, process: 0, customer, key: `k of ${customer}`, quantity: 1, at },
    ...{ confirmAfterMs: null, releaseAfterMs: null, isDoubled: false, joins: true, ...more },
  });
  return {
    ...{ seed: 1, mode: 'batch', processes: 2, redisServers: 1, maxPurchasesInMemory: 1_000_000 },
    terms: {
      ...{ capacity: 3, vipSeats: 0, ticketsPerCustomer: 1 },
      ...{ holdSeconds: 2, waitingList: true, offerSeconds: 2 },
    },
    steps: [
      hold('ann', 0, { confirmAfterMs: 100 }),
      hold('bob', 100, {}),
      hold('cid', 200, { releaseAfterMs: 5_000 }),
      hold('dan', 400, { confirmAfterMs: 100 }),
      hold('eve', 10_000, { releaseAfterMs: 500 }),
    ],
  };
}

/** Nine customers, one after the other, at a concert of six tickets. */
function healthy(): Schedule {
  return {
    ...{ seed: 1, mode: 'batch', processes: 2, redisServers: 1, maxPurchasesInMemory: 1_000_000 },
    terms: { capacity: 6, vipSeats: 2, ticketsPerCustomer: 1, ...noHolds },
    steps: Array.from({ length: 9 }, (_, i) => ({
      ...{ kind: 'buy' as const, process: i % 2, customer: `c${i + 1}`, key: `k${i + 1}`, quantity: 1 },
      at: 1_000 * i,
    })),
  };
}

type RecordedEvent = Commit['events'][number];
type Change = (event: RecordedEvent) => RecordedEvent;

const mapEvents = (commits: readonly Commit[], change: Change): readonly Commit[] =>
  commits.map((commit) => ({ ...commit, events: commit.events.map(change) }));

const withCapacity = (commits: readonly Commit[], capacity: number) =>
  mapEvents(commits, (event) => {
    if (!event.decoded.ok || event.decoded.event.type !== 'ConcertScheduled') return event;
    const { type, data } = event.decoded.event;
    return { ...event, decoded: { ok: true, event: { type, data: { ...data, capacity } } } };
  });

const swapSeats = (commits: readonly Commit[]) =>
  mapEvents(commits, (event) => {
    if (!event.decoded.ok || event.decoded.event.type !== 'VipAssigned') return event;
    const { type, data } = event.decoded.event;
    const seat = data.seat === 'VIP-1' ? 'VIP-2' : 'VIP-1';
    return { ...event, decoded: { ok: true, event: { type, data: { ...data, seat } } } };
  });

const allTo = (commits: readonly Commit[], customerId: string) =>
  mapEvents(commits, (event) => {
    if (!event.decoded.ok || event.decoded.event.type !== 'TicketReserved') return event;
    const { type, data } = event.decoded.event;
    return { ...event, decoded: { ok: true, event: { type, data: { ...data, customerId } } } };
  });

/** The append with this index, once more at the end. */
function again({ commits }: SaleHistory, index: number): Commit {
  const [commit, last] = [commits[index], commits.at(-1)];
  const end = last?.events.at(-1)?.revision;
  if (commit === undefined || last === undefined || end === undefined)
    throw new Error('the sale is too short');
  const events = commit.events.map((event, i) => ({ ...event, revision: end + 1n + BigInt(i) }));
  return { ...last, step: last.step + 1, events };
}

const wrongStock = ({ stock }: SaleHistory) => stock && { ...stock, remaining: stock.remaining + 1 };

const indexOf = ({ commits }: SaleHistory, type: string): number =>
  commits.findIndex(({ events }) => events.some((event) => event.type === type));

/** The events that fit are not in the log; `before` is the type of the event before each. */
const without = (
  history: SaleHistory,
  fits: (event: RecordedEvent, before: string | undefined) => boolean,
): SaleHistory => ({
  ...history,
  commits: history.commits.map((commit) => ({
    ...commit,
    events: commit.events.filter((event, i) => !fits(event, commit.events[i - 1]?.type)),
  })),
});

/** The append with this index, and all after it, so many ms later. */
const delayed = (history: SaleHistory, index: number, ms: number): SaleHistory => ({
  ...history,
  commits: history.commits.map((commit, i) => (i < index ? commit : { ...commit, ms: commit.ms + ms })),
});

const changed = (
  history: SaleHistory,
  customer: string,
  outcome: NonNullable<PurchaseCall['answered']>['outcome'],
): SaleHistory => ({
  ...history,
  purchases: history.purchases.map((call) =>
    call.request.customer === customer && call.answered !== null
      ? { ...call, answered: { ...call.answered, outcome } }
      : call,
  ),
});

/** As if the customer had asked and been answered after all others. */
const late = (purchases: readonly PurchaseCall[], customer: string): readonly PurchaseCall[] => {
  const last = Math.max(...purchases.map(({ answered }) => answered?.step ?? 0));
  return purchases.map((call) =>
    call.request.customer === customer && call.answered !== null
      ? {
          ...call,
          sent: { ...call.sent, step: last + 1 },
          answered: { ...call.answered, step: last + 2 },
        }
      : call,
  );
};
