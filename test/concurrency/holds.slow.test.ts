import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, expect, it } from 'vitest';
import { LogAudit } from '../../src/domain/audit/log-audit.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { concertTerms, openWriteSide } from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';
import { endIdleSellers, Seller } from './seller.js';

const capacity = 60;
const customers = Array.from({ length: 90 }, (_, i) => `customer ${i}`);
const patienceMs = 5_000;
/** How long a customer waits to ask again, in ms. */
const pauseMs = 50;

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
afterAll(endIdleSellers);

/** Asks any process until there is a final answer. */
async function insist<Outcome extends { readonly kind: string }>(
  sellers: ReadonlySet<Seller>,
  ask: (seller: Seller) => Promise<Outcome>,
): Promise<Outcome> {
  for (let i = Math.floor(Math.random() * 8); ; i++) {
    const alive = [...sellers].filter(({ exited }) => !exited);
    const seller = alive[i % alive.length];
    const outcome = seller && (await ask(seller));
    if (outcome !== undefined && !['none', 'busy', 'unavailable'].includes(outcome.kind)) return outcome;
    await delay(pauseMs);
  }
}

it('the owner killed between hold and confirmation: whoever was told of a ticket has it, and no hold stays open', async () => {
  const [namespace, servers] = [uniqueNamespace(), testServers()];
  const setup = { namespace, purchaseMode: 'batch' as const, servers, leaseMs: 1_000 };
  const office = await openWriteSide(setup);
  cleanUps.push(() => office.close());
  const concertId = randomUUID();
  const terms = { capacity, vipSeats: 5, holdSeconds: 4, waitingList: false };
  await office.commands.schedule(concertTerms(concertId, terms));
  const sellers = new Set(await Promise.all([0, 1, 2].map(() => Seller.start(setup))));
  cleanUps.push(() => Promise.all([...sellers].map((seller) => seller.close())));

  let held = 0;
  let isKilled = false;
  const killOwner = async (): Promise<void> => {
    const owner = await office.queue.owner(concertId);
    const victim = [...sellers].find(({ process: { pid } }) => owner?.process.includes(`:${pid}:`));
    victim?.process.kill('SIGKILL');
    isKilled = victim !== undefined;
    sellers.add(await Seller.start(setup));
  };
  const outcomes = await Promise.all(
    customers.map(async (customerId, i) => {
      const idempotencyKey = `key of ${customerId}`;
      const holdId = purchaseIdOf(concertId, idempotencyKey);
      const claim = { concertId, customerId, quantity: 1, idempotencyKey, arrivedAt: '' };
      const hold = await insist(sellers, (seller) => seller.hold(claim, patienceMs));
      if (hold.kind !== 'held' && hold.kind !== 'replayed') return [customerId, 'refused'] as const;
      if (++held === capacity / 2) await killOwner();
      if (i % 5 === 0) return [customerId, 'lapses'] as const;
      const reference = `payment of ${customerId}`;
      const request = { concertId, holdId, reference, arrivedAt: '' };
      const confirmed = await insist(sellers, (seller) => seller.confirm(request, patienceMs));
      const isSold = confirmed.kind === 'confirmed' || confirmed.kind === 'replayed';
      return [customerId, isSold ? 'sold' : 'refund'] as const;
    }),
  );
  expect(isKilled).toBe(true);
  await untilAsync(async () => (await office.fold(concertId)).holds.held === 0, 'the last holds to expire');

  const concert = await office.fold(concertId);
  const owners = new Set([...concert.purchases.values()].map(({ customerId }) => customerId));
  expect(concert.live).toBe(owners.size);
  for (const [customerId, outcome] of outcomes) {
    expect([customerId, owners.has(customerId)]).toEqual([customerId, outcome === 'sold']);
  }
  const audit = new LogAudit();
  for await (const page of office.store.read(concertId, 0n)) {
    for (const { decoded } of page) if (decoded.ok) audit.add(decoded.event);
  }
  expect(audit.findings().filter(({ verdict }) => verdict === 'violated')).toEqual([]);
});
