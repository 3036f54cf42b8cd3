import type { RecordedEvent } from '../../src/domain/log/recorded-event.js';
import type { ReadModelStore } from '../../src/projections/live/read-model-store.js';
import { SimulatedArrivalQueue } from '../adapters/arrival-queue.js';
import { SimulatedConcertLock } from '../adapters/concert-lock.js';
import { SimulatedEventLog } from '../adapters/event-log.js';
import { simulatedReadModels } from '../adapters/read-models.js';
import { RedisConnection } from '../adapters/redis-connection.js';
import { SimulatedStockCache } from '../adapters/stock-cache.js';
import { Subscriber } from '../adapters/subscriber.js';
import { SimulatedSubscriptions } from '../adapters/subscription.js';
import { Chance } from './chance.js';
import { Link } from './link.js';
import { LogServer } from './log-server.js';
import { SimulatedProcess } from './process.js';
import type { QueueEntry } from './queue-data.js';
import { ReadModelServer } from './read-model-server.js';
import { RedisServer } from './redis-server.js';
import { Scheduler } from './scheduler.js';
import { ServerHealth } from './server-health.js';

/** What one process is given. */
export interface Ports {
  readonly process: SimulatedProcess;
  readonly log: SimulatedEventLog;
  readonly lock: SimulatedConcertLock;
  readonly stock: SimulatedStockCache;
  readonly queue: SimulatedArrivalQueue;
  readonly subscriptions: SimulatedSubscriptions;
  readonly readModels: ReadModelStore;
}

export interface WorldOptions {
  /** Independent servers that vote on locks; the first has stock and queues as well. */
  readonly redisServers?: number;
  /** The share of requests and answers that are so slow that a caller may give up. */
  readonly slowShare?: number;
  readonly onWritten?: (events: readonly RecordedEvent[]) => void;
  readonly onJoined?: (concertId: string, entry: QueueEntry) => void;
}

/** Servers, network and time; everything that happens in it follows from the seed and from what is done to it. */
export class World {
  readonly scheduler = new Scheduler();
  readonly chance: Chance;
  readonly log: LogServer;
  readonly readModels: ReadModelServer;
  readonly redis: readonly [RedisServer, ...RedisServer[]];

  readonly #slowShare: number;
  /** By the names of process and server. */
  readonly #paths = new Map<string, ServerHealth>();

  constructor(seed: number, { redisServers = 1, slowShare = 0.01, onWritten, onJoined }: WorldOptions = {}) {
    this.#slowShare = slowShare;
    this.chance = new Chance(seed);
    const now = () => this.scheduler.now;
    this.log = new LogServer(now, onWritten);
    this.readModels = new ReadModelServer(now);
    const others = Array.from({ length: redisServers - 1 }, (_, i) => new RedisServer(`Redis ${i + 2}`, now));
    this.redis = [new RedisServer('Redis', now, onJoined), ...others];
  }

  /** The network between a process and a server. */
  pathOf(process: string, server: ServerHealth): ServerHealth {
    const name = `the path from ${process} to ${server.name}`;
    const path = this.#paths.get(name) ?? new ServerHealth(name);
    this.#paths.set(name, path);
    return path;
  }

  get paths(): Iterable<ServerHealth> {
    return this.#paths.values();
  }

  /** A new process, connected to the servers. */
  start(name: string, leaseMs: number): Ports {
    const { scheduler, chance, log, redis } = this;
    const process = new SimulatedProcess(name, scheduler, chance);
    const { clock } = process;
    const linkTo = (health: ServerHealth, isOrdered: boolean) =>
      new Link(process, health, this.pathOf(name, health), scheduler, chance, isOrdered, this.#slowShare);
    const connect = ({ health }: RedisServer) => new RedisConnection(linkTo(health, true), clock);
    const [server, ...others] = redis;
    const connection = connect(server);
    const subscriber = new Subscriber(server.channels, connect(server));
    const primary = { server, connection };
    const voters = others.map((other) => ({ server: other, connection: connect(other) }));
    const { readModels } = this;
    return {
      process,
      subscriptions: new SimulatedSubscriptions(log, linkTo(log.health, true), clock, chance),
      readModels: simulatedReadModels(readModels, linkTo(readModels.health, false), clock),
      log: new SimulatedEventLog(log, linkTo(log.health, false), clock),
      lock: new SimulatedConcertLock({
        ...{ voters: [primary, ...voters], subscriber, clock, leaseMs, owner: name },
      }),
      stock: new SimulatedStockCache(server, connection),
      queue: new SimulatedArrivalQueue({
        ...{ queues: server.queues, connection, subscriber, clock, process: name },
      }),
    };
  }
}
