import { describe, expect, it } from 'vitest';
import { judge, judgeRun } from '../../simulation/judge/judge.js';
import type { ReadSideLook, SaleHistory } from '../../simulation/sale/history.js';
import { runSale } from '../../simulation/sale/run.js';
import {
  again,
  allTo,
  changed,
  delayed,
  indexOf,
  late,
  swapSeats,
  withCapacity,
  without,
  withStock,
  withTables,
  wrongStock,
} from './damaged-history.js';
import { healthy, noHolds, saleOf, withHolds } from './sales.js';

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

describe('the judge of a queue, where a purchase of two tickets is sold once two of one ticket are cancelled', () => {
  const buy = (customer: string, quantity: number, at: number) =>
    ({ kind: 'buy', process: 0, customer, key: customer, quantity, at }) as const;
  const cancel = (key: string, at: number) => ({ kind: 'cancel', process: 0, key, at }) as const;
  const history = saleOf({
    ...{ ...healthy(), mode: 'queue' },
    terms: { capacity: 2, vipSeats: 0, ticketsPerCustomer: 2, ...noHolds },
    steps: [
      ...[buy('first', 1, 0), buy('second', 1, 1_000), cancel('first', 2_000), cancel('second', 3_000)],
      buy('both', 2, 4_000),
    ],
  });
  /** As if they had joined the queue in this order. */
  const foundIn = async (...order: readonly number[]) => {
    const given = await history;
    const joined = order.flatMap((place) => given.joined[place] ?? []);
    return judge({ ...given, joined }).map(({ invariant }) => invariant);
  };

  it.each<[name: string, order: readonly number[], found: readonly string[]]>([
    ['nothing where they joined in the order of their sales', [0, 1, 2], []],
    ['nothing where it could not be sold before the one that joined later', [0, 2, 1], []],
    ['an inversion where it could be sold before one of those that joined later', [2, 0, 1], ['I12', 'I12']],
  ])('finds %s', async (_name, order, found) => {
    expect(await foundIn(...order)).toEqual(found);
  });
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
