/**
 * A mutex per name within this process, first come first served, so that at most one caller of this process competes with other
 * processes for the lock of that name.
 */
export class KeyedMutex {
  readonly #waiting = new Map<string, (() => void)[]>();

  /** True: the caller holds the mutex and must `release` it. False: it was not acquired within `waitMs`. */
  async acquire(name: string, waitMs: number): Promise<boolean> {
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) {
      this.#waiting.set(name, []);
      return true;
    }
    return new Promise((resolve) => {
      const turn = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(turn), 1);
        resolve(false);
      }, waitMs);
      waiting.push(turn);
    });
  }

  isHeld(name: string): boolean {
    return this.#waiting.has(name);
  }

  /** Whether it is held and others wait for it. */
  isWanted(name: string): boolean {
    return (this.#waiting.get(name)?.length ?? 0) > 0;
  }

  release(name: string): void {
    const next = this.#waiting.get(name)?.shift();
    if (next === undefined) this.#waiting.delete(name);
    else next();
  }
}
