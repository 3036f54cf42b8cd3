import { afterAll, describe, expect, it } from 'vitest';
import { World, type WorldOptions } from '../../simulation/world/world.js';
import { systemClock } from '../../src/waiting/clock.js';
import { pause } from '../../src/waiting/sleep.js';
import { arrivalQueueContract } from './arrival-queue.js';
import { clockContract } from './clock.js';
import { concertLockContract } from './concert-lock.js';
import { eventLogContract } from './event-log.js';
import { readModelStoreContract } from './read-model-store.js';
import { stockCacheContract } from './stock-cache.js';

let isOver = false;
afterAll(() => {
  isOver = true;
});

/** A world whose time passes by itself, so that it is awaited as a real one. */
function freeWorld(options: WorldOptions = {}): World {
  const world = new World(1, { slowShare: 0, ...options });
  world.scheduler.runFreely(() => isOver);
  return world;
}

const leaseMs = 1_000;

describe('the clock of the system', () => {
  clockContract(() => ({ clock: systemClock }));
});

describe('the clock of a simulated process', () => {
  clockContract(() => {
    const { process } = freeWorld().start('p1', leaseMs);
    return { clock: process.clock, jump: (ms) => process.jumpWallClock(ms) };
  });
});

it('clocks of processes are apart: one that is set, paused or killed leaves the others alone', async () => {
  const world = freeWorld();
  const [set, paused, killed, well] = ['p1', 'p2', 'p3', 'p4'].map(
    (name) => world.start(name, leaseMs).process,
  );
  const called: string[] = [];
  for (const process of [set, paused, killed, well])
    process?.clock.after(10, () => called.push(process.name));
  set?.jumpWallClock(-3_600_000);
  paused?.pause();
  killed?.kill();
  await pause(100, undefined, well?.clock);
  expect(called).toEqual(['p1', 'p4']);
  paused?.continue();
  await pause(1, undefined, well?.clock);
  expect(called).toEqual(['p1', 'p4', 'p2']);
});

describe('the simulated log', () => {
  eventLogContract(async () => freeWorld().start('p1', leaseMs).log);
});

describe.each([1, 3])('the simulated lock over %s Redis', (redisServers) => {
  concertLockContract(async () => {
    const world = freeWorld({ redisServers });
    const [one, other] = [world.start('p1', leaseMs), world.start('p2', leaseMs)];
    return {
      one: one.lock,
      other: other.lock,
      leaseMs,
      clock: one.process.clock,
      async loseEverything() {
        for (const server of world.redis) server.flush();
      },
      async goAway() {
        for (const { health } of world.redis) health.become('away');
      },
    };
  });
});

describe('the simulated arrival queue', () => {
  arrivalQueueContract(async () => {
    const world = freeWorld();
    const [one, other] = [world.start('p1', leaseMs), world.start('p2', leaseMs)];
    const [{ queues, health }] = world.redis;
    return {
      one: one.queue,
      other: other.queue,
      clock: one.process.clock,
      loseEntries: async (concertId) => {
        queues.loseEntries(concertId);
        await pause(2, undefined, one.process.clock);
      },
      rewrite: async (concertId, as) => queues.rewrite(concertId, as),
      goAway: async () => health.become('away'),
    };
  }, 100);
});

describe('the simulated stock cache', () => {
  stockCacheContract(async () => {
    const world = freeWorld();
    return {
      stock: world.start('p1', leaseMs).stock,
      goAway: async () => world.redis[0].health.become('away'),
    };
  });
});

describe('the simulated read models', () => {
  readModelStoreContract(async () => {
    const world = freeWorld();
    return {
      store: world.start('p1', leaseMs).readModels,
      reset: async (name) => world.readModels.reset(name),
    };
  });
});
