import { expect, test } from 'vitest';
import { invariants } from '../../src/domain/invariants.js';
import { controls } from '../../torture/controls/controls.js';
import { misfits } from '../../torture/controls/variant-build.js';

test('the patches of all controls fit the code', () => {
  expect(misfits(controls)).toEqual([]);
});

test('there is a control for each invariant', () => {
  expect(controls.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(invariants)));
});
