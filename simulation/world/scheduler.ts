/** So many turns are asked of the event loop at once: between two of them all microtasks run, and the loop itself costs more. */
const turnsAtOnce = 64;
/** A shorter pause could vanish when it is added to the time, which would then stand still. */
const shortestMs = 0.001;

interface Due {
  readonly at: number;
  readonly sequence: number;
  run: (() => void) | null;
}

/**
 * The simulated time, in ms, and what happens when: one thing at a time, the earliest first, each followed by everything that it
 * causes without waiting. No real time passes. What is due at the same time runs in the order it was scheduled in.
 */
export class Scheduler {
  #now = 0;
  #sequence = 0;
  #step = 0;
  /** A binary heap. */
  readonly #due: Due[] = [];
  #free: Promise<void> | null = null;

  get now(): number {
    return this.#now;
  }

  /** How many things have run: tells what came first at one time. */
  get step(): number {
    return this.#step;
  }

  /** Runs `run` in `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void {
    const delay = ms <= 0 ? 0 : Math.max(shortestMs, ms);
    const due: Due = { at: this.#now + delay, sequence: this.#sequence++, run };
    this.#push(due);
    return () => {
      due.run = null;
    };
  }

  /** Runs what is due, until `isOver`, or until nothing is left. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let hasEnded = false;
      const turn = () => {
        if (hasEnded) return;
        try {
          hasEnded = isOver() || !this.#runNext();
          if (hasEnded) resolve();
        } catch (error) {
          hasEnded = true;
          reject(error);
        }
      };
      const askForTurns = () => {
        if (hasEnded) return;
        for (let i = 0; i < turnsAtOnce; i++) setImmediate(turn);
        setImmediate(askForTurns);
      };
      askForTurns();
    });
  }

  /** False: nothing is left. */
  #runNext(): boolean {
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) {
      if (next.run === null) continue;
      this.#now = next.at;
      this.#step += 1;
      next.run();
      return true;
    }
    return false;
  }

  /**
   * Lets time pass by itself while anybody waits, so that a test can await simulated things as it awaits real ones. Ends with
   * `isOver`.
   */
  runFreely(isOver: () => boolean): void {
    const loop = async () => {
      while (!isOver()) {
        await this.run(isOver);
        await new Promise((resolve) => void setImmediate(resolve));
      }
    };
    this.#free ??= loop();
  }

  #push(due: Due): void {
    const heap = this.#due;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(due, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = due;
  }

  #pop(): Due | undefined {
    const heap = this.#due;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      let child = heap[below];
      const other = heap[below + 1];
      if (child !== undefined && other !== undefined && isBefore(other, child))
        [below, child] = [below + 1, other];
      if (child === undefined || !isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

const isBefore = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
