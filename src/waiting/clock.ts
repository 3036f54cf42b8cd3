import { setImmediate as turnOfEventLoop } from 'node:timers/promises';

/**
 * Time and chance as one process has them. What waits takes its clock from the caller, so that a simulation can run it without
 * real time passing.
 */
export interface Clock {
  /** The wall time, ISO 8601: for people, and for what crosses processes. It may jump; no duration is measured with it. */
  wallTime(): string;
  /** Milliseconds since some moment in the past; never set back. */
  monotonic(): number;
  /** Calls back once after `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, callback: () => void): () => void;
  /** Resolves when everything that has arrived by now has been handled. */
  turn(): Promise<void>;
  /** A number from 0 up to 1, for jitter. */
  random(): number;
}

export const systemClock: Clock = {
  wallTime: () => new Date().toISOString(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  turn: () => turnOfEventLoop(),
  random: () => Math.random(),
};
