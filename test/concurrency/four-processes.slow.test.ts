import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type PurchaseMode, purchaseModes } from '../../src/domain/purchase-mode.js';
import { concertTerms, openWriteSide } from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { judge, sendIn } from './crowd.js';
import { endIdleSellers, Seller } from './seller.js';

const started: Seller[] = [];
afterAll(endIdleSellers);
afterEach(() => Promise.all(started.splice(0).map((seller) => seller.close())));

const inFlightAtEach = 100;

/**
 * The sale, as large as a mode can sell in a few seconds on two cores. Mode unsafe reads the whole stream for each purchase
 * and never stops selling, so that its work grows with the square of the crowd.
 */
const sizes: Record<PurchaseMode, { capacity: number; customers: number }> = {
  unsafe: { capacity: 50, customers: 300 },
  optimistic: { capacity: 20, customers: 400 },
  lock: { capacity: 20, customers: 400 },
  'lock-cache': { capacity: 50, customers: 400 },
  batch: { capacity: 500, customers: 1_000 },
  queue: { capacity: 500, customers: 1_000 },
};

async function sell(purchaseMode: PurchaseMode) {
  const namespace = uniqueNamespace();
  const office = await openWriteSide({ namespace, purchaseMode });
  const concertId = randomUUID();
  const { capacity, customers } = sizes[purchaseMode];
  await office.commands.schedule(concertTerms(concertId, { capacity, vipSeats: 10 }));
  const setup = { namespace, purchaseMode, servers: testServers() };
  const sellers = await Promise.all(Array.from({ length: 4 }, () => Seller.start(setup)));
  started.push(...sellers);
  const crowd = {
    concertId,
    customers,
    inFlight: 4 * inFlightAtEach,
    duplicateEvery: 10,
    patienceMs: 20_000,
  };
  const history = await sendIn(crowd, () => sellers);
  const verdict = await judge(office.store, concertId, history);
  await office.close();
  return { ...verdict, capacity };
}

describe(`four processes with ${inFlightAtEach} buyers in flight at each`, () => {
  const safe = purchaseModes.filter((mode) => mode !== 'unsafe');
  it.each(safe)('in mode %s sell every ticket once, and tell every buyer the truth', async (mode) => {
    const { broken, live, capacity, unsettled } = await sell(mode);
    expect(broken).toEqual([]);
    expect(live).toBe(capacity);
    expect(unsettled).toBe(0);
  });

  it('in mode unsafe are caught overselling', async () => {
    const { broken } = await sell('unsafe');
    expect(broken.filter((problem) => /^I[12]:/.test(problem))).not.toEqual([]);
  });
});
