import type { Lock } from 'redlock';
import { messageOf } from '../../waiting/message-of.js';
import { within } from '../../waiting/within.js';
import type { Extension } from './extend-locks.js';

export interface HeldLock {
  /** The value of the lock's key while this process holds it. */
  readonly token: string;
  /**
   * Whether the lease has ended, by this process's monotonic clock, counted from before the request for the lock. A process that
   * was paused finds out here, and by its append.
   */
  readonly expired: boolean;
  /** The rest of the lease by the same clock, in ms; not positive when it has ended. */
  readonly leftMs: number;
  /**
   * Releases the lock; waits briefly for the answers. A lock that Redis has removed with its lease is left alone. Never rejects: a
   * lock that cannot be released expires.
   */
  release(): Promise<void>;
}

/** What a release does beside deleting the lock in Redis. */
export interface ReleaseHooks {
  /** @param heldMs how long the lock was held, in ms */
  readonly wakeOthers: (heldMs: number) => Promise<void>;
  /** Called last, also when Redis does not answer. */
  readonly released: () => void;
  /** The release of a lock whose lease has not ended failed. */
  readonly failed: (problem: string) => void;
}

/** How long a release waits for answers, in ms: they only affect which waiter is next. */
const releasePatienceMs = 50;

/** Allowance for faster clocks of the servers, in ms: 1 % of the lease, and 2 ms for their precision. */
const driftOf = (leaseMs: number): number => Math.round(leaseMs * 0.01) + 2;

/** A lock as redlock acquired it, with its lease by the monotonic clock. */
export class AcquiredLock implements HeldLock {
  readonly #acquiredAt = performance.now();
  #heldUntil: number;
  /** When every server has removed the lock: they count its lease from when they get the request, at the latest from its answer. */
  #goneAt: number;

  /** @param sentAt when the request was sent, by the monotonic clock */
  constructor(
    readonly concertId: string,
    private readonly lock: Lock,
    private readonly leaseMs: number,
    sentAt: number,
    private readonly hooks: ReleaseHooks,
  ) {
    this.#heldUntil = this.#endOfLease(sentAt);
    this.#goneAt = this.#removal();
  }

  get token(): string {
    return this.lock.value;
  }

  get expired(): boolean {
    return this.leftMs <= 0;
  }

  get leftMs(): number {
    return this.#heldUntil - performance.now();
  }

  get extension(): Pick<Extension, 'key' | 'token' | 'leaseMs'> {
    const [key = ''] = this.lock.resources;
    return { key, token: this.token, leaseMs: this.leaseMs };
  }

  /**
   * Notes the outcome of an extension that was sent at `sentAt`, by the monotonic clock. A lock that may not have been extended
   * counts as expired: the holder acquires it again.
   */
  extended(sentAt: number, isExtended: boolean): void {
    this.#heldUntil = isExtended ? this.#endOfLease(sentAt) : 0;
    this.#goneAt = this.#removal();
  }

  async release(): Promise<void> {
    if (performance.now() < this.#goneAt) {
      // Both are sent now, and each server runs commands in order: the next attempt, here or in a woken process, comes after.
      const sent = Promise.all([this.#delete(), this.hooks.wakeOthers(performance.now() - this.#acquiredAt)]);
      await within<unknown>(releasePatienceMs, sent, () => null);
    }
    this.hooks.released();
  }

  async #delete(): Promise<void> {
    const wasHeld = !this.expired;
    try {
      await this.lock.release();
    } catch (error) {
      if (wasHeld) this.hooks.failed(messageOf(error));
    }
  }

  #endOfLease(sentAt: number): number {
    return sentAt + this.leaseMs - driftOf(this.leaseMs);
  }

  #removal(): number {
    return performance.now() + this.leaseMs + driftOf(this.leaseMs);
  }
}
