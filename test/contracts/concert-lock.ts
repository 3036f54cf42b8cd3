import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { ConcertLock, HeldLock, LockResult } from '../../src/commands/ports.js';
import type { Clock } from '../../src/waiting/clock.js';
import { pause } from '../../src/waiting/sleep.js';

export interface ConcertLockUnderTest {
  /** The lock in one process, and in another. */
  readonly one: ConcertLock;
  readonly other: ConcertLock;
  readonly leaseMs: number;
  /** The clock that leases are measured by. */
  readonly clock: Clock;
  /** Redis forgets all that it knows. */
  loseEverything(): Promise<void>;
  /** From now on Redis refuses connections. */
  goAway(): Promise<void>;
}

/** Longer than anything in here takes. */
const longMs = 20_000;

/** What the write side relies on in a lock. Each adapter of `ConcertLock` passes it. */
export function concertLockContract(open: () => Promise<ConcertLockUnderTest>): void {
  it('one process has it until it is released', async () => {
    const { one, other } = await open();
    const concertId = randomUUID();
    const lock = held(await one.acquire(concertId, longMs));
    expect(lock.expired).toBe(false);
    expect(await other.acquire(concertId, 0)).toEqual({ kind: 'busy' });
    await lock.release();
    await held(await other.acquire(concertId, longMs)).release();
  });

  it('who waits gets it after the release', async () => {
    const { one, other } = await open();
    const concertId = randomUUID();
    const lock = held(await one.acquire(concertId, longMs));
    const waiting = [other.acquire(concertId, longMs), one.acquire(concertId, longMs)];
    await lock.release();
    await held(await Promise.race(waiting)).release();
    await Promise.all(waiting.map(async (result) => held(await result).release()));
  });

  it('callers of one process have it one after the other, in the order they came', async () => {
    const { one } = await open();
    const concertId = randomUUID();
    const order: number[] = [];
    let holders = 0;
    await Promise.all(
      [0, 1, 2, 3].map(async (caller) => {
        const lock = held(await one.acquire(concertId, longMs));
        order.push(caller);
        expect(++holders).toBe(1);
        await Promise.resolve();
        holders -= 1;
        await lock.release();
      }),
    );
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('concerts do not wait for each other', async () => {
    const { one, other } = await open();
    const locks = [
      await one.acquire(randomUUID(), 0),
      await one.acquire(randomUUID(), 0),
      await other.acquire(randomUUID(), 0),
    ];
    await Promise.all(locks.map((result) => held(result).release()));
  });

  it('a holder that does not release it loses it with its lease, and takes it from nobody afterwards', async () => {
    const { one, other, leaseMs, clock } = await open();
    const concertId = randomUUID();
    const outlived = held(await one.acquire(concertId, longMs));
    const next = held(await other.acquire(concertId, leaseMs + longMs));
    expect(outlived.expired).toBe(true);
    expect(next.expired).toBe(false);
    await outlived.release();
    expect(await one.acquire(concertId, 0)).toEqual({ kind: 'busy' });
    await next.release();
    await pause(1, undefined, clock);
    await held(await one.acquire(concertId, longMs)).release();
  });

  it('a holder may ask for a shorter lease than the configured one, not for a longer one', async () => {
    const { one, other, leaseMs } = await open();
    const brief = held(await one.acquire(randomUUID(), longMs, leaseMs / 2));
    expect(brief.leftMs).toBeLessThanOrEqual(leaseMs / 2);
    await one.extend([brief]);
    expect(brief.leftMs).toBeLessThanOrEqual(leaseMs / 2);
    const long = held(await other.acquire(randomUUID(), longMs, leaseMs * 2));
    expect(long.leftMs).toBeLessThanOrEqual(leaseMs);
    await Promise.all([brief.release(), long.release()]);
  });

  it('many locks are extended in one call, and one that was lost counts as expired', async () => {
    const { one, leaseMs, clock, loseEverything } = await open();
    const locks = [
      held(await one.acquire(randomUUID(), longMs)),
      held(await one.acquire(randomUUID(), longMs)),
    ];
    await pause(leaseMs / 4, undefined, clock);
    const before = locks.map(({ leftMs }) => leftMs);
    await one.extend(locks);
    expect(locks.map(({ leftMs }, i) => leftMs > (before[i] ?? Infinity))).toEqual([true, true]);
    await loseEverything();
    const last = held(await one.acquire(randomUUID(), longMs));
    await one.extend([...locks, last]);
    expect([...locks, last].map(({ expired }) => expired)).toEqual([true, true, false]);
    await Promise.all([...locks, last].map((lock) => lock.release()));
  });

  it('a lock that Redis has lost can be had by another, and the old holder takes it from nobody', async () => {
    const { one, other, loseEverything } = await open();
    const concertId = randomUUID();
    const lost = held(await one.acquire(concertId, longMs));
    await loseEverything();
    const next = held(await other.acquire(concertId, longMs));
    await lost.release();
    expect(await one.acquire(concertId, 0)).toEqual({ kind: 'busy' });
    await next.release();
  });

  it('while Redis is away, callers of one process take turns, as long as each says', async () => {
    const { one, goAway } = await open();
    await goAway();
    const concertId = randomUUID();
    const first = await one.acquire(concertId, longMs);
    if (first.kind !== 'unreachable') throw new Error(`expected no lock, got ${first.kind}`);
    expect(await one.acquire(concertId, 0)).toEqual({ kind: 'busy' });
    const second = one.acquire(concertId, longMs);
    first.release();
    expect((await second).kind).toBe('unreachable');
  });
}

function held(result: LockResult): HeldLock {
  if (result.kind !== 'held') throw new Error(`expected the lock, got ${result.kind}`);
  return result.lock;
}
