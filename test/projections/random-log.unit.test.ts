import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everyEventType } from '../support/event-types.js';
import { steps, toLog } from './random-log.js';

test('random logs have events of every type, so that read models are compared on each', () => {
  const logs = fc.sample(steps(0), { numRuns: 120, seed: 1 }).map((each) => toLog(each));
  const types = logs.flatMap(({ events }) =>
    events.flatMap(({ event: { decoded } }) => (decoded.ok ? [decoded.event.type] : [])),
  );
  expect(new Set<string>(types)).toEqual(everyEventType);
});
