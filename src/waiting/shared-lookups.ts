/**
 * Shares look-ups: at most one per key at a time. A caller gets the outcome of a look-up that begins after the call, never of
 * one already in flight, which may have read an older state; all calls during one look-up share the next.
 */
export class SharedLookups<T> {
  readonly #running = new Map<string, LookUp<T>>();

  /** @param rest awaited between a look-up that callers came during and the next one, in which more callers come to share that */
  constructor(
    private readonly lookUp: (key: string) => Promise<T>,
    private readonly rest?: () => Promise<void>,
  ) {}

  get(key: string): Promise<T> {
    const running = this.#running.get(key);
    if (running === undefined) return this.#begin(key).outcome;
    running.next ??= this.#after(key, running);
    return running.next;
  }

  async #after(key: string, running: LookUp<T>): Promise<T> {
    await running.outcome.catch(() => {}); // Its own callers get the failure.
    await this.rest?.();
    return this.#begin(key).outcome;
  }

  #begin(key: string): LookUp<T> {
    const begun: LookUp<T> = { outcome: this.lookUp(key), next: undefined };
    this.#running.set(key, begun);
    const end = () => {
      if (begun.next === undefined) this.#running.delete(key);
    };
    begun.outcome.then(end, end);
    return begun;
  }
}

interface LookUp<T> {
  readonly outcome: Promise<T>;
  next: Promise<T> | undefined;
}
