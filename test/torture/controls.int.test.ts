import { expect, test } from 'vitest';
import { invariants } from '../../src/domain/invariants.js';
import { controls } from '../../torture/controls/controls.js';
import { misfits } from '../../torture/controls/variant-build.js';

test('the patches of all controls fit the code', () => {
  expect(misfits(controls)).toEqual([]);
});

/** The crowd of the torture holds nothing and waits for nothing; docs/reliability.md says so. */
const ofHolds = new Set(['I13', 'I14', 'I15']);

test('there is a control for each invariant of purchases', () => {
  const ofPurchases = Object.keys(invariants).filter((name) => !ofHolds.has(name));
  expect(controls.map(({ name }) => name)).toEqual(expect.arrayContaining(ofPurchases));
});
