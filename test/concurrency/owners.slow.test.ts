import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { concertTerms, openWriteSide } from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { until, untilAsync } from '../support/until.js';
import { judge, sendIn } from './crowd.js';
import { endIdleSellers, Seller } from './seller.js';
import type { Fault } from './seller-process.js';

const capacity = 160;
const customers = 240;
const leaseMs = 1_000;

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
afterAll(endIdleSellers);

interface Sale {
  readonly open: Set<Seller>;
  start(): Promise<Seller>;
  accepted(): number;
  /** The process that owns the concert. */
  owner(): Promise<Seller | undefined>;
}

/**
 * Two processes sell out a concert while something happens to them; then the whole of it is held against the invariants. The buyers
 * ask the one with a fault alone until it owns the concert.
 */
async function sell(mode: 'batch' | 'queue', meanwhile: (sale: Sale) => Promise<void>, fault?: Fault) {
  const namespace = uniqueNamespace();
  const servers = testServers();
  const office = await openWriteSide({ namespace, purchaseMode: mode, servers });
  cleanUps.push(() => office.close());
  const concertId = randomUUID();
  await office.commands.schedule(concertTerms(concertId, { capacity, vipSeats: 5 }));
  const open = new Set<Seller>();
  const start = async (fault?: Fault) => {
    const setup = { namespace, purchaseMode: mode, servers, leaseMs };
    const seller = await Seller.start(fault === undefined ? setup : { ...setup, fault });
    open.add(seller);
    return seller;
  };
  cleanUps.push(() => Promise.all([...open].map((seller) => seller.close())));
  const [first] = await Promise.all([start(fault), start()]);
  let isOwned = fault === undefined;
  let accepted = 0;
  const onProgress = (count: number) => {
    accepted = count;
  };
  const owner = async () => {
    const token = await office.queue.owner(concertId);
    return [...open].find(({ process: { pid } }) => token?.process.includes(`:${pid}:`));
  };
  const problems: string[] = [];
  const onUnavailable = (problem: string) => void problems.push(problem);
  const size = { customers, inFlight: 8, duplicateEvery: 10, patienceMs: 5_000 };
  const crowd = { concertId, ...size, onProgress, onUnavailable };
  const [history] = await Promise.all([
    sendIn(crowd, () => (isOwned || first.exited ? [...open] : [first])),
    untilAsync(async () => first.exited || (await owner()) !== undefined, 'an owner').then(() => {
      isOwned = true;
      return meanwhile({ open, start: () => start(), owner, accepted: () => accepted });
    }),
  ]);
  const verdict = await judge(office.store, concertId, history);
  expect(verdict.broken).toEqual([]);
  expect(verdict.live).toBe(capacity);
  expect(verdict.unsettled).toBe(0);
  // Whatever becomes of an owner, what it has read is still in the queue for the next one.
  expect(problems.filter((problem) => problem.includes('lost from the queue'))).toEqual([]);
  return { ...verdict, unanswered: history.filter(({ answer }) => answer.kind === 'none').length };
}

describe.each(['batch', 'queue'] as const)('in mode %s', (mode) => {
  it('processes join and leave in the middle of a sale, and no buyer is told to ask again', async () => {
    const { inversions, unanswered } = await sell(mode, async ({ open, start, owner, accepted }) => {
      for (const sold of [20, 60, 100]) {
        await until(() => accepted() >= sold, `${sold} sales`);
        await start();
        const leaving = (await owner()) ?? [...open][0];
        if (leaving === undefined) throw new Error('nobody is open');
        open.delete(leaving);
        await leaving.close();
      }
    });
    expect(unanswered).toBe(0);
    if (mode === 'queue') expect(inversions).toBe(0);
  });

  it.each([0.5, 3])('an owner paused for %s times its lease harms nobody', async (leases) => {
    const { inversions } = await sell(mode, async ({ owner, accepted }) => {
      await until(() => accepted() >= 20, 'the sale to begin');
      const paused = await owner();
      paused?.process.kill('SIGSTOP');
      await delay(leaseMs * leases);
      paused?.process.kill('SIGCONT');
    });
    if (mode === 'queue') expect(inversions).toBe(0);
  });

  it('owners killed one after the other lose no acknowledged sale', async () => {
    const { inversions } = await sell(mode, async ({ open, start, owner, accepted }) => {
      for (const sold of [20, 60, 100]) {
        await until(() => accepted() >= sold, `${sold} sales`);
        await start();
        const killed = await owner();
        if (killed === undefined) continue;
        killed.process.kill('SIGKILL');
        open.delete(killed);
      }
    });
    if (mode === 'queue') expect(inversions).toBe(0);
  });

  const points = ['after-claim', 'after-read', 'before-answer', 'before-refusal', 'after-answer'] as const;
  it.each(points)('an owner killed %s loses no acknowledged sale', async (at) => {
    // A concert is claimed once, and refusals come last; the rest is met when the other process has buyers in the queue, too.
    const time = at === 'after-claim' || at === 'before-refusal' ? 1 : 10;
    const fault = { at, time, signal: 'SIGKILL' } as const;
    const meanwhile = async ({ open }: Sale) => {
      await until(() => [...open].some(({ exited }) => exited), 'the owner to die');
    };
    const { inversions } = await sell(mode, meanwhile, fault);
    if (mode === 'queue') expect(inversions).toBe(0);
  });
});
