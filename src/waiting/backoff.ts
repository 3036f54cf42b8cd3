import { type Clock, systemClock } from './clock.js';
import { pause } from './sleep.js';

export interface BackoffOptions {
  /** The first pause is random up to this, in ms; the bound doubles with each retry. */
  readonly firstMs: number;
  /** The bound stops doubling here, in ms. */
  readonly longestMs: number;
  /** No retry begins later than this after the start, in ms. */
  readonly totalMs: number;
  /** Waits for a pause; may end it early. `sleep` if omitted. */
  readonly wait?: (ms: number) => Promise<void>;
}

/**
 * The pace of a retry loop: yields 0 at once for the first try, then 1, 2, … after pauses with full jitter. Ends when the time is
 * over; the last pause is cut short, so that the last try begins at the end of the time.
 */
export async function* backoff(
  { firstMs, longestMs, totalMs, wait }: BackoffOptions,
  clock: Clock = systemClock,
): AsyncGenerator<number, void> {
  const deadline = clock.monotonic() + totalMs;
  const sleep = wait ?? ((ms: number) => pause(ms, undefined, clock));
  yield 0;
  for (let retry = 1, longest = firstMs; ; retry++, longest = Math.min(longest * 2, longestMs)) {
    const left = deadline - clock.monotonic();
    if (left <= 0) return;
    await sleep(Math.min(left, longest * clock.random()));
    yield retry;
  }
}
