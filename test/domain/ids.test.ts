import fc from 'fast-check';
import { v5 } from 'uuid';
import { expect, test } from 'vitest';
import { concertIdOf, eventIdOf, purchaseIdOf } from '../../src/domain/ids.js';

const namespace = v5('https://github.com/onsale', v5.URL);
const anyText = fc.string({ unit: 'binary' });

test('ids are UUIDs of version 5 in a namespace of our own, as the library makes them', () => {
  fc.assert(
    fc.property(anyText, anyText, (concertId, key) => {
      expect(purchaseIdOf(concertId, key)).toBe(v5(`purchase/${concertId}/${key}`, namespace));
      expect(concertIdOf(key)).toBe(v5(`concert/${key}`, namespace));
    }),
    { numRuns: 1_000 },
  );
});

test('ids that are in logs already never change', () => {
  const purchaseId = purchaseIdOf('a concert', 'ключ 🎟');
  expect(purchaseId).toBe(v5('purchase/a concert/ключ 🎟', namespace));
  const data = { concertId: 'a concert', purchaseId, customerId: 'c', ticketNumber: 7, seat: 'VIP-1' };
  expect(eventIdOf({ type: 'VipAssigned', data }, 'command')).toBe(
    v5(`VipAssigned/${purchaseId}/7`, namespace),
  );
  expect(namespace).toBe('8a5402f9-5144-5b7b-aec1-49f8fceab357');
});
