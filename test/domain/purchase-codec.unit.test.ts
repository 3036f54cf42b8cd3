import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyText } from '../../fuzz/any-text.js';
import { Writer } from '../../src/domain/collections/packed/bytes.js';
import type { Purchase } from '../../src/domain/concert.js';
import { purchaseCodec } from '../../src/domain/state/purchase-codec.js';

const text = fc.oneof(
  fc.uuid(),
  fc.string(),
  anyText(),
  fc.uuid().map((id) => id.toUpperCase()),
);
const seat = fc.oneof(
  fc.constant(null),
  fc.integer({ min: -1, max: 1e6 }).map((n) => `VIP-${n}`),
  fc.constantFrom('', 'VIP-', 'VIP-01', 'VIP-1e3', 'VIP-Infinity', 'box 7'),
);
const purchases: fc.Arbitrary<Purchase> = fc
  .record({
    purchaseId: text,
    customerId: text,
    idempotencyKey: text,
    tickets: fc.array(fc.record({ number: fc.oneof(fc.nat(), fc.maxSafeNat()), seat })),
    status: fc.constantFrom('live' as const, 'cancelled' as const),
    revision: fc.bigInt(0n, 2n ** 40n),
    later: fc.bigInt(0n, 2n ** 40n),
  })
  .map(({ later, ...purchase }) => ({ ...purchase, lastRevision: purchase.revision + later }));

it('every purchase comes back as it was', () => {
  fc.assert(
    fc.property(purchases, (purchase) => {
      const { purchaseId } = purchase;
      expect(purchaseCodec.fits(purchaseId, purchase)).toBe(true);
      const writer = new Writer();
      purchaseCodec.write(writer, purchase);
      const cursor = { bytes: writer.bytes, at: 0 };
      expect(purchaseCodec.read(purchaseId, cursor)).toEqual(purchase);
      expect(cursor.at).toBe(writer.at);
    }),
    { numRuns: 300 },
  );
});
