/**
 * Spacing of batches at the end of the log. A batch costs about the same for five events as for five hundred, so events that
 * keep coming are gathered, except while a reader waits for one of them.
 */
export class BatchThrottle {
  readonly #listeners = new Set<() => void>();

  /** @param spacingMs shortest time between two batches with events, in ms */
  constructor(readonly spacingMs = 100) {}

  /** Flushes because a reader of this process waits for a read model. To be repeated for as long as it waits. */
  flush(): void {
    for (const listener of this.#listeners) listener();
  }

  /** @returns removes the listener */
  onFlush(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
