import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PurchaseOutcome } from '../../src/commands/outcome.js';
import { type PurchaseMode, purchaseModes } from '../../src/domain/purchase-mode.js';
import { concertTerms, type WriteSide } from '../support/services.js';
import { uniqueNamespace } from '../support/stack.js';
import { kindOf, request, writeSides } from './support.js';

const writeSide = writeSides();

/** As a client does it: told to come back later, it comes back with the same key. */
async function purchase(
  { commands }: WriteSide,
  asked: ReturnType<typeof request>,
): Promise<PurchaseOutcome> {
  for (;;) {
    const outcome = await commands.purchase(asked);
    if (outcome.kind !== 'busy') return outcome;
  }
}

const safeModes: readonly PurchaseMode[] = purchaseModes.filter((mode) => mode !== 'unsafe');

describe.each(safeModes)('mode %s', (purchaseMode) => {
  it('sells what there is, to each customer once, and turns the others away', async () => {
    const side = await writeSide({ namespace: uniqueNamespace(), purchaseMode });
    const concertId = randomUUID();
    await side.commands.schedule(concertTerms(concertId, { capacity: 30, vipSeats: 3 }));
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, i) => purchase(side, request(concertId, `customer ${i}`))),
    );
    const accepted = outcomes.flatMap((outcome) => (outcome.kind === 'accepted' ? [outcome.purchase] : []));
    expect(accepted).toHaveLength(30);
    expect(outcomes.map(kindOf).filter((kind) => kind === 'sold-out')).toHaveLength(30);
    const numbers = accepted.flatMap(({ tickets }) => tickets.map(({ number }) => number));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect((await side.fold(concertId)).live).toBe(30);
  });

  it('answers a repeat with the purchase of the first time, from the log alone', async () => {
    const namespace = uniqueNamespace();
    const first = await writeSide({ namespace, purchaseMode });
    const concertId = randomUUID();
    await first.commands.schedule(concertTerms(concertId));
    const bought = await first.commands.purchase(request(concertId, 'ann'));
    const elsewhere = await writeSide({ namespace, purchaseMode });
    await elsewhere.redis.primary.del(`${namespace}:stock:${concertId}`);
    const again = await elsewhere.commands.purchase(request(concertId, 'ann'));
    expect(again).toEqual({ ...bought, kind: 'replayed' });
    const other = await elsewhere.commands.purchase(request(concertId, 'ann', { quantity: 2 }));
    expect(kindOf(other)).toBe('key-reused');
  });

  it('sells again what was cancelled elsewhere, at once', async () => {
    const namespace = uniqueNamespace();
    const [one, two] = [
      await writeSide({ namespace, purchaseMode }),
      await writeSide({ namespace, purchaseMode }),
    ];
    const concertId = randomUUID();
    await one.commands.schedule(concertTerms(concertId, { capacity: 1, vipSeats: 1 }));
    const sold = await one.commands.purchase(request(concertId, 'ann'));
    expect(kindOf(await two.commands.purchase(request(concertId, 'bob')))).toBe('sold-out');
    if (sold.kind !== 'accepted') throw new Error(`not sold: ${sold.kind}`);
    await one.commands.cancelPurchase(concertId, sold.purchase.purchaseId);
    const resold = await two.commands.purchase(request(concertId, 'bob'));
    expect(resold).toMatchObject({ kind: 'accepted', purchase: { tickets: [{ number: 2, seat: 'VIP-1' }] } });
  });

  it('refuses what nobody scheduled', async () => {
    const { commands } = await writeSide({ namespace: uniqueNamespace(), purchaseMode });
    expect(kindOf(await commands.purchase(request(randomUUID(), 'ann')))).toBe('unknown-concert');
  });
});

describe('mode unsafe', () => {
  it('oversells', async () => {
    const { commands, fold } = await writeSide({ namespace: uniqueNamespace(), purchaseMode: 'unsafe' });
    const concertId = randomUUID();
    await commands.schedule(concertTerms(concertId, { capacity: 3, vipSeats: 1 }));
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => commands.purchase(request(concertId, `customer ${i}`))),
    );
    expect((await fold(concertId)).live).toBeGreaterThan(3);
  });
});

it('a concert keeps the mode it was scheduled with', async () => {
  const { commands, fold } = await writeSide({ namespace: uniqueNamespace(), purchaseMode: 'batch' });
  const concertId = randomUUID();
  await commands.schedule(concertTerms(concertId, { capacity: 3, vipSeats: 1, purchaseMode: 'unsafe' }));
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => commands.purchase(request(concertId, `customer ${i}`))),
  );
  expect((await fold(concertId)).live).toBeGreaterThan(3);
});
