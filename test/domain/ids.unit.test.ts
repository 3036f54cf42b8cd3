import fc from 'fast-check';
import { v5, version } from 'uuid';
import { expect, test } from 'vitest';
import { anyText } from '../../fuzz/any-text.js';
import { type Batch, concertIdOf, purchaseIdOf, withIds } from '../../src/domain/ids.js';

const namespace = v5('https://github.com/onsale', v5.URL);
/** UTF-8 has no halves of surrogate pairs, and no id has one. */
const anId = anyText().map((text) => Buffer.from(text).toString());

test('ids are UUIDs of version 5 in a namespace of our own, as the library makes them', () => {
  fc.assert(
    fc.property(anId, anId, (concertId, key) => {
      expect(purchaseIdOf(concertId, key)).toBe(v5(`purchase/${concertId}/${key}`, namespace));
      expect(concertIdOf(key)).toBe(v5(`concert/${key}`, namespace));
    }),
    { numRuns: 300 },
  );
});

test('ids that are in logs already never change', () => {
  const purchaseId = purchaseIdOf('a concert', 'ключ 🎟');
  expect(purchaseId).toBe(v5('purchase/a concert/ключ 🎟', namespace));
  expect(namespace).toBe('8a5402f9-5144-5b7b-aec1-49f8fceab357');
});

const closed = (closedAt: string) => ({ type: 'SalesClosed', data: { concertId: 'c', closedAt } }) as const;
const batch: Batch = { decisionId: 'd', concertId: 'c', base: 4n, events: [closed('1'), closed('2')] };
const idsOf = (of: Batch) => withIds(of).map(({ id }) => id);

test('the events of a batch keep their ids each time it is sent, and no two have the same', () => {
  expect(idsOf(batch)).toEqual(idsOf({ ...batch }));
  expect(new Set(idsOf({ ...batch, events: [closed('1'), closed('1')] })).size).toBe(2);
  for (const id of idsOf(batch)) expect(version(id)).toBe(8);
});

test.each([
  ['another decision', { ...batch, decisionId: 'e' }],
  ['another concert', { ...batch, concertId: 'x' }],
  ['another revision', { ...batch, base: 5n }],
  ['other content', { ...batch, events: [closed('1'), closed('3')] }],
  ['the beginning of it', { ...batch, events: [closed('1')] }],
  ['more than it', { ...batch, events: [closed('1'), closed('2'), closed('3')] }],
  ['another order', { ...batch, events: [closed('2'), closed('1')] }],
])('no id of a batch is one of %s', (_, other) => {
  const ids = new Set(idsOf(batch));
  expect(idsOf(other).filter((id) => ids.has(id))).toEqual([]);
});
