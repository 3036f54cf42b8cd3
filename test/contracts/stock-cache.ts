import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Stock, StockCache } from '../../src/commands/ports.js';

export interface StockCacheUnderTest {
  readonly stock: StockCache;
  /** From now on its server refuses connections. */
  goAway(): Promise<void>;
}

/** What the write side relies on in a stock cache. Each adapter of `StockCache` passes it. */
export function stockCacheContract(open: () => Promise<StockCacheUnderTest>): void {
  const put = (stock: StockCache, concertId: string, entry: Stock) =>
    stock.put(new Map([[concertId, entry]]));

  it('what was put is what is got', async () => {
    const { stock } = await open();
    const [one, other] = [randomUUID(), randomUUID()];
    expect(await stock.get(one)).toBeNull();
    const entries = new Map([
      [one, { remaining: 3, held: 2, revision: 7n }],
      [other, { remaining: -2, held: 0, revision: 0n }],
    ]);
    await stock.put(entries);
    expect(await stock.get(one)).toEqual(entries.get(one));
    expect(await stock.get(other)).toEqual(entries.get(other));
  });

  it.each([
    [9n, 10n],
    [99n, 100n],
    [9_007_199_254_740_992n, 9_007_199_254_740_993n],
  ])('of revisions %s and %s the newer stays, whichever comes first', async (older, newer) => {
    const { stock } = await open();
    for (const order of [
      [older, newer],
      [newer, older],
    ]) {
      const concertId = randomUUID();
      for (const revision of order)
        await put(stock, concertId, { remaining: Number(revision % 100n), held: 0, revision });
      expect(await stock.get(concertId)).toEqual({
        remaining: Number(newer % 100n),
        held: 0,
        revision: newer,
      });
    }
  });

  it('what is there at a revision is not replaced at the same', async () => {
    const { stock } = await open();
    const concertId = randomUUID();
    await put(stock, concertId, { remaining: 3, held: 0, revision: 7n });
    await put(stock, concertId, { remaining: 5, held: 0, revision: 7n });
    expect(await stock.get(concertId)).toEqual({ remaining: 3, held: 0, revision: 7n });
  });

  it('what is forgotten can be put again at an older revision', async () => {
    const { stock } = await open();
    const [one, other] = [randomUUID(), randomUUID()];
    for (const concertId of [one, other])
      await put(stock, concertId, { remaining: 3, held: 0, revision: 7n });
    await stock.forget([one]);
    expect(await stock.get(one)).toBeNull();
    expect(await stock.get(other)).toEqual({ remaining: 3, held: 0, revision: 7n });
    await put(stock, one, { remaining: 9, held: 0, revision: 2n });
    expect(await stock.get(one)).toEqual({ remaining: 9, held: 0, revision: 2n });
  });

  it('every call rejects while the server is away', async () => {
    const { stock, goAway } = await open();
    await goAway();
    await expect(stock.get('c')).rejects.toThrow();
    await expect(put(stock, 'c', { remaining: 1, held: 0, revision: 1n })).rejects.toThrow();
    await expect(stock.forget(['c'])).rejects.toThrow();
  });
}
