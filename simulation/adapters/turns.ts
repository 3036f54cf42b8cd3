import type { Clock } from '../../src/waiting/clock.js';

/** One turn per name within a process, first come first served. */
export class Turns {
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(private readonly clock: Clock) {}

  /** False: the turn did not come within `waitMs`. Else the caller must `pass` it on. */
  take(name: string, waitMs: number): Promise<boolean> {
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) {
      this.#waiting.set(name, []);
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const begin = () => {
        cancel();
        resolve(true);
      };
      const cancel = this.clock.after(waitMs, () => {
        waiting.splice(waiting.indexOf(begin), 1);
        resolve(false);
      });
      waiting.push(begin);
    });
  }

  isTaken(name: string): boolean {
    return this.#waiting.has(name);
  }

  /** Whether it is taken and others wait for it. */
  isWanted(name: string): boolean {
    return (this.#waiting.get(name)?.length ?? 0) > 0;
  }

  pass(name: string): void {
    const next = this.#waiting.get(name)?.shift();
    if (next === undefined) this.#waiting.delete(name);
    else next();
  }
}
