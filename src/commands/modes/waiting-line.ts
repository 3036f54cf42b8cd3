import type { Clock } from '../../waiting/clock.js';
import type { AppendLimits } from '../deciding/decide-all.js';
import type { RetryLater } from '../outcome.js';
import { busy } from '../outcome.js';
import type { PendingCommand } from '../pending-command.js';

export interface LineBounds {
  /** The most commands that may wait for one concert in this process. */
  readonly queueLimit: number;
  /** The longest wait of a command, in ms. A command that would wait longer fails as busy without waiting. */
  readonly longestWaitMs: number;
  readonly clock: Clock;
}

/** Assumed duration of an append until the first one is measured, in ms. */
const firstGuessMs = 5;

/** The commands of this process that wait for one concert, in order of arrival, bounded in number and in time. */
export class WaitingLine<Item extends { readonly command: PendingCommand }> {
  #waiting: Waiting<Item>[] = [];
  /** Appends that the waiting commands need: the sum of their shares of an append. */
  #appends = 0;
  /** Smoothed duration of an append, including the wait for the lock, in ms; the expected wait is computed from it. */
  #appendMs = firstGuessMs;

  /** @param reject receives the commands that cannot wait, or have waited too long */
  constructor(
    private readonly bounds: LineBounds,
    private readonly limits: AppendLimits,
    private readonly reject: (item: Item, reason: RetryLater) => void,
  ) {}

  get length(): number {
    return this.#waiting.length;
  }

  /** @param since when the item began to wait, by the monotonic clock */
  add(item: Item, since = this.bounds.clock.monotonic()): void {
    const expectedWaitMs = Math.floor(this.#appends) * this.#appendMs;
    if (this.length >= this.bounds.queueLimit || expectedWaitMs > this.bounds.longestWaitMs) {
      this.reject(item, busy(Math.max(1, Math.ceil(expectedWaitMs / 1_000))));
      return;
    }
    this.#waiting.push({ item, since });
    this.#appends += this.#shareOf(item.command);
  }

  some(matches: (item: Item) => boolean): boolean {
    return this.#waiting.some(({ item }) => matches(item));
  }

  /** Takes out all that wait, and rejects those among them that have waited too long. */
  take(): Taken<Item> {
    this.rejectAfter(this.bounds.longestWaitMs);
    const taken = this.#waiting;
    this.#set([]);
    return {
      items: taken.map(({ item }) => item),
      putBack: (from) => this.#set([...taken.slice(from), ...this.#waiting]),
    };
  }

  /** Rejects items that have waited longer than `ms` milliseconds. */
  rejectAfter(ms: number): void {
    const now = this.bounds.clock.monotonic();
    const late = this.#waiting.filter(({ since }) => now - since > ms);
    if (late.length === 0) return;
    this.#set(this.#waiting.filter(({ since }) => now - since <= ms));
    for (const { item } of late) this.reject(item, busy());
  }

  /** Rejects the first `count`. */
  rejectFirst(count: number): void {
    const rejected = this.#waiting.slice(0, count);
    this.#set(this.#waiting.slice(count));
    for (const { item } of rejected) this.reject(item, busy());
  }

  /** Notes how long an append took, in ms. */
  measured(milliseconds: number): void {
    this.#appendMs = 0.8 * this.#appendMs + 0.2 * milliseconds;
  }

  #set(waiting: Waiting<Item>[]): void {
    this.#waiting = waiting;
    this.#appends = waiting.reduce((sum, { item }) => sum + this.#shareOf(item.command), 0);
  }

  /** A command's share of an append: one divided by the number of its size that fit. */
  #shareOf({ size }: PendingCommand): number {
    const { events, commands } = this.limits;
    return 1 / Math.max(1, Math.min(commands, Math.floor(events / size)));
  }
}

interface Waiting<Item> {
  readonly item: Item;
  /** By the monotonic clock. */
  readonly since: number;
}

export interface Taken<Item> {
  readonly items: readonly Item[];
  /** Puts those from this index on back, before all that have come since. */
  putBack(from: number): void;
}
