/**
 * How closely batches follow each other at the end of the log. A batch costs about the same whether it has five events or
 * five hundred, so where events keep coming they are gathered; but not while somebody waits to see one of them.
 */
export class BatchThrottle {
  readonly #listeners = new Set<() => void>();

  /** @param spacingMs how far apart batches with events are at least, in ms */
  constructor(readonly spacingMs = 100) {}

  /** Somebody of this process waits for a read model. To be called again for as long as that is so. */
  flush(): void {
    for (const listener of this.#listeners) listener();
  }

  /** @returns ends the listening */
  onFlush(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
