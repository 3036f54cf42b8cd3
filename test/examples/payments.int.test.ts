import { expect, test } from 'vitest';
import { type Books, whatIsWrong } from '../../examples/payments/proof.js';
import { sell } from '../../examples/payments/sale.js';
import { seededRandom } from '../../src/cli/demo/random.js';
import { listenApi } from '../api/support.js';
import { writeSides } from '../commands/support.js';
import { uniqueNamespace } from '../support/stack.js';

const writeSide = writeSides();

test('every captured payment has exactly one ticket, whatever the provider loses, delays, doubles and reorders', async () => {
  const side = await writeSide({ namespace: uniqueNamespace(), purchaseMode: 'batch' });
  const { url } = await listenApi({
    commands: side.commands,
    log: { read: (concertId, from, max) => side.store.read(concertId, from, max) },
  });
  const { books, wrong, reconciled } = await sell({
    url,
    ...{ customers: 60, capacity: 40, holdSeconds: 1 },
    faults: { random: seededRandom(1), lost: 0.2, doubled: 0.3, longestDelayMs: 200 },
  });
  expect(wrong).toEqual([]);
  expect(reconciled).toBeGreaterThan(0);
  const count = (...wanted: readonly string[]) =>
    books.payments.filter(({ status }) => wanted.includes(status)).length;
  expect(count('captured')).toBeGreaterThan(0);
  expect(count('voided', 'refunded')).toBeGreaterThan(0);
  expect(books.liveTickets).toBeLessThanOrEqual(40);
});

test('the comparison of the books finds what is wrong in them', () => {
  const payment = { id: 'p1', holdId: 'h1' };
  const ticket = { holdId: 'h1', isCancelled: false };
  const books = (more: Partial<Books>): Books => ({
    payments: [],
    bought: new Map(),
    liveTickets: 0,
    ...more,
  });
  const bought = new Map([['p1', [ticket]]]);
  expect(
    whatIsWrong(books({ payments: [{ ...payment, status: 'captured' }], bought, liveTickets: 1 })),
  ).toEqual([]);
  for (const [status, tickets] of [
    ['captured', []],
    ['captured', [ticket, ticket]],
    ['voided', [ticket]],
    ['refunded', [ticket]],
    ['authorised', [ticket]],
  ] as const) {
    const wrong = books({ payments: [{ ...payment, status }], bought: new Map([['p1', tickets]]) });
    expect(whatIsWrong(wrong)).not.toEqual([]);
  }
});
