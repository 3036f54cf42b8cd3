import { afterAll, describe } from 'vitest';
import { World, type WorldOptions } from '../../simulation/world/world.js';
import { pause } from '../../src/waiting/sleep.js';
import { arrivalQueueContract } from './arrival-queue.js';
import { concertLockContract } from './concert-lock.js';
import { eventLogContract } from './event-log.js';
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
