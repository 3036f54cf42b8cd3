import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { OwnRedis } from '../../bench/peers/own-redis.js';
import { type PurchaseMode, purchaseModes } from '../../src/domain/purchase-mode.js';
import { concertTerms, openWriteSide } from '../support/services.js';
import { type TestServers, testServers, uniqueNamespace } from '../support/stack.js';
import { until } from '../support/until.js';
import { judge, sendIn } from './crowd.js';
import { endIdleSellers, Seller } from './seller.js';
import type { Fault } from './seller-process.js';

const capacity = 25;
const customers = 55;
const leaseMs = 500;
/** Longer than a lease: who asks a process that stands still asks another then. */
const patienceMs = 1_000;

const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(endIdleSellers);
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Sale {
  readonly mode: PurchaseMode;
  readonly servers?: TestServers;
  /** For the first of the two sellers, which everybody asks until it strikes: so strike it must. */
  readonly fault?: Fault;
  /** Runs beside the sale, once the fault has struck; `accepted` tells how far the sale is. */
  readonly meanwhile?: (sellers: readonly Seller[], accepted: () => number) => Promise<void>;
}

/** Two processes sell out a concert while something goes wrong; then the whole of it is held against the invariants. */
async function sell({ mode, servers = testServers(), fault, meanwhile }: Sale) {
  const namespace = uniqueNamespace();
  const office = await openWriteSide({ namespace, purchaseMode: mode, servers });
  cleanUps.push(() => office.close());
  const concertId = randomUUID();
  await office.commands.schedule(concertTerms(concertId, { capacity, vipSeats: 5 }));
  const setup = { namespace, purchaseMode: mode, servers, leaseMs };
  const sellers = await Promise.all([
    Seller.start({ ...setup, ...(fault ? { fault } : {}) }),
    Seller.start(setup),
  ]);
  cleanUps.push(() => Promise.all(sellers.map((seller) => seller.close())));
  const [victim] = sellers;
  let struck = fault === undefined;
  const open = () => (struck || victim.exited ? sellers : [victim]);
  let accepted = 0;
  const onProgress = (count: number) => {
    accepted = count;
  };
  const crowd = { concertId, customers, inFlight: 16, duplicateEvery: 10, patienceMs, onProgress };
  const during = async () => {
    if (fault !== undefined) await until(() => isStruck(victim), `${fault.signal} to strike`);
    struck = true;
    await meanwhile?.(sellers, () => accepted);
  };
  const [history] = await Promise.all([sendIn(crowd, open), during()]);
  const verdict = await judge(office.store, concertId, history);
  expect(verdict.broken).toEqual([]);
  expect(verdict.live).toBe(capacity);
  expect(verdict.unsettled).toBe(0);
  return verdict;
}

/** Dead, or stopped by a signal, which ps shows as T. */
const isStruck = ({ exited, process: { pid } }: Seller): boolean =>
  exited || execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('T');

const safeModes = purchaseModes.filter((mode) => mode !== 'unsafe');
/** Mode optimistic has no lock to hold; there the process is caught with its decision made and not yet appended. */
const holding = (mode: PurchaseMode): Fault['at'] => (mode === 'optimistic' ? 'before-append' : 'after-lock');
/** With group commit a process may come by only once, so it is caught the first time. */
const timeIn = (mode: PurchaseMode): number => (mode === 'queue' || mode === 'batch' ? 1 : 2);

describe.each(safeModes)('in mode %s', (mode) => {
  it('a holder that is paused past its lease comes back and harms nobody', async () => {
    let resumed = false;
    await sell({
      mode,
      fault: { at: holding(mode), time: timeIn(mode), signal: 'SIGSTOP' },
      async meanwhile([paused], accepted) {
        if (paused === undefined) return;
        const before = accepted();
        cleanUps.push(async () => paused.process.kill('SIGCONT'));
        await until(() => accepted() >= Math.min(before + 5, capacity), 'the other process to sell on');
        paused.process.kill('SIGCONT');
        resumed = true;
      },
    });
    expect(resumed).toBe(true);
  });

  const points = ['after-lock', 'before-append', 'after-append'] as const;
  it.each(points.filter((at) => at !== 'after-lock' || mode !== 'optimistic'))(
    'a process killed %s loses no acknowledged sale',
    async (at) => {
      await sell({ mode, fault: { at, time: timeIn(mode), signal: 'SIGKILL' } });
    },
  );
});

it.each(safeModes)(
  'in mode %s, the sale goes on when Redis falls silent, answers again, forgets everything, and is gone',
  async (mode) => {
    const redis = await OwnRedis.start();
    cleanUps.push(() => redis.stop());
    await sell({
      mode,
      servers: { ...testServers(), redisUrl: redis.url },
      async meanwhile(_sellers, accepted) {
        await until(() => accepted() >= 3, 'the sale to begin');
        redis.pause();
        await until(() => accepted() >= 8, 'the sale to go on without an answer of Redis');
        redis.resume();
        await until(() => accepted() >= 12, 'the sale to go on');
        const client = new Redis(redis.url);
        await client.flushall();
        client.disconnect();
        await until(() => accepted() >= 18, 'the sale to go on without what Redis knew');
        await redis.stop();
      },
    });
  },
);
