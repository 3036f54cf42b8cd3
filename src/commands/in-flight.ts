/** Tracks running commands, so that a stop can wait for them. */
export class InFlight {
  readonly #running = new Set<Promise<unknown>>();

  /** @param onCount called with the number of running commands when it changes */
  constructor(private readonly onCount: (count: number) => void = () => {}) {}

  track<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => {
      this.#running.delete(tracked);
      this.onCount(this.#running.size);
    });
    this.#running.add(tracked);
    this.onCount(this.#running.size);
    return tracked;
  }

  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}
