/**
 * Shares look-ups: at most one per key at a time. A caller gets the outcome of a look-up that begins after the call, never of
 * one already in flight, which may have read an older state; all calls during one look-up share the next.
 */
export class SharedLookups<T> {
  readonly #running = new Map<string, LookUp<T>>();

  constructor(private readonly lookUp: (key: string) => Promise<T>) {}

  get(key: string): Promise<T> {
    const running = this.#running.get(key);
    if (running === undefined) return this.#begin(key).outcome;
    running.next ??= running.outcome.then(
      () => this.#begin(key).outcome,
      () => this.#begin(key).outcome,
    );
    return running.next;
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
