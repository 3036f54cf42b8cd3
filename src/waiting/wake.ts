import { type Clock, systemClock } from './clock.js';

/** A signal between two asynchronous tasks. A wake-up without a waiter is kept for the next wait. */
export class Wake {
  #awake = false;
  #resume: (() => void) | null = null;

  constructor(private readonly clock: Clock = systemClock) {}

  wake(): void {
    this.#awake = true;
    this.#resume?.();
  }

  /** Resolves on the next wake-up, or after `ms` milliseconds. One waiter at a time. */
  async wait(ms?: number): Promise<void> {
    if (!this.#awake) {
      let cancel = () => {};
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
        if (ms !== undefined) cancel = this.clock.after(ms, resolve);
      });
      cancel();
      this.#resume = null;
    }
    this.#awake = false;
  }
}
