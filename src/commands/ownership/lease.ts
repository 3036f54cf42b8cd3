import type { Clock } from '../../waiting/clock.js';
import { messageOf } from '../../waiting/message-of.js';
import type { CommandObserver } from '../observer.js';
import type { ArrivalQueue, ConcertLock, HeldLock } from '../ports.js';

export interface LeaseContext {
  readonly queue: ArrivalQueue;
  readonly lock: ConcertLock;
  readonly observer: CommandObserver;
  readonly clock: Clock;
}

/** Part of the lock's lease after which it is extended before a batch. The renewal of all claims extends it earlier as a rule. */
const extendAfter = 1 / 2;

/**
 * `kept`: held without interruption since the last call. `acquired`: others may have appended meanwhile. `without`: no quorum of Redis
 * servers answers; the expected revision alone decides.
 */
export type LockState = 'kept' | 'acquired' | 'without' | 'busy';

/**
 * The ownership of one concert: a claim on its queue, so that other processes hand over their purchases instead of competing,
 * and the concert's lock from the first batch on. Both are leases of the same length, renewed together, so that a next owner
 * waits for neither longer than for the other. A pause may outlive them, so neither is what correctness rests on.
 */
export class OwnerLease {
  #lock: HeldLock | null = null;
  /** The whole lease of the lock as it was last acquired or extended, in ms. */
  #lockMs = 0;
  #lockedAt = 0;
  #extending = false;
  #wanted = false;
  #isLost = false;
  #isReleased = false;
  #claimedUntil = 0;
  #stopListening = (): void => {};
  /** Called when another process waits for the lock. */
  onWanted = (): void => {};

  private constructor(
    private readonly context: LeaseContext,
    readonly concertId: string,
    readonly token: string,
  ) {}

  /** Null when another process owns the concert. Rejects without Redis. */
  static async claim(context: LeaseContext, concertId: string): Promise<OwnerLease | null> {
    const lease = new OwnerLease(context, concertId, context.queue.newToken());
    if (!(await lease.#claim(false))) return null;
    lease.#stopListening = context.lock.onWanted(concertId, () => {
      lease.#wanted = true;
      lease.onWanted();
    });
    return lease;
  }

  /** Whether another process is known to own the concert, or the claim is known to be gone. */
  get isLost(): boolean {
    return this.#isLost;
  }

  lose(): void {
    this.#isLost = true;
  }

  /** Notes that the claim was renewed by a call that was sent at `sentAt`, by the monotonic clock. */
  renewed(sentAt: number): void {
    this.#claimedUntil = sentAt + this.context.queue.ownerLeaseMs;
  }

  /** Whether the claim has not run out, as far as this process knows. One that was paused finds out here. */
  get isFresh(): boolean {
    return this.context.clock.monotonic() < this.#claimedUntil;
  }

  /** Claims the concert again; false, and lost, when another process owns it. Rejects without Redis. */
  confirm(): Promise<boolean> {
    return this.#claim(true);
  }

  async #claim(again: boolean): Promise<boolean> {
    const sentAt = this.context.clock.monotonic();
    if (await this.context.queue.claim(this.concertId, this.token, again)) this.renewed(sentAt);
    else this.#isLost = true;
    return !this.#isLost;
  }

  /** Whether another caller waits for the lock, and has for as long as this holder may keep it from others, `ms` milliseconds. */
  isLockWanted(ms: number): boolean {
    return this.#wanted && this.#lock !== null && this.context.clock.monotonic() - this.#lockedAt >= ms;
  }

  /** Extends or acquires the lock. Waits for it for `waitMs` at most. */
  async takeLock(waitMs: number): Promise<LockState> {
    if (this.#lock !== null && !this.#lock.expired) {
      this.#keepLock();
      return 'kept';
    }
    await this.yieldLock();
    const { lock, queue } = this.context;
    const acquired = await lock.acquire(this.concertId, waitMs, queue.ownerLeaseMs);
    if (acquired.kind === 'busy') return 'busy';
    if (acquired.kind === 'unreachable') {
      acquired.release();
      this.context.observer.ranWithoutLock(this.concertId, acquired.problem);
      return 'without';
    }
    this.#lock = acquired.lock;
    this.#lockMs = acquired.lock.leftMs;
    this.#lockedAt = this.context.clock.monotonic();
    return 'acquired';
  }

  /** The lock, if it is held and its lease has not ended. */
  get heldLock(): HeldLock | null {
    return this.#lock?.expired === false ? this.#lock : null;
  }

  /** Extends the lock, if it is held and part of its lease is over; does not wait for Redis. */
  #keepLock(): void {
    const lock = this.#lock;
    if (lock === null || lock.expired || lock.leftMs >= this.#lockMs * (1 - extendAfter)) return;
    void this.#extend(lock);
  }

  /** Releases the lock, if it is held, and wakes its waiters. The claim stays. */
  async yieldLock(): Promise<void> {
    const lock = this.#lock;
    this.#lock = null;
    this.#wanted = false;
    await lock?.release();
  }

  /** Gives up a concert without work; false when there is work after all. Rejects without Redis. */
  async releaseIfIdle(): Promise<boolean> {
    if (!(await this.context.queue.releaseIfEmpty(this.concertId, this.token))) return false;
    this.#isLost = true;
    this.#isReleased = true;
    return true;
  }

  /**
   * Gives up lock and claim, also one that counts as lost: it may still be there, and would keep other processes out. Never
   * rejects: what cannot be released runs out.
   */
  async end(): Promise<void> {
    await this.yieldLock();
    this.#stopListening();
    if (this.#isReleased) return;
    this.#isLost = true;
    try {
      await this.context.queue.release(this.concertId, this.token);
    } catch (error) {
      this.context.observer.lockReleaseFailed(this.concertId, messageOf(error));
    }
  }

  async #extend(lock: HeldLock): Promise<void> {
    if (this.#extending) return;
    this.#extending = true;
    await this.context.lock.extend([lock]);
    this.#extending = false;
  }
}
