import { afterAll, describe } from 'vitest';
import { World } from '../../simulation/world/world.js';
import { concertLockContract } from './concert-lock.js';
import { eventLogContract } from './event-log.js';
import { stockCacheContract } from './stock-cache.js';

let isOver = false;
afterAll(() => {
  isOver = true;
});

/** A world whose time passes by itself, so that it is awaited as a real one. */
function freeWorld(): World {
  const world = new World(1);
  world.scheduler.runFreely(() => isOver);
  return world;
}

const leaseMs = 1_000;

describe('the simulated log', () => {
  eventLogContract(async () => freeWorld().start('p1', leaseMs).log);
});

describe('the simulated lock', () => {
  concertLockContract(async () => {
    const world = freeWorld();
    const [one, other] = [world.start('p1', leaseMs), world.start('p2', leaseMs)];
    return {
      one: one.lock,
      other: other.lock,
      leaseMs,
      clock: one.process.clock,
      loseEverything: async () => world.redis.flush(),
      goAway: async () => world.redis.health.become('away'),
    };
  });
});

describe('the simulated stock cache', () => {
  stockCacheContract(async () => {
    const world = freeWorld();
    return {
      stock: world.start('p1', leaseMs).stock,
      goAway: async () => world.redis.health.become('away'),
    };
  });
});
