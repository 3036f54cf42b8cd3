import { expect, test } from 'vitest';
import { progressLine } from '../../src/cli/output/progress.js';

test('progress shows how much is done of how much, and the time left', () => {
  expect(progressLine('events', { done: 30, total: 120, share: null, seconds: 10 })).toBe(
    '██████·················· 25 %  30 of 120 events  3 events/s  30 s left',
  );
  expect(progressLine('events', { done: 0, total: 120, share: null, seconds: 1 })).toBe(
    '························ 0 %  0 of 120 events  0 events/s',
  );
});

test('with more done than there was at the beginning, no total is claimed, and no share of it', () => {
  expect(progressLine('events', { done: 130, total: 120, share: null, seconds: 10 })).toBe(
    '130 events  13 events/s',
  );
});

test('where only a share is known, it is shown without a total', () => {
  expect(progressLine('events', { done: 30, total: null, share: 0.999, seconds: 10 })).toBe(
    '████████████████████████ 99 %  30 events  3 events/s  1 s left',
  );
});
