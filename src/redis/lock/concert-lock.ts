import { LRUCache } from 'lru-cache';
import Redlock, { ExecutionError, type Lock, ResourceLockedError } from 'redlock';
import { backoff } from '../../waiting/backoff.js';
import type { RedisServers } from '../connect.js';
import { LockExtender } from './extend-locks.js';
import { AcquiredLock, type HeldLock } from './held-lock.js';
import { KeyedMutex } from './keyed-mutex.js';
import { forgetLostLocks } from './lost-locks.js';
import { type Listening, ReleaseHints } from './release-hints.js';
import { WantedHints } from './wanted-hints.js';

export type LockResult =
  | { readonly kind: 'held'; readonly lock: HeldLock }
  /** Other holders kept the lock for the whole wait. */
  | { readonly kind: 'busy' }
  /**
   * No quorum of servers answered. The caller may continue without the lock: the log decides, the lock only helps. Until it calls
   * `release`, other callers of this process wait as for a holder.
   */
  | { readonly kind: 'unreachable'; readonly problem: string; release(): void };

export interface ConcertLockOptions {
  readonly servers: RedisServers;
  /** The lease: how long a holder keeps the lock without a release, in ms, unless it asks for less. */
  readonly leaseMs: number;
  readonly onReleaseFailed: (concertId: string, problem: string) => void;
}

const pauses = { firstMs: 10, longestMs: 80 };
/** Time for which a holder that was asked for the lock leaves it to its waiters, in ms, unless it learns that they are done. */
const yieldMs = 100;
/** After a hold of this length, in ms, while the primary is away and nobody can tell whether others wait, it is left to them as well. */
const longHoldMs = 50;
/** For how long then, in ms: about as long as a waiter pauses between two tries. */
const blindYieldMs = 60;
const mostYields = 10_000;
/** Time in which a holder releases a lock that was found to be marked as wanted, in ms: after its batch. */
const markedMs = 1_000;
/** How often a waiter tells the holder that it waits, in ms: a message may be lost. */
const tellEveryMs = 200;

/**
 * One lock per concert, over one Redis or a quorum of independent ones, first come first served within a process. It saves
 * writers conflicts; correctness does not rest on it, since a paused holder can outlive its lease.
 *
 * Between processes, the first to try after a release gets the lock. A release wakes the waiters, and the process that released
 * it lets them try first. A holder that dies wakes no one, so waiters also retry after pauses.
 */
export class ConcertLock {
  readonly #redlock: Redlock;
  readonly #extender: LockExtender;
  readonly #mutex = new KeyedMutex();
  readonly #hints: ReleaseHints;
  readonly #wanted: WantedHints;
  /** Concerts whose lock other processes waited for when this process just released it, and how long to leave it to them, in ms. */
  readonly #yieldTo = new LRUCache<string, number>({ max: mostYields, ttl: yieldMs });
  /** Concerts whose lock a process has marked as wanted that does not hear of releases. */
  readonly #marked = new LRUCache<string, true>({ max: mostYields, ttl: markedMs });

  constructor(private readonly options: ConcertLockOptions) {
    // One try per call: this class does the waiting, since it can tell contention from an unreachable Redis.
    this.#extender = new LockExtender(options.servers.all);
    this.#hints = new ReleaseHints(options.servers);
    this.#wanted = new WantedHints(options.servers);
    for (const redis of options.servers.all) forgetLostLocks(redis, this.#keyOf(''));
    this.#redlock = new Redlock([...options.servers.all], { retryCount: 0, retryDelay: 0, retryJitter: 0 });
  }

  /**
   * Acquires the lock; retries for `waitMs` while another holder has it. Reports an unreachable Redis without waiting.
   * @param longestLeaseMs a shorter lease than the configured one, in ms, for a holder that extends it often
   */
  async acquire(concertId: string, waitMs: number, longestLeaseMs = Infinity): Promise<LockResult> {
    const leaseMs = Math.min(longestLeaseMs, this.options.leaseMs);
    const deadline = performance.now() + waitMs;
    if (this.#mutex.isHeld(concertId)) this.#wanted.tellOwn(concertId);
    if (!(await this.#mutex.acquire(concertId, waitMs))) return { kind: 'busy' };
    const result = await this.#compete(concertId, leaseMs, deadline);
    if (result.kind === 'busy') this.#mutex.release(concertId);
    return result;
  }

  /**
   * Calls `listener` when another caller, of this process or another, waits for the lock, until the returned function is called.
   * The subscription outlives the lease, so that a holder that acquires the lock again and again subscribes once. One listener
   * per concert and process at a time.
   */
  onWanted(concertId: string, listener: () => void): () => void {
    this.#wanted.listen(concertId, listener);
    return () => this.#wanted.stop(concertId);
  }

  /**
   * Renews the whole leases of these locks, many in one call. One that cannot be renewed counts as expired from then on. Never
   * rejects.
   */
  async extend(locks: readonly HeldLock[]): Promise<void> {
    const held = locks.flatMap((lock) => (lock instanceof AcquiredLock && !lock.expired ? [lock] : []));
    if (held.length === 0) return;
    const sentAt = performance.now();
    const extended = await this.#extender.extend(
      held.map(({ extension, concertId }) => ({ ...extension, wantedKey: this.#wanted.markKey(concertId) })),
    );
    for (const [i, lock] of held.entries()) {
      lock.extended(sentAt, extended[i]?.isHeld === true);
      if (extended[i]?.isWanted !== true) continue;
      this.#marked.set(lock.concertId, true);
      this.#wanted.tellOwn(lock.concertId);
    }
  }

  /** Acquires the lock in competition with other processes. */
  async #compete(concertId: string, leaseMs: number, deadline: number): Promise<LockResult> {
    const yields = this.#yieldTo.get(concertId);
    this.#yieldTo.delete(concertId);
    if (yields === undefined) {
      const result = await this.#try(concertId, leaseMs);
      if (result !== null) return result;
      if (performance.now() >= deadline) return { kind: 'busy' };
    }
    const listening = this.#hints.listen(concertId);
    try {
      if (yields !== undefined)
        await listening.wait(Math.max(0, Math.min(deadline - performance.now(), yields)));
      return await this.#keepTrying(concertId, leaseMs, deadline, listening);
    } finally {
      listening.stop();
    }
  }

  async #keepTrying(
    concertId: string,
    leaseMs: number,
    deadline: number,
    listening: Listening,
  ): Promise<LockResult> {
    let tellAt = 0;
    const wait = (ms: number) => {
      if (performance.now() >= tellAt) {
        this.#wanted.tellOthers(concertId, tellAt > 0);
        tellAt = performance.now() + tellEveryMs;
      }
      return listening.wait(ms);
    };
    for await (const retry of backoff({ ...pauses, totalMs: deadline - performance.now(), wait })) {
      if (retry === 0) continue; // The first try was before, or is left to others.
      const result = await this.#try(concertId, leaseMs);
      if (result !== null) return result;
    }
    return { kind: 'busy' };
  }

  #keyOf(concertId: string): string {
    return `${this.options.servers.prefix}lock:${concertId}`;
  }

  /** Null when another holder has the lock. */
  async #try(concertId: string, leaseMs: number): Promise<LockResult | null> {
    const sentAt = performance.now();
    try {
      const lock = await this.#redlock.acquire([this.#keyOf(concertId)], leaseMs);
      if (this.#mutex.isWanted(concertId)) this.#wanted.tellOwn(concertId);
      return { kind: 'held', lock: this.#held(concertId, lock, leaseMs, sentAt) };
    } catch (error) {
      const problem = await whyUnreachable(error);
      if (problem === null) return null;
      return { kind: 'unreachable', problem, release: () => this.#mutex.release(concertId) };
    }
  }

  #held(concertId: string, acquired: Lock, leaseMs: number, sentAt: number): HeldLock {
    return new AcquiredLock(concertId, acquired, leaseMs, sentAt, {
      wakeOthers: (heldMs) => this.#wakeOthers(concertId, heldMs),
      released: () => this.#mutex.release(concertId),
      failed: (problem) => this.options.onReleaseFailed(concertId, problem),
    });
  }

  /** Wakes waiters of other processes, and lets them try first. */
  async #wakeOthers(concertId: string, heldMs: number): Promise<void> {
    const leaveMs = this.#wanted.hasListener(concertId) ? yieldMs : 0;
    const hint = await this.#hints.publish(concertId);
    const isMarked = this.#marked.delete(concertId);
    if (hint === 'received' || isMarked) this.#yieldTo.set(concertId, leaveMs);
    else if (hint === 'unknown' && heldMs >= longHoldMs) this.#yieldTo.set(concertId, blindYieldMs);
  }
}

/** Null when another holder has the lock; otherwise why the servers did not answer. */
async function whyUnreachable(error: unknown): Promise<string | null> {
  if (!(error instanceof ExecutionError)) return String(error);
  for (const attempt of error.attempts) {
    const { votesAgainst, quorumSize, membershipSize } = await attempt;
    const failures = [...votesAgainst.values()].filter(
      (against) => !(against instanceof ResourceLockedError),
    );
    // Without a quorum of answering servers the lock is unreachable; otherwise the attempt failed by contention.
    if (membershipSize - failures.length < quorumSize) return failures[0]?.message ?? 'no answer';
  }
  return null;
}
