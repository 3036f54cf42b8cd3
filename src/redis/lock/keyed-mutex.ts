/**
 * Lets those of this process who want the same thing go one at a time, first come first served, so that at most one of them
 * competes with other processes for it.
 */
export class KeyedMutex {
  readonly #lines = new Map<string, (() => void)[]>();

  /** True: it is the caller's turn, and `leave` must follow. False: the turn did not come within `waitMs`. */
  async acquire(name: string, waitMs: number): Promise<boolean> {
    const line = this.#lines.get(name);
    if (line === undefined) {
      this.#lines.set(name, []);
      return true;
    }
    return new Promise((resolve) => {
      const turn = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        line.splice(line.indexOf(turn), 1);
        resolve(false);
      }, waitMs);
      line.push(turn);
    });
  }

  release(name: string): void {
    const next = this.#lines.get(name)?.shift();
    if (next === undefined) this.#lines.delete(name);
    else next();
  }
}
