import type { ConcertLock, HeldLock, LockResult } from '../../src/commands/ports.js';
import { backoff } from '../../src/waiting/backoff.js';
import type { Clock } from '../../src/waiting/clock.js';
import { messageOf } from '../../src/waiting/message-of.js';
import { within } from '../../src/waiting/within.js';
import type { RedisServer } from '../world/redis-server.js';
import type { RedisConnection } from './redis-connection.js';
import { Turns } from './turns.js';

const releasePatienceMs = 50;
const driftOf = (leaseMs: number): number => Math.round(leaseMs * 0.01) + 2;

/** The lock's adapter in one process, over one simulated Redis. */
export class SimulatedConcertLock implements ConcertLock {
  readonly #turns: Turns;
  #tokens = 0;

  constructor(
    private readonly options: {
      readonly server: RedisServer;
      readonly connection: RedisConnection;
      readonly clock: Clock;
      readonly leaseMs: number;
      /** Tells the tokens of this process from those of others. */
      readonly owner: string;
    },
  ) {
    this.#turns = new Turns(options.clock);
  }

  async acquire(concertId: string, waitMs: number, longestLeaseMs = Infinity): Promise<LockResult> {
    const leaseMs = Math.min(longestLeaseMs, this.options.leaseMs);
    const { clock } = this.options;
    const deadline = clock.monotonic() + waitMs;
    if (!(await this.#turns.take(concertId, waitMs))) return { kind: 'busy' };
    const pauses = { firstMs: 10, longestMs: 80, totalMs: deadline - clock.monotonic() };
    for await (const _retry of backoff(pauses, clock)) {
      const result = await this.#try(concertId, leaseMs);
      if (result !== null) return result;
    }
    this.#turns.pass(concertId);
    return { kind: 'busy' };
  }

  /** Only owners listen, and ownership is not simulated. */
  onWanted(): () => void {
    return () => {};
  }

  /** Null when another holder has the lock. */
  async #try(concertId: string, leaseMs: number): Promise<LockResult | null> {
    const { server, connection, clock, owner } = this.options;
    const heldUntil = clock.monotonic() + leaseMs - driftOf(leaseMs);
    const token = `${owner}/${++this.#tokens}`;
    try {
      const isOurs = await connection.call('lock', () => server.lock(concertId, token, leaseMs));
      return isOurs ? { kind: 'held', lock: this.#held(concertId, token, leaseMs, heldUntil) } : null;
    } catch (error) {
      const release = () => this.#turns.pass(concertId);
      return { kind: 'unreachable', problem: messageOf(error), release };
    }
  }

  #held(concertId: string, token: string, leaseMs: number, firstUntil: number): HeldLock {
    const { server, connection, clock } = this.options;
    let heldUntil = firstUntil;
    const passTurn = () => this.#turns.pass(concertId);
    return {
      get expired() {
        return clock.monotonic() >= heldUntil;
      },
      get leftMs() {
        return heldUntil - clock.monotonic();
      },
      async extend() {
        const until = clock.monotonic() + leaseMs - driftOf(leaseMs);
        const extended = await connection
          .call('extend', () => server.extend(concertId, token, leaseMs))
          .catch(() => false);
        heldUntil = extended ? until : 0;
      },
      async release() {
        const released = connection.call('unlock', () => server.unlock(concertId, token)).catch(() => false);
        await within(releasePatienceMs, released, () => false, clock);
        passTurn();
      },
    };
  }
}
