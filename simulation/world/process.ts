import type { Clock } from '../../src/waiting/clock.js';
import type { Chance } from './chance.js';
import { epoch } from './epoch.js';
import type { Scheduler } from './scheduler.js';

/**
 * A process as the operating system sees it: it can be paused, continued and killed. While it is paused its timers run on, and
 * what is due or arrives waits for it; once killed, nothing reaches it any more.
 */
export class SimulatedProcess {
  readonly clock: Clock;
  /** Null while it runs. */
  #pausedAt: number | null = null;
  #pausedMs = 0;
  #killed = false;
  readonly #bootedAt: number;
  /** What the process is behind the true time with, in ms. */
  #wallSkewMs = 0;
  /** The wall time that was told last. */
  #told = { ms: Number.NaN, text: '' };
  #waiting: (() => void)[] = [];
  readonly #killListeners = new Set<() => void>();

  constructor(
    readonly name: string,
    private readonly scheduler: Scheduler,
    chance: Chance,
  ) {
    this.#bootedAt = scheduler.now - 1_000 * chance.of(`boot of ${name}`);
    this.clock = {
      wallTime: () => this.#wallTime(Math.floor(scheduler.now + this.#wallSkewMs)),
      monotonic: () => scheduler.now - this.#bootedAt,
      after: (ms, callback) => scheduler.after(ms, () => this.reach(callback)),
      turn: () => new Promise((resolve) => void scheduler.after(0, () => this.reach(resolve))),
      random: () => chance.draw(`jitter of ${name}`),
    };
  }

  get killed(): boolean {
    return this.#killed;
  }

  get paused(): boolean {
    return this.#pausedAt !== null;
  }

  /** How long it has run so far: the time in which it was paused does not count. */
  get ranMs(): number {
    const { now } = this.scheduler;
    return (this.#pausedAt ?? now) - this.#bootedAt - this.#pausedMs;
  }

  /** Runs something in the process, now or when it is continued; not at all once it is killed. */
  reach(run: () => void): void {
    if (this.#killed) return;
    if (this.paused) this.#waiting.push(run);
    else run();
  }

  pause(): void {
    this.#pausedAt ??= this.scheduler.now;
  }

  /** What waited runs in the order it came in, each with what follows from it. */
  continue(): void {
    if (this.#pausedAt === null) return;
    this.#pausedMs += this.scheduler.now - this.#pausedAt;
    this.#pausedAt = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) this.scheduler.after(0, () => this.reach(run));
  }

  kill(): void {
    this.#killed = true;
    this.#waiting = [];
    for (const listener of this.#killListeners) listener();
    this.#killListeners.clear();
  }

  /** Calls back when the process is killed, unless the returned function is called before. */
  onKilled(listener: () => void): () => void {
    this.#killListeners.add(listener);
    return () => this.#killListeners.delete(listener);
  }

  #wallTime(ms: number): string {
    if (ms !== this.#told.ms) this.#told = { ms, text: new Date(epoch + ms).toISOString() };
    return this.#told.text;
  }

  /** Sets the wall clock forward or back. */
  jumpWallClock(ms: number): void {
    this.#wallSkewMs += ms;
  }
}
