import { expect, it } from 'vitest';
import { scheduleOf } from '../../simulation/sale/schedule.js';
import { tryOut } from '../../simulation/trial.js';

/** As many as take some five seconds of CPU; `npm run simulate` goes on from there. */
const schedules = 120;
/** Those before are tried by the unit tests. */
const from = 9;

it('some hundred schedules break no rule', async () => {
  for (let seed = from; seed < from + schedules; seed++) {
    const { violations } = await tryOut(scheduleOf(seed));
    expect({ seed, violations }).toEqual({ seed, violations: [] });
  }
});
