/**
 * Look-ups that are shared: at most one per key at a time. A caller is given the outcome of a look-up begun after the call, never
 * of one already under way, which may have seen an older state; all who call while one is under way share the next.
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
