import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Answer, Arrival, ArrivalQueue } from '../../src/commands/ports.js';
import type { Clock } from '../../src/waiting/clock.js';
import { pause } from '../../src/waiting/sleep.js';
import { compareWithList, joinAlone, limit } from './queue-model.js';

export interface ArrivalQueueUnderTest {
  /** The queues as one process has them, and as another. */
  readonly one: ArrivalQueue;
  readonly other: ArrivalQueue;
  /** The clock that leases are measured by. */
  readonly clock: Clock;
  /** Redis loses the entries of a queue, and gives ids of a later time from then on. */
  loseEntries(concertId: string): Promise<void>;
  /** As if the entries had been written so many ms earlier, or to a Redis that has been restarted since. */
  rewrite(concertId: string, as: { readonly ageMs?: number; readonly history?: string }): Promise<void>;
  /** From now on Redis refuses connections. */
  goAway(): Promise<void>;
}

const entryLivesMs = 600_000;

/** What the write side relies on in the arrival queue. Each adapter of `ArrivalQueue` passes it. */
export function arrivalQueueContract(open: () => Promise<ArrivalQueueUnderTest>, runs: number): void {
  it('a queue is a list with one owner, whatever happens to it in whatever order', async () => {
    const { one, loseEntries } = await open();
    await compareWithList({ queue: one, loseEntries }, runs);
  });

  it('goes to the one process that is to be next, when its owner is gone, and to an owner that comes back', async () => {
    const { one, other, clock } = await open();
    const concertId = randomUUID();
    const [first, mine, theirs] = [one.newToken(), one.newToken(), other.newToken()];
    expect(await one.claim(concertId, first)).toBe(true);
    expect(await other.succeed(concertId)).toBe('owned');
    while ((await other.succeed(concertId)) === 'owned') await pause(50, undefined, clock);
    expect(await one.succeed(concertId)).toBe('other');
    await one.release(concertId, first);
    expect(await other.succeed(concertId)).toBe('claim');
    expect(await one.succeed(concertId)).toBe('other');
    expect(await one.claim(concertId, mine)).toBe(false);
    expect(await other.claim(concertId, theirs)).toBe(true);
    await other.release(concertId, theirs);
    expect(await other.succeed(concertId)).toBe('claim');
    expect(await one.claim(concertId, first, true)).toBe(true);
    await one.release(concertId, first);
    expect(await one.claim(concertId, mine)).toBe(true);
  });

  it('has one owner, which neither others nor its own earlier claims can be', async () => {
    const { one, other } = await open();
    const concertId = randomUUID();
    await joinAlone(one, concertId, 'p1', 't1');
    const [mine, earlier, theirs] = [one.newToken(), one.newToken(), other.newToken()];
    expect(await one.owner(concertId)).toBeNull();
    expect(await one.withoutOwner([concertId])).toEqual([concertId]);
    expect(await one.claim(concertId, mine)).toBe(true);
    expect(await one.claim(concertId, mine)).toBe(true);
    for (const [queue, token] of [
      [one, earlier],
      [other, theirs],
    ] as const) {
      expect(await queue.claim(concertId, token)).toBe(false);
      expect(await queue.read(concertId, token, 10)).toEqual({ kind: 'not-owner' });
      expect(await queue.answer(concertId, token, [])).toBe(false);
      expect(await queue.releaseIfEmpty(concertId, token)).toBe(true);
    }
    expect(await other.owner(concertId)).toMatchObject({ process: processOf(mine), waiting: 1 });
    expect(await other.withoutOwner([concertId])).toEqual([]);
    expect((await arrivalsOf(one, concertId, mine)).map(({ purchaseId }) => purchaseId)).toEqual(['p1']);
  });

  it('an owner that does not renew its claim loses it with its lease', async () => {
    const { one, other, clock } = await open();
    const [renewed, forgotten] = [randomUUID(), randomUUID()];
    const mine = one.newToken();
    for (const concertId of [renewed, forgotten]) expect(await one.claim(concertId, mine)).toBe(true);
    for (let third = 0; third < 4; third++) {
      await pause(one.ownerLeaseMs / 3, undefined, clock);
      expect(await one.renew([[renewed, mine]])).toEqual(['owned']);
    }
    await joinAlone(other, renewed, 'p1', 't1');
    expect(
      await one.renew([
        [forgotten, mine],
        [renewed, mine],
      ]),
    ).toEqual(['free', 'waiting']);
    const theirs = other.newToken();
    expect(await other.claim(renewed, theirs)).toBe(false);
    expect(await other.claim(forgotten, theirs)).toBe(true);
    expect(await one.renew([[forgotten, mine]])).toEqual(['lost']);
  });

  it('a release passes a queue with entries to the process that waits for the first', async () => {
    const { one, other, clock } = await open();
    await untilCalled(other, clock, async (concertId) => {
      const token = one.newToken();
      await one.claim(concertId, token);
      await joinAlone(other, concertId, 'p1', 't1');
      await joinAlone(one, concertId, 'p2', 't2');
      expect(await one.releaseIfEmpty(concertId, token)).toBe(false);
      expect(await one.owner(concertId)).not.toBeNull();
      await one.release(concertId, token);
      expect(await other.claim(concertId, other.newToken())).toBe(true);
    });
  });

  it('a purchase that joins calls the owner that has found the queue empty', async () => {
    const { one, other, clock } = await open();
    await untilCalled(one, clock, async (concertId) => {
      const token = one.newToken();
      await one.claim(concertId, token);
      expect(await one.read(concertId, token, 10)).toEqual({ kind: 'empty' });
      expect((await other.join(concertId, [newEntry('p1')], limit)).owned).toBe(true);
    });
  });

  it('replies reach the process that waits for them, each with its token', async () => {
    const { one, other, clock } = await open();
    const concertId = randomUUID();
    const heard = new Map<string, string>();
    one.onReply((waiter, outcome) => heard.set(waiter, outcome));
    other.onReply((waiter) => heard.set(waiter, 'told to another process'));
    for (let isHeard = false; !isHeard; isHeard = heard.has('t1')) {
      const token = other.newToken();
      await joinAlone(one, concertId, 'p1', 't1');
      await other.claim(concertId, token);
      const arrivals = await arrivalsOf(other, concertId, token);
      expect(await other.answer(concertId, token, arrivals.map(answered('sold')))).toBe(true);
      await other.release(concertId, token);
      await pause(10, undefined, clock);
    }
    expect(heard).toEqual(new Map([['t1', 'sold']]));
  });

  it('what is kept of a refusal is told until the purchase joins again', async () => {
    const { one, other } = await open();
    const concertId = randomUUID();
    const place = await joinAlone(one, concertId, 'p1', 't1');
    const token = other.newToken();
    await other.claim(concertId, token);
    const refused = (await arrivalsOf(other, concertId, token)).map(answered('refused', true));
    await other.answer(concertId, token, refused);
    expect(await one.standing(concertId, 'p1')).toEqual({ kind: 'kept', outcome: 'refused' });
    const waiting = [{ id: place?.id ?? '', purchaseId: 'p1' }];
    expect(await one.leftLine(concertId, waiting)).toEqual([{ entry: waiting[0], kept: 'refused' }]);
    await joinAlone(one, concertId, 'p1', 't2');
    expect(await one.standing(concertId, 'p1')).toEqual({ kind: 'in-line', position: 1 });
    expect(await one.leftLine(concertId, waiting)).toEqual([{ entry: waiting[0], kept: null }]);
  });

  it('a refusal that comes after its purchase has left the queue is not kept', async () => {
    const { one, other } = await open();
    const concertId = randomUUID();
    await joinAlone(one, concertId, 'p1', 't1');
    const token = other.newToken();
    await other.claim(concertId, token);
    const refused = (await arrivalsOf(other, concertId, token)).map(answered('refused', true));
    expect(await one.leave(concertId, 'p1', 't1')).toBe(true);
    expect(await other.answer(concertId, token, refused)).toBe(true);
    expect(await one.standing(concertId, 'p1')).toBeNull();
  });

  it('a purchase that stands in the queue twice is in line until both entries are answered', async () => {
    const { one, other } = await open();
    const concertId = randomUUID();
    await joinAlone(one, concertId, 'p1', 't1');
    await joinAlone(one, concertId, 'p1', 't2');
    const token = other.newToken();
    await other.claim(concertId, token);
    const [first, second] = (await arrivalsOf(other, concertId, token)).map(answered('refused', true));
    if (first === undefined || second === undefined) throw new Error('expected two entries');
    await other.answer(concertId, token, [first]);
    expect(await one.standing(concertId, 'p1')).toEqual({ kind: 'in-line', position: 1 });
    await other.answer(concertId, token, [second]);
    expect(await one.standing(concertId, 'p1')).toEqual({ kind: 'kept', outcome: 'refused' });
  });

  it('a refusal of a purchase that has joined again is not kept, also when the later entry leaves', async () => {
    const { one, other } = await open();
    const concertId = randomUUID();
    await joinAlone(one, concertId, 'p1', 't1');
    const place = await joinAlone(one, concertId, 'p1', 't2');
    const token = other.newToken();
    await other.claim(concertId, token);
    const refused = (await arrivalsOf(other, concertId, token)).map(answered('refused', true));
    await other.answer(concertId, token, refused.slice(0, 1));
    expect(await one.leave(concertId, 'p1', 't2', place?.id)).toBe(true);
    expect(await one.standing(concertId, 'p1')).toBeNull();
  });

  it('only the process that joined may leave', async () => {
    const { one, other } = await open();
    const concertId = randomUUID();
    const place = await joinAlone(one, concertId, 'p1', 't1');
    expect(await other.leave(concertId, 'p1', 't1', place?.id)).toBe(false);
    expect(await one.leave(concertId, 'p1', 'another token', place?.id)).toBe(false);
    expect(await other.concertsWaiting()).toContain(concertId);
    expect(await one.leave(concertId, 'p1', 't1')).toBe(true);
    expect(await other.concertsWaiting()).not.toContain(concertId);
  });

  it('tells entries that must not be decided any more', async () => {
    const { one, clock, rewrite } = await open();
    const staleness = async (concertId: string) => {
      const token = one.newToken();
      await one.claim(concertId, token);
      return (await arrivalsOf(one, concertId, token)).map(({ stale }) => stale);
    };
    const [inTime, older, late] = [randomUUID(), randomUUID(), randomUUID()];
    await one.join(inTime, [newEntry('p1', 1), newEntry('p2', 600_000), newEntry('p3')], limit);
    await pause(20, undefined, clock);
    expect(await staleness(inTime)).toEqual(['overdue', null, null]);
    await joinAlone(one, older, 'p1', 't1');
    await rewrite(older, { history: 'another' });
    expect(await staleness(older)).toEqual(['older']);
    await joinAlone(one, late, 'p1', 't1');
    await rewrite(late, { ageMs: entryLivesMs + 1_000 });
    expect(await staleness(late)).toEqual(['late']);
  });

  it('every call rejects while Redis is away', async () => {
    const { one, clock, goAway } = await open();
    const concertId = randomUUID();
    await goAway();
    const calls: readonly (() => Promise<unknown>)[] = [
      () => one.join(concertId, [newEntry('p1')], limit),
      () => one.leave(concertId, 'p1', 't1'),
      () => one.claim(concertId, 'me'),
      () => one.renew([[concertId, 'me']]),
      () => one.release(concertId, 'me'),
      () => one.releaseIfEmpty(concertId, 'me'),
      () => one.owner(concertId),
      () => one.read(concertId, 'me', 1),
      () => one.answer(concertId, 'me', []),
      () => one.standing(concertId, 'p1'),
      () => one.leftLine(concertId, [{ id: '1-0', purchaseId: 'p1' }]),
      () => one.concertsWaiting(),
      () => one.withoutOwner([concertId]),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow();
    while (one.reachable) await pause(5, undefined, clock);
  });
}

const processOf = (token: string): string => token.split('|')[0] ?? '';

const newEntry = (purchaseId: string, withinMs: number | null = null) => ({
  ...{ purchaseId, token: 'nobody', entry: 'request', withinMs },
});

const answered =
  (outcome: string, keep = false) =>
  (arrival: Arrival): Answer => ({ ...arrival, outcome, keep });

async function arrivalsOf(
  queue: ArrivalQueue,
  concertId: string,
  token: string,
): Promise<readonly Arrival[]> {
  const read = await queue.read(concertId, token, 10);
  return read.kind === 'entries' ? read.arrivals : [];
}

/** Calls may be lost until the subscription is there: acts on one concert after another until the process is called to it. */
async function untilCalled(
  queue: ArrivalQueue,
  clock: Clock,
  act: (concertId: string) => Promise<unknown>,
): Promise<void> {
  const called = new Set<string>();
  queue.onCall((concertId) => called.add(concertId));
  for (;;) {
    const concertId = randomUUID();
    await act(concertId);
    await pause(10, undefined, clock);
    if (called.has(concertId)) return;
  }
}
