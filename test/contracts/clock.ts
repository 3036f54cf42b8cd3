import { expect, it } from 'vitest';
import type { Clock } from '../../src/waiting/clock.js';

export interface ClockUnderTest {
  readonly clock: Clock;
  /** Sets the wall clock, where a test can. */
  readonly jump?: (ms: number) => void;
}

/** What waits relies on in a clock. Each `Clock` passes it. */
export function clockContract(open: () => ClockUnderTest): void {
  const after = (clock: Clock, ms: number) =>
    new Promise<void>((resolve) => void clock.after(ms, () => resolve()));

  it('tells the wall time in ISO 8601, to the millisecond, in UTC', () => {
    const time = open().clock.wallTime();
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(new Date(time).toISOString()).toBe(time);
  });

  it('measures durations that are never negative, and at least as long as a wait', async () => {
    const { clock } = open();
    let last = clock.monotonic();
    for (let i = 0; i < 20; i++) {
      await after(clock, i % 4);
      const now = clock.monotonic();
      // Timers may be a fraction of a millisecond early.
      expect(now - last).toBeGreaterThanOrEqual((i % 4) - 1);
      last = now;
    }
  });

  it('calls back once, the shorter wait first, and not at all when it is told so', async () => {
    const { clock } = open();
    const called: string[] = [];
    const cancelled = clock.after(1, () => called.push('cancelled'));
    clock.after(30, () => called.push('late'));
    const cancelLate = clock.after(5, () => called.push('early'));
    cancelled();
    cancelled();
    await after(clock, 60);
    cancelLate();
    expect(called).toEqual(['early', 'late']);
  });

  it('a turn ends after what has arrived is handled, and before a timer that is not due', async () => {
    const { clock } = open();
    const order: string[] = [];
    const cancel = clock.after(60_000, () => order.push('timer'));
    void Promise.resolve().then(() => order.push('microtask'));
    await clock.turn();
    order.push('turn');
    cancel();
    expect(order).toEqual(['microtask', 'turn']);
  });

  it('draws numbers from 0 up to 1, not always the same', () => {
    const { clock } = open();
    const drawn = Array.from({ length: 100 }, () => clock.random());
    for (const each of drawn) {
      expect(each).toBeGreaterThanOrEqual(0);
      expect(each).toBeLessThan(1);
    }
    expect(new Set(drawn).size).toBeGreaterThan(50);
  });

  it('durations and waits do not follow a wall clock that is set', async () => {
    const { clock, jump } = open();
    for (const ms of jump === undefined ? [] : [3_600_000, -7_200_000]) {
      const [wall, before] = [Date.parse(clock.wallTime()), clock.monotonic()];
      jump?.(ms);
      expect(Math.abs(Date.parse(clock.wallTime()) - wall - ms)).toBeLessThan(1_000);
      await after(clock, 2);
      expect(clock.monotonic() - before).toBeLessThan(1_000);
    }
  });
}
