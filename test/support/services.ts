import { createCommands } from '../../src/commands/create-commands.js';
import type { OverdueHolds } from '../../src/commands/holds/hold-sweep.js';
import type { CommandObserver } from '../../src/commands/observer.js';
import { ConcertLog } from '../../src/commands/state/concert-log.js';
import type { Snapshots } from '../../src/commands/state/snapshots.js';
import type { ScheduleConcert } from '../../src/domain/concert-commands.js';
import type { PurchaseMode } from '../../src/domain/purchase-mode.js';
import { EventStore } from '../../src/event-store/event-store.js';
import { connectRedis, disconnectRedis, settled } from '../../src/redis/connect.js';
import { ConcertLock } from '../../src/redis/lock/concert-lock.js';
import { ArrivalQueue } from '../../src/redis/queue/arrival-queue.js';
import { StockCache } from '../../src/redis/stock-cache.js';
import { type Clock, systemClock } from '../../src/waiting/clock.js';
import { type TestServers, testServers } from './stack.js';

/** The classes to build from, so that a test can put in ones that fail where it wants. */
export interface Parts {
  readonly EventStore: typeof EventStore;
  readonly ConcertLock: typeof ConcertLock;
  readonly ArrivalQueue: typeof ArrivalQueue;
}

export const openEventStore = (
  namespace: string,
  url = testServers().eventStoreUrl,
  parts: Pick<Parts, 'EventStore'> = { EventStore },
): EventStore =>
  new parts.EventStore({
    connectionString: url,
    namespace,
    append: { attemptMs: 2_000, totalMs: 10_000 },
    readPatienceMs: 10_000,
  });

export interface Observed {
  readonly observer: CommandObserver;
  /** How often each thing was told. */
  readonly counts: Readonly<Record<keyof CommandObserver, number>>;
}

export function countingObserver(): Observed {
  const counts = {
    inFlight: 0,
    ranWithoutLock: 0,
    lockReleaseFailed: 0,
    appendConflicted: 0,
    stockWriteFailed: 0,
    queueBypassed: 0,
    ownershipBegan: 0,
    ownershipEnded: 0,
    handedOver: 0,
    queueEntriesDropped: 0,
    holdSweepFailed: 0,
    snapshotSaved: 0,
    snapshotSaveFailed: 0,
    snapshotUsed: 0,
    snapshotIgnored: 0,
    concertExceededMemory: 0,
    logFoundShorter: 0,
    appended: 0,
  };
  const observer: CommandObserver = {
    inFlight: () => void counts.inFlight++,
    ranWithoutLock: () => void counts.ranWithoutLock++,
    lockReleaseFailed: () => void counts.lockReleaseFailed++,
    appendConflicted: () => void counts.appendConflicted++,
    stockWriteFailed: () => void counts.stockWriteFailed++,
    queueBypassed: () => void counts.queueBypassed++,
    ownershipBegan: () => void counts.ownershipBegan++,
    ownershipEnded: () => void counts.ownershipEnded++,
    handedOver: (_concertId, purchases) => {
      counts.handedOver += purchases;
    },
    queueEntriesDropped: (_concertId, _why, count) => {
      counts.queueEntriesDropped += count;
    },
    holdSweepFailed: () => void counts.holdSweepFailed++,
    snapshotSaved: () => void counts.snapshotSaved++,
    snapshotSaveFailed: () => void counts.snapshotSaveFailed++,
    snapshotUsed: () => void counts.snapshotUsed++,
    snapshotIgnored: () => void counts.snapshotIgnored++,
    concertExceededMemory: () => void counts.concertExceededMemory++,
    logFoundShorter: () => void counts.logFoundShorter++,
    appended: () => void counts.appended++,
  };
  return { observer, counts };
}

export interface WriteSideOptions {
  readonly namespace: string;
  readonly purchaseMode: PurchaseMode;
  readonly servers?: TestServers;
  readonly lockWaitMs?: number;
  readonly leaseMs?: number;
  readonly withoutRedis?: boolean;
  /** How long Redis may take to answer, default 1,000 ms. */
  readonly commandTimeoutMs?: number;
  readonly queueLimit?: number;
  readonly longestWaitMs?: number;
  readonly ownerIdleMs?: number;
  readonly maxPurchasesInMemory?: number;
  readonly parts?: Partial<Parts>;
  /** Default the clock of the system. */
  readonly clock?: Clock;
  /** None unless given. */
  readonly overdueHolds?: OverdueHolds;
  /** Nothing is saved unless given. */
  readonly snapshots?: Snapshots;
}

const noSnapshots: Snapshots = {
  head: async () => null,
  load: async () => null,
  take: async () => false,
  forget: async () => {},
};

/** The write side as a process has it, on real servers. */
export async function openWriteSide(options: WriteSideOptions) {
  const servers = options.servers ?? testServers();
  const parts = { EventStore, ConcertLock, ArrivalQueue, ...options.parts };
  const store = openEventStore(options.namespace, servers.eventStoreUrl, parts);
  const redis = connectRedis({
    urls: servers.redisUrl.split(','),
    namespace: options.namespace,
    commandTimeoutMs: options.commandTimeoutMs ?? 1_000,
    onError: () => {},
  });
  await settled(redis);
  const { observer, counts } = countingObserver();
  const stock = new StockCache(redis);
  const queue = new parts.ArrivalQueue(redis);
  const lock = new parts.ConcertLock({
    servers: redis,
    leaseMs: options.leaseMs ?? 3_000,
    onReleaseFailed: observer.lockReleaseFailed,
  });
  const commands = createCommands({
    store,
    redis: options.withoutRedis === true ? null : { lock, stock, queue },
    snapshots: options.snapshots ?? noSnapshots,
    observer,
    overdueHolds: options.overdueHolds ?? { concerts: async () => [] },
    clock: options.clock ?? systemClock,
    purchaseMode: options.purchaseMode,
    lockWaitMs: options.lockWaitMs ?? 5_000,
    queueLimit: options.queueLimit ?? 10_000,
    longestWaitMs: options.longestWaitMs ?? 10_000,
    ...(options.ownerIdleMs === undefined ? {} : { ownerIdleMs: options.ownerIdleMs }),
    maxPurchasesInMemory: options.maxPurchasesInMemory ?? 1_000_000,
  });
  return {
    store,
    stock,
    lock,
    queue,
    redis,
    commands,
    counts,
    log: new ConcertLog(store),
    /** The fold of the whole log as it is now. */
    fold: (concertId: string) => new ConcertLog(store).fold(concertId),
    async close() {
      await commands.stop();
      await store.close();
      disconnectRedis(redis);
    },
  };
}

export type WriteSide = Awaited<ReturnType<typeof openWriteSide>>;

export const concertTerms = (concertId: string, more: Partial<ScheduleConcert> = {}): ScheduleConcert => ({
  concertId,
  name: 'The Example',
  capacity: 100,
  vipSeats: 10,
  ticketsPerCustomer: 1,
  salesOpenAt: null,
  salesCloseAt: null,
  startsAt: null,
  purchaseMode: null,
  ...more,
});
