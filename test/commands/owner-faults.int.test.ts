import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startRedis } from '../../dev-servers/servers/redis.js';
import { startSupervisor } from '../../dev-servers/watchdog/supervisor.js';
import { busy } from '../../src/commands/outcome.js';
import { OwnerLease } from '../../src/commands/ownership/lease.js';
import { leaveLine } from '../../src/commands/queue/concert-line.js';
import { handedPurchase } from '../../src/commands/queue/handed-over.js';
import { Joins } from '../../src/commands/queue/joins.js';
import { Waiter } from '../../src/commands/queue/waiter.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import { EventStoreUnavailable } from '../../src/domain/log/errors.js';
import { EventStore } from '../../src/event-store/event-store.js';
import { queueKeys } from '../../src/redis/queue/keys.js';
import { systemClock } from '../../src/waiting/clock.js';
import { Relay } from '../../torture/cluster/relay.js';
import {
  concertTerms,
  countingObserver,
  type WriteSide,
  type WriteSideOptions,
} from '../support/services.js';
import { testServers, uniqueNamespace } from '../support/stack.js';
import { untilAsync } from '../support/until.js';
import { holdUp, leaveInLine, schedule } from './queue-support.js';
import { kindOf, request, writeSides } from './support.js';

const writeSide = writeSides();

const ownerOf = async (side: WriteSide, concertId: string): Promise<string | undefined> =>
  (await side.queue.owner(concertId))?.process;

/** A process that owns a concert on which one ticket was sold, and one that sells it without Redis. */
async function ownerAndStranger(more: Partial<WriteSideOptions> = {}) {
  const options = { namespace: uniqueNamespace(), purchaseMode: 'batch' as const };
  const [owner, stranger] = [
    await writeSide({ ...options, ...more }),
    await writeSide({ ...options, withoutRedis: true }),
  ];
  const concertId = randomUUID();
  await owner.commands.schedule(concertTerms(concertId, { capacity: 1_000, vipSeats: 0 }));
  expect(kindOf(await owner.commands.purchase(request(concertId, 'first')))).toBe('accepted');
  return { owner, stranger, concertId };
}

it('a command has an answer when the log fails while the owner decides it', async () => {
  let fails = false;
  class Failing extends EventStore {
    override read(...args: Parameters<EventStore['read']>): ReturnType<EventStore['read']> {
      if (fails) throw new EventStoreUnavailable('the event store was stopped');
      return super.read(...args);
    }
  }
  const { owner, concertId } = await ownerAndStranger({
    parts: { EventStore: Failing },
  });
  // Redis forgets the stock, so the owner's state has to be compared with the log.
  await owner.redis.primary.del(`${owner.redis.prefix}stock:${concertId}`);
  fails = true;
  const cancelled = await owner.commands.cancelPurchase(concertId, randomUUID());
  expect(cancelled.kind).toBe('unavailable');
});

it('an owner refuses nothing on a state that only Redis takes for the newest', async () => {
  const { owner, stranger, concertId } = await ownerAndStranger();
  expect(kindOf(await stranger.commands.purchase(request(concertId, 'ann')))).toBe('accepted');
  const annsPurchase = purchaseIdOf(concertId, request(concertId, 'ann').idempotencyKey);
  expect((await owner.commands.cancelPurchase(concertId, annsPurchase)).kind).toBe('cancelled');
});

it('an entry past its deadline is not called unsold while an earlier owner may still sell it', async () => {
  const namespace = uniqueNamespace();
  const [side, paused] = [
    await writeSide({ namespace, purchaseMode: 'batch', longestWaitMs: 200 }),
    await writeSide({ namespace, purchaseMode: 'batch', withoutRedis: true }),
  ];
  const concertId = randomUUID();
  await paused.commands.schedule(concertTerms(concertId, { capacity: 10, vipSeats: 0 }));
  // As an owner that has read the entry and is paused before its append arrives.
  expect(await paused.queue.claim(concertId, paused.queue.newToken())).toBe(true);
  const told = await side.commands.purchase(request(concertId, 'ann'));
  expect(kindOf(await paused.commands.purchase(request(concertId, 'ann')))).toBe('accepted');
  expect(told.kind).toBe('unavailable');
});

it('a purchase that leaves the queue and finds no place elsewhere has an unknown outcome', async () => {
  const { owner: side, concertId } = await ownerAndStranger();
  await leaveInLine(side, concertId, 'ann');
  const handed = handedPurchase(request(concertId, 'ann'), true);
  const waiter = new Waiter(handed, 'nobody', systemClock, () => {});
  const loader = { latest: side.fold };
  const context = { queue: side.queue, log: side.log, loader, clock: systemClock };
  const told = await leaveLine({ ...context, withoutQueue: async () => busy() }, waiter);
  expect(told.kind).toBe('unavailable');
});

it('a process whose buyers an owner leaves without an answer reads the log while the claim runs out', async () => {
  const ownershipsAtReads: number[] = [];
  class Watched extends EventStore {
    override read(...args: Parameters<EventStore['read']>): ReturnType<EventStore['read']> {
      if (args[2] === undefined) ownershipsAtReads.push(side.counts.ownershipBegan);
      return super.read(...args);
    }
  }
  const options = { namespace: uniqueNamespace(), purchaseMode: 'batch' as const };
  const side = await writeSide({ ...options, parts: { EventStore: Watched } });
  const stranger = await writeSide({ ...options, withoutRedis: true });
  const concertId = await schedule(stranger, 10);
  // As an owner that dies.
  expect(await stranger.queue.claim(concertId, stranger.queue.newToken())).toBe(true);
  expect(kindOf(await side.commands.purchase(request(concertId, 'ann')))).toBe('accepted');
  expect(ownershipsAtReads[0]).toBe(0);
});

it('of the processes whose buyers an owner leaves without an answer, one reads the log', async () => {
  const readers = new Set<number>();
  const reader = (process: number) =>
    class extends EventStore {
      override read(...args: Parameters<EventStore['read']>): ReturnType<EventStore['read']> {
        if (args[2] === undefined) readers.add(process);
        return super.read(...args);
      }
    };
  const options = { namespace: uniqueNamespace(), purchaseMode: 'batch' as const };
  const sides = await Promise.all(
    [0, 1, 2].map((process) => writeSide({ ...options, parts: { EventStore: reader(process) } })),
  );
  const stranger = await writeSide({ ...options, withoutRedis: true });
  const concertId = await schedule(stranger, 10);
  // As an owner that dies.
  expect(await stranger.queue.claim(concertId, stranger.queue.newToken())).toBe(true);
  const bought = await Promise.all(
    sides.map(({ commands }, process) => commands.purchase(request(concertId, `buyer ${process}`))),
  );
  expect(bought.map(kindOf)).toEqual(['accepted', 'accepted', 'accepted']);
  expect(readers.size).toBe(1);
});

it('an owner whose claim has run out unnoticed claims the concert again, unless another has', async () => {
  const { owner, stranger, concertId } = await ownerAndStranger();
  const { renew } = owner.queue;
  let sinceThen = 0;
  owner.queue.renew = async (...args) => {
    const renewed = await renew.apply(owner.queue, args);
    sinceThen++;
    return renewed;
  };
  const runOut = async () => {
    await owner.redis.primary.del(queueKeys(owner.redis.prefix, concertId).owner);
    sinceThen = 0;
    await untilAsync(async () => sinceThen > 4, 'the owner to find that its claim is gone');
  };
  await runOut();
  expect(kindOf(await owner.commands.purchase(request(concertId, 'ann')))).toBe('accepted');
  expect(owner.counts.ownershipBegan).toBe(1);
  expect(await ownerOf(stranger, concertId)).toBe(owner.queue.processId);
  await runOut();
  const theirs = stranger.queue.newToken();
  expect(await stranger.queue.claim(concertId, theirs)).toBe(true);
  const buying = owner.commands.purchase(request(concertId, 'bob'));
  await untilAsync(async () => owner.counts.handedOver === 1, 'the purchase to be handed over');
  await stranger.queue.release(concertId, theirs);
  expect((await buying).kind).toMatch(/accepted|replayed/);
});

it('an owner that has lost track of its claim leaves the concert to others at once', async () => {
  const { owner: side, stranger } = await ownerAndStranger();
  const { queue, lock } = side;
  const concertId = randomUUID();
  const context = { queue, lock, observer: countingObserver().observer, clock: systemClock };
  const lease = await OwnerLease.claim(context, concertId);
  // As after a pause: a renewal that was sent before the new claim did not find it.
  lease?.lose();
  await lease?.end();
  expect(await stranger.queue.claim(concertId, stranger.queue.newToken())).toBe(true);
});

it('a process that drains a queue of others stops while the queue is never empty', async () => {
  const { owner: side, stranger } = await ownerAndStranger();
  const concertId = randomUUID();
  let [joined, done] = [0, false];
  const fill = async (sender: number) => {
    for (let call = 0; !done && call < 60; call++) {
      const entries = Array.from({ length: 100 }, (_, i) => ({
        ...{ purchaseId: `${sender}/${call}/${i}`, token: 'nobody', entry: 'not JSON', withinMs: null },
      }));
      await stranger.queue.join(concertId, entries, 100_000);
      joined += entries.length;
    }
  };
  await fill(0);
  await untilAsync(async () => (await ownerOf(stranger, concertId)) === side.queue.processId, 'an owner');
  const filling = Promise.all(Array.from({ length: 10 }, (_, i) => fill(i + 1)));
  await side.commands.stop();
  done = true;
  await filling;
  expect(joined).toBeLessThan(66_000);
});

it('a process whose last buyers were answered from the queue stops without idling', async () => {
  const options = { namespace: uniqueNamespace(), purchaseMode: 'queue' as const };
  const [side, idle] = [await writeSide(options), await writeSide({ ...options, ownerIdleMs: 5_000 })];
  const [concertId, other] = [await schedule(side, 10), await schedule(side, 10)];
  const letGo = await holdUp(side, concertId);
  expect(kindOf(await side.commands.purchase(request(concertId, 'ann', { waitMs: 0 })))).toBe('queued');
  const stopped = side.commands.stop().then(() => 'stopped');
  // A process that has nothing to do from now on lets go five seconds later.
  expect(kindOf(await idle.commands.purchase(request(other, 'bob')))).toBe('accepted');
  const letsGo = untilAsync(async () => (await ownerOf(idle, other)) === undefined, 'the idle owner').then(
    () => 'idle',
  );
  await letGo();
  expect(await Promise.race([stopped, letsGo])).toBe('stopped');
  await Promise.all([stopped, letsGo]);
});

it('purchases for more concerts than Redis may be asked at a time all join their queues', async () => {
  const { owner: side } = await ownerAndStranger();
  const { observer } = countingObserver();
  const joins = new Joins(side.queue, 10, systemClock, observer);
  const entry = { purchaseId: 'p', token: 'nobody', entry: 'not JSON', withinMs: null };
  const joined = await Promise.allSettled(
    Array.from({ length: 10_500 }, (_, i) => joins.join(`${side.redis.prefix}${i}`, entry)),
  );
  expect(joined.filter(({ status }) => status === 'rejected')).toEqual([]);
});

/** Three Redis servers, which one watchdog keeps. */
async function startQuorum() {
  const folder = await mkdtemp(join(tmpdir(), 'onsale-quorum-'));
  const supervisor = await startSupervisor({ folder, removeAfterwards: true });
  const servers = await Promise.all(
    [0, 1, 2].map((i) => startRedis({ dataDir: join(folder, String(i)), supervisor })),
  );
  return { servers, urls: servers.map(({ url }) => url), stop: () => supervisor.stop() };
}

it('a process that alone cannot reach the first of three Redis servers has its turns', async () => {
  const quorum = await startQuorum();
  const [first = '', ...others] = quorum.urls;
  const relay = await Relay.open('127.0.0.1', Number(new URL(first).port));
  try {
    const options = { namespace: uniqueNamespace(), purchaseMode: 'batch' as const, lockWaitMs: 3_000 };
    const over = (urls: readonly string[]) =>
      writeSide({ ...options, servers: { ...testServers(), redisUrl: urls.join(',') } });
    const owner = await over([first, ...others]);
    const cutOff = await over([`redis://127.0.0.1:${relay.port}`, ...others]);
    const concertId = await schedule(owner, 100_000);
    relay.cut();
    await untilAsync(async () => !cutOff.redis.primary.usable, 'the first Redis to be out of reach');
    let done = false;
    const buying = Array.from({ length: 16 }, async (_, buyer) => {
      for (let i = 0; !done; i++) await owner.commands.purchase(request(concertId, `${buyer}/${i}`));
    });
    const told: string[] = [];
    for (let i = 0; i < 5; i++)
      told.push(kindOf(await cutOff.commands.purchase(request(concertId, `cut off ${i}`))));
    done = true;
    await Promise.all(buying);
    expect(told).toEqual(Array.from({ length: 5 }, () => 'accepted'));
  } finally {
    await relay.close();
    await quorum.stop();
  }
});

it('without the first of three Redis servers, processes take turns with the lock', async () => {
  const quorum = await startQuorum();
  await quorum.servers[0]?.stop();
  try {
    const servers = { ...testServers(), redisUrl: quorum.urls.join(',') };
    const options = { namespace: uniqueNamespace(), purchaseMode: 'batch' as const, servers };
    const first = await writeSide(options);
    const sides = [first, await writeSide(options)];
    const concertId = await schedule(first, 100_000);
    const holds: { side: number; sold: number }[] = [];
    let sold = 0;
    await Promise.all(
      sides.flatMap((side, at) =>
        Array.from({ length: 16 }, async (_, buyer) => {
          for (let i = 0; sold < 2_500; i++) {
            const outcome = await side.commands.purchase(request(concertId, `${at}/${buyer}/${i}`));
            expect(outcome.kind).toBe('accepted');
            sold += 1;
            if (holds.at(-1)?.side !== at) holds.push({ side: at, sold: 0 });
            const hold = holds.at(-1);
            if (hold !== undefined) hold.sold += 1;
          }
        }),
      ),
    );
    expect(holds.length).toBeGreaterThan(6);
    // A turn sells some hundred. Without turns, one process takes the lock again and again, and sells nearly all.
    expect(Math.max(...holds.map(({ sold }) => sold))).toBeLessThan(1_000);
  } finally {
    await quorum.stop();
  }
});
