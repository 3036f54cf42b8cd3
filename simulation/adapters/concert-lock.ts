import type { ConcertLock, HeldLock, LockResult } from '../../src/commands/ports.js';
import { backoff } from '../../src/waiting/backoff.js';
import type { Clock } from '../../src/waiting/clock.js';
import { Wake } from '../../src/waiting/wake.js';
import { within } from '../../src/waiting/within.js';
import { LockHints } from './lock-hints.js';
import { Quorum, type Voter } from './quorum.js';
import type { Subscriber } from './subscriber.js';
import { Turns } from './turns.js';

interface LockOptions {
  /** The first is the primary, over which hints are published. */
  readonly voters: readonly [Voter, ...Voter[]];
  readonly subscriber: Subscriber;
  readonly clock: Clock;
  readonly leaseMs: number;
  /** Tells the tokens of this process from those of others. */
  readonly owner: string;
}

const releasePatienceMs = 50;
const tellEveryMs = 200;
const yieldMs = 100;
const driftOf = (leaseMs: number): number => Math.round(leaseMs * 0.01) + 2;

/** The lock's adapter in one process, over one simulated Redis or several: it waits and hints as `src/redis/lock`. */
export class SimulatedConcertLock implements ConcertLock {
  readonly #turns: Turns;
  readonly #quorum: Quorum;
  readonly #hints: LockHints;
  /** Until when the lock of a concert is left to waiters of other processes. */
  readonly #yieldUntil = new Map<string, number>();
  /** What extends each lock. */
  readonly #extend = new WeakMap<HeldLock, () => Promise<void>>();
  #tokens = 0;

  constructor(private readonly options: LockOptions) {
    const { voters, clock, subscriber } = options;
    this.#turns = new Turns(clock);
    this.#quorum = new Quorum(voters, clock);
    this.#hints = new LockHints(voters[0], subscriber);
  }

  async acquire(concertId: string, waitMs: number, longestLeaseMs = Infinity): Promise<LockResult> {
    const leaseMs = Math.min(longestLeaseMs, this.options.leaseMs);
    const { clock } = this.options;
    const deadline = clock.monotonic() + waitMs;
    if (this.#turns.isTaken(concertId)) this.#hints.wantedHere(concertId);
    if (!(await this.#turns.take(concertId, waitMs))) return { kind: 'busy' };
    const result = await this.#compete(concertId, leaseMs, deadline);
    if (result.kind === 'busy') this.#turns.pass(concertId);
    return result;
  }

  onWanted(concertId: string, listener: () => void): () => void {
    return this.#hints.onWanted(concertId, listener);
  }

  async #compete(concertId: string, leaseMs: number, deadline: number): Promise<LockResult> {
    const { clock } = this.options;
    const left = () => deadline - clock.monotonic();
    const yieldsFor = (this.#yieldUntil.get(concertId) ?? 0) - clock.monotonic();
    this.#yieldUntil.delete(concertId);
    if (yieldsFor <= 0) {
      const result = await this.#try(concertId, leaseMs);
      if (result !== null) return result;
    }
    const released = new Wake(clock);
    this.#hints.onReleased(concertId, () => released.wake());
    let tellAt = 0;
    const wait = async (ms: number) => {
      if (clock.monotonic() >= tellAt) {
        this.#hints.wantedElsewhere(concertId);
        tellAt = clock.monotonic() + tellEveryMs;
      }
      await released.wait(ms);
    };
    try {
      if (yieldsFor > 0) await released.wait(Math.max(0, Math.min(left(), yieldsFor)));
      const pauses = { firstMs: 10, longestMs: 80, totalMs: left(), wait };
      for await (const retry of backoff(pauses, clock)) {
        const result = retry === 0 ? null : await this.#try(concertId, leaseMs);
        if (result !== null) return result;
      }
      return { kind: 'busy' };
    } finally {
      this.#hints.stopListening(concertId);
    }
  }

  async extend(locks: readonly HeldLock[]): Promise<void> {
    await Promise.all(locks.map((lock) => (lock.expired ? undefined : this.#extend.get(lock)?.())));
  }

  /** Null when another holder has the lock. */
  async #try(concertId: string, leaseMs: number): Promise<LockResult | null> {
    const { clock, owner } = this.options;
    const sentAt = clock.monotonic();
    const token = `${owner}/${++this.#tokens}`;
    const vote = await this.#quorum.lock(concertId, token, leaseMs);
    if (vote.kind === 'unreachable')
      return { kind: 'unreachable', problem: vote.problem, release: () => this.#turns.pass(concertId) };
    if (vote.kind === 'no') return null;
    if (this.#turns.isWanted(concertId)) this.#hints.wantedHere(concertId);
    return { kind: 'held', lock: this.#held(concertId, token, leaseMs, sentAt) };
  }

  #held(concertId: string, token: string, leaseMs: number, sentAt: number): HeldLock {
    const { clock } = this.options;
    const quorum = this.#quorum;
    const endOfLease = (from: number) => from + leaseMs - driftOf(leaseMs);
    const removal = () => clock.monotonic() + leaseMs + driftOf(leaseMs);
    let heldUntil = endOfLease(sentAt);
    let goneAt = removal();
    const sendRelease = async () => {
      await Promise.all([quorum.unlock(concertId, token), this.#wakeOthers(concertId)]);
    };
    const pass = () => this.#turns.pass(concertId);
    const lock: HeldLock = {
      get expired() {
        return clock.monotonic() >= heldUntil;
      },
      get leftMs() {
        return heldUntil - clock.monotonic();
      },
      async release() {
        if (clock.monotonic() < goneAt)
          await within<unknown>(releasePatienceMs, sendRelease(), () => null, clock);
        pass();
      },
    };
    this.#extend.set(lock, async () => {
      const extendedAt = clock.monotonic();
      const { kind } = await quorum.extend(concertId, token, leaseMs);
      heldUntil = kind === 'yes' ? endOfLease(extendedAt) : 0;
      goneAt = removal();
    });
    return lock;
  }

  /** Wakes waiters of other processes, and lets them try first. */
  async #wakeOthers(concertId: string): Promise<void> {
    const leaveMs = this.#hints.isListenedFor(concertId) ? yieldMs : 0;
    if (await this.#hints.released(concertId))
      this.#yieldUntil.set(concertId, this.options.clock.monotonic() + leaveMs);
  }
}
