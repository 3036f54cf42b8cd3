import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, expect, it } from 'vitest';
import { concertTerms, openWriteSide } from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { until } from '../support/until.js';
import { endIdleSellers, Seller } from './seller.js';

const started: Seller[] = [];
afterAll(endIdleSellers);
afterEach(() => Promise.all(started.splice(0).map((seller) => seller.close())));

const patienceMs = 30_000;

/** Two processes let more buyers into the queue than they can serve, until `work` is done. */
async function inARush(
  concertId: string,
  sellers: readonly Seller[],
  work: () => Promise<void>,
): Promise<void> {
  let [joined, done] = [0, false];
  const buyers = Array.from({ length: 128 }, async (_, buyer) => {
    for (let i = 0; !done; i++) {
      const name = `buyer ${buyer}, ticket ${i}`;
      const answer = await sellers[buyer % 2]?.purchase(
        { ...request(concertId, name), waitMs: 0 },
        patienceMs,
      );
      if (answer?.kind === 'queued') joined += 1;
    }
  });
  try {
    await until(() => joined >= 1_000, 'the rush');
    await work();
  } finally {
    done = true;
    await Promise.all(buyers);
  }
}

const request = (concertId: string, customerId: string) => ({
  ...{ concertId, customerId, idempotencyKey: customerId, quantity: 1, arrivedAt: '' },
});

it('purchases are cancelled while two processes have a queue that is never empty', async () => {
  const namespace = uniqueNamespace();
  const office = await openWriteSide({ namespace, purchaseMode: 'queue' });
  const concertId = randomUUID();
  await office.commands.schedule(concertTerms(concertId, { capacity: 1_000_000 }));
  const setup = { namespace, purchaseMode: 'queue' as const, servers: testServers(), lockWaitMs: 2_000 };
  const sellers = await Promise.all([Seller.start(setup), Seller.start(setup)]);
  started.push(...sellers);
  const bought: string[] = [];
  for (let i = 0; i < 6; i++) {
    const answer = await sellers[0]?.purchase(request(concertId, `changes his mind ${i}`), patienceMs);
    if (answer?.kind === 'accepted' || answer?.kind === 'replayed') bought.push(answer.purchase.purchaseId);
  }
  await office.close();
  const told: string[] = [];
  await inARush(concertId, sellers, async () => {
    for (const [i, purchaseId] of bought.entries()) {
      told.push((await sellers[i % 2]?.cancel(concertId, purchaseId))?.kind ?? 'none');
    }
  });
  expect(told).toEqual(Array.from({ length: 6 }, () => 'cancelled'));
});
