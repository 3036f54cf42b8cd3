import type { ArrivalQueue } from '../../src/commands/ports.js';
import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import { unreachableQueue } from '../adapters/arrival-queue.js';
import { SimulatedConcertLock } from '../adapters/concert-lock.js';
import { SimulatedEventLog } from '../adapters/event-log.js';
import { RedisConnection } from '../adapters/redis-connection.js';
import { SimulatedStockCache } from '../adapters/stock-cache.js';
import { Chance } from './chance.js';
import { Link } from './link.js';
import { LogServer } from './log-server.js';
import { SimulatedProcess } from './process.js';
import { RedisServer } from './redis-server.js';
import { Scheduler } from './scheduler.js';

/** What the write side of one process is given. */
export interface Ports {
  readonly process: SimulatedProcess;
  readonly log: SimulatedEventLog;
  readonly lock: SimulatedConcertLock;
  readonly stock: SimulatedStockCache;
  readonly queue: ArrivalQueue;
}

/** Servers, network and time; everything that happens in it follows from the seed and from what is done to it. */
export class World {
  readonly scheduler = new Scheduler();
  readonly chance: Chance;
  readonly log: LogServer;
  readonly redis = new RedisServer(() => this.scheduler.now);

  constructor(seed: number, onWritten: (events: readonly RecordedEvent[]) => void = () => {}) {
    this.chance = new Chance(seed);
    this.log = new LogServer(() => this.scheduler.now, onWritten);
  }

  /** A new process, connected to the servers. */
  start(name: string, leaseMs: number): Ports {
    const { scheduler, chance, log, redis } = this;
    const process = new SimulatedProcess(name, scheduler, chance);
    const { clock } = process;
    const toRedis = new Link(process, redis.health, scheduler, chance, true);
    const connection = new RedisConnection(toRedis, clock);
    return {
      process,
      log: new SimulatedEventLog(log, new Link(process, log.health, scheduler, chance, false), clock),
      lock: new SimulatedConcertLock({ server: redis, connection, clock, leaseMs, owner: name }),
      stock: new SimulatedStockCache(redis, connection),
      queue: unreachableQueue,
    };
  }
}
