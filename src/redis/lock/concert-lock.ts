import Redlock, { ExecutionError, type Lock, ResourceLockedError } from 'redlock';
import { within } from '../../waiting/within.js';
import type { RedisServers } from '../connect.js';
import { KeyedMutex } from './keyed-mutex.js';
import { forgetLostLocks } from './lost-locks.js';
import { type Listening, ReleaseHints } from './release-hints.js';

export type LockResult =
  | { readonly kind: 'held'; readonly lock: HeldLock }
  /** Somebody else had it all through the wait. */
  | { readonly kind: 'busy' }
  /** No quorum of servers answered. The caller may go on without: the log decides, the lock only helps. */
  | { readonly kind: 'unreachable'; readonly problem: string };

export interface HeldLock {
  /** What the lock's key holds while it is ours. */
  readonly token: string;
  /**
   * Whether the lease is over, by this process's monotonic clock, counted from before the lock was asked for. A paused process
   * finds out here, and by its append.
   */
  readonly expired: boolean;
  /** Sent when it resolves, and waited for a little. Never rejects: a lock that cannot be released runs out by itself. */
  release(): Promise<void>;
}

export interface ConcertLockOptions {
  readonly servers: RedisServers;
  /** How long a holder may keep it without a release, in ms. */
  readonly leaseMs: number;
  readonly onReleaseFailed: (concertId: string, problem: string) => void;
}

const shortestPauseMs = 5;
const longestPauseMs = 40;
/** How long a release waits for answers, in ms: they only tell who is next. */
const releasePatienceMs = 50;

/** How much faster than ours the servers' clocks may run, in ms: 1 % of the lease, and 2 ms for the precision of theirs. */
const driftOf = (leaseMs: number): number => Math.round(leaseMs * 0.01) + 2;

/**
 * One lock per concert, over one Redis or a quorum of independent ones, first come first served within a process. It keeps
 * writers from deciding in vain at the same time; it is not what correctness rests on, since a lease can be outlived by a paused holder.
 *
 * Over several processes it goes to whoever tries first after a release, which wakes those who wait; the process that
 * released it lets them go first. A holder that died wakes nobody: those who wait also try again by themselves.
 */
export class ConcertLock {
  readonly #redlock: Redlock;
  readonly #line = new KeyedMutex();
  readonly #hints: ReleaseHints;
  /** Concerts that other processes waited for when this one released them. */
  readonly #givingWay = new Set<string>();

  constructor(private readonly options: ConcertLockOptions) {
    // One try per call: the waiting is done here, where contention and a missing Redis can be told apart.
    this.#hints = new ReleaseHints(options.servers);
    for (const redis of options.servers.all) forgetLostLocks(redis, this.#keyOf(''));
    this.#redlock = new Redlock([...options.servers.all], { retryCount: 0, retryDelay: 0, retryJitter: 0 });
  }

  /** Takes the lock, trying for `waitMs` while somebody else has it. An unreachable Redis is reported at once. */
  async acquire(concertId: string, waitMs: number): Promise<LockResult> {
    const deadline = performance.now() + waitMs;
    if (!(await this.#line.acquire(concertId, waitMs))) return { kind: 'busy' };
    const result = await this.#compete(concertId, deadline);
    if (result.kind !== 'held') this.#line.release(concertId);
    return result;
  }

  /** Against other processes. */
  async #compete(concertId: string, deadline: number): Promise<LockResult> {
    if (!this.#givingWay.delete(concertId)) {
      const result = await this.#try(concertId);
      if (result !== null) return result;
      if (performance.now() >= deadline) return { kind: 'busy' };
    }
    const listening = this.#hints.listen(concertId);
    try {
      return await this.#keepTrying(concertId, deadline, listening);
    } finally {
      listening.stop();
    }
  }

  async #keepTrying(concertId: string, deadline: number, listening: Listening): Promise<LockResult> {
    for (let pause = shortestPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      const left = deadline - performance.now();
      await listening.wait(Math.max(0, Math.min(left, pause * (0.5 + Math.random()))));
      const result = await this.#try(concertId);
      if (result !== null) return result;
      if (performance.now() >= deadline) return { kind: 'busy' };
    }
  }

  #keyOf(concertId: string): string {
    return `${this.options.servers.prefix}lock:${concertId}`;
  }

  /** Null when somebody else has it. */
  async #try(concertId: string): Promise<LockResult | null> {
    const { leaseMs } = this.options;
    const heldUntil = performance.now() + leaseMs - driftOf(leaseMs);
    try {
      const lock = await this.#redlock.acquire([this.#keyOf(concertId)], leaseMs);
      return { kind: 'held', lock: this.#held(concertId, lock, heldUntil) };
    } catch (error) {
      const problem = await whyUnreachable(error);
      return problem === null ? null : { kind: 'unreachable', problem };
    }
  }

  #held(concertId: string, lock: Lock, heldUntil: number): HeldLock {
    const { onReleaseFailed } = this.options;
    const release = async () => {
      try {
        await lock.release();
      } catch (error) {
        onReleaseFailed(concertId, error instanceof Error ? error.message : String(error));
      }
    };
    const wakeOthers = async () => {
      if (await this.#hints.tell(concertId)) this.#givingWay.add(concertId);
    };
    const leaveLine = () => this.#line.release(concertId);
    return {
      token: lock.value,
      get expired() {
        return performance.now() >= heldUntil;
      },
      async release() {
        // Both are sent now, and each server takes commands in order: whoever is woken, or is next in this process, comes after.
        await within<unknown>(releasePatienceMs, Promise.all([release(), wakeOthers()]), () => null);
        leaveLine();
      },
    };
  }
}

/** Null when the lock is simply held by somebody; otherwise what kept the servers from answering. */
async function whyUnreachable(error: unknown): Promise<string | null> {
  if (!(error instanceof ExecutionError)) return String(error);
  for (const attempt of error.attempts) {
    const { votesAgainst, quorumSize, membershipSize } = await attempt;
    const failures = [...votesAgainst.values()].filter(
      (against) => !(against instanceof ResourceLockedError),
    );
    // Without the failed servers a quorum could still be had, so it was contention that cost us the lock.
    if (membershipSize - failures.length < quorumSize) return failures[0]?.message ?? 'no answer';
  }
  return null;
}
