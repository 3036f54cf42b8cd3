import type { Concert } from '../domain/concert.js';
import {
  type CancelResult,
  cancelPurchase,
  changeConcert,
  type ManageResult,
  scheduleConcert,
} from '../domain/concert-commands.js';
import { needsRedis, type PurchaseMode } from '../domain/purchase-mode.js';
import type { Clock } from '../waiting/clock.js';
import { messageOf } from '../waiting/message-of.js';
import type { Commands, PurchaseRequest } from './commands.js';
import { NoAppendFastPath } from './deciding/no-append-fast-path.js';
import { type HoldCall, type HoldCallResult, holdCommand } from './holds/hold-calls.js';
import { holdCommands } from './holds/hold-commands.js';
import { HoldSweep, type OverdueHolds } from './holds/hold-sweep.js';
import { InFlight } from './in-flight.js';
import type { Mode } from './mode.js';
import { ModesOfConcerts } from './mode-of.js';
import { batchMode, batchModeWithoutLock } from './modes/batch.js';
import { lockMode } from './modes/lock.js';
import { lockCacheMode } from './modes/lock-cache.js';
import { optimisticMode } from './modes/optimistic.js';
import { unsafeMode } from './modes/unsafe.js';
import type { CommandObserver } from './observer.js';
import { type ManageOutcome, type PurchaseOutcome, type RetryLater, unavailable } from './outcome.js';
import { OwnerMode } from './ownership/owner-mode.js';
import { type Command, type Outcome, PendingCommandOf } from './pending-command.js';
import type { ArrivalQueue, ConcertLock, EventLog, StockCache } from './ports.js';
import { purchaseCommand } from './purchase-command.js';
import { type CachingLoader, ConcertLoader } from './state/concert-loader.js';
import { ConcertLog } from './state/concert-log.js';
import { SnapshotTaker } from './state/snapshot-taker.js';
import type { Snapshots } from './state/snapshots.js';
import type { CommandTracing } from './tracing.js';

export interface RedisForCommands {
  readonly lock: ConcertLock;
  readonly stock: StockCache;
  readonly queue: ArrivalQueue;
}

export interface CommandOptions {
  readonly store: EventLog;
  /** Null for an installation without Redis: modes that need it then run as `batch` without a lock. */
  readonly redis: RedisForCommands | null;
  readonly snapshots: Snapshots;
  readonly observer: CommandObserver;
  /** Absent where traces are not configured. */
  readonly tracing?: CommandTracing | undefined;
  readonly overdueHolds: OverdueHolds;
  readonly clock: Clock;
  /** The mode of concerts that were scheduled without one. */
  readonly purchaseMode: PurchaseMode;
  readonly lockWaitMs: number;
  readonly queueLimit: number;
  readonly longestWaitMs: number;
  /** How long an owner without work keeps a concert, in ms; default 30 s. */
  readonly ownerIdleMs?: number;
  readonly maxPurchasesInMemory: number;
}

export function createCommands(options: CommandOptions): Commands {
  const { store, redis, clock } = options;
  const log = new ConcertLog(store, clock);
  const note = (concert: Concert) => sweep.note(concert);
  const snapshotTaker = new SnapshotTaker({ ...options, log });
  const loader = new ConcertLoader({
    ...options,
    ...{
      log,
      snapshotTaker,
      stock: redis?.stock ?? null,
      maxPurchases: options.maxPurchasesInMemory,
      onRead: note,
    },
  });
  const contextFor = (loader: CachingLoader) => ({
    ...options,
    ...{ log, loader, fastPath: new NoAppendFastPath(loader, log, clock), onAppended: note },
  });
  const withoutRedis = contextFor(loader.withoutRedis());
  const context = redis === null ? null : { ...contextFor(loader), ...redis, loader };
  const withoutOwner = context === null ? batchModeWithoutLock(withoutRedis) : batchMode(context);
  const owned = context === null ? null : new OwnerMode({ ...context, withoutOwner });
  const optimistic = optimisticMode(withoutRedis);
  const modes: Record<PurchaseMode, Mode> = {
    unsafe: unsafeMode(withoutRedis),
    optimistic,
    lock: context === null ? withoutOwner : lockMode(context),
    'lock-cache': context === null ? withoutOwner : lockCacheMode(context),
    batch: owned ?? withoutOwner,
    queue: owned ?? withoutOwner,
  };
  const modeOf = new ModesOfConcerts(store, options.purchaseMode);
  const inFlight = new InFlight((count) => options.observer.inFlight(count));
  const ownerOf = (mode: PurchaseMode) => (mode === 'queue' || mode === 'batch' ? owned : null);
  const sweep = new HoldSweep({
    ...{ clock, observer: options.observer, latest: (concertId) => loader.latest(concertId) },
    overdue: options.overdueHolds,
    async handle(command) {
      const mode = await modeOf.of(command.concertId);
      const owner = ownerOf(mode);
      if (owner !== null) return owner.handleIfOwner(command);
      await modes[safe(mode)].handle(command);
      return 'handled';
    },
    handleHere: (command) => withoutOwner.handle(command),
  });

  const execute = async <Result>(command: Command<Result>, mode: PurchaseMode): Promise<Outcome<Result>> => {
    const pending = new PendingCommandOf(command);
    await modes[mode].handle(pending);
    return pending.outcome;
  };
  const purchaseIn = async (request: PurchaseRequest, mode: PurchaseMode): Promise<PurchaseOutcome> => {
    const outcome = await execute(purchaseCommand(request), mode);
    return outcome.kind === 'decided' ? outcome.result : outcome;
  };
  const purchase = async (request: PurchaseRequest): Promise<PurchaseOutcome> => {
    try {
      const mode = await modeOf.of(request.concertId);
      const owner = ownerOf(mode);
      return owner === null
        ? await purchaseIn(request, mode)
        : await owner.purchase(request, mode === 'queue');
    } catch (error) {
      return unavailable(messageOf(error));
    }
  };
  const onHold = async (call: HoldCall): Promise<HoldCallResult | RetryLater> => {
    try {
      const mode = await modeOf.of(call.concertId);
      const owner = ownerOf(mode);
      if (owner !== null) return await owner.onHold(call);
      const outcome = await execute(holdCommand(call), mode);
      return outcome.kind === 'decided' ? outcome.result : outcome;
    } catch (error) {
      return unavailable(messageOf(error));
    }
  };
  const manage = async <Result>(command: Command<Result>): Promise<Outcome<Result>> => {
    try {
      return await execute(command, safe(await modeOf.of(command.concertId)));
    } catch (error) {
      return unavailable(messageOf(error));
    }
  };
  const run = <Result>(command: Command<Result>) => inFlight.track(manage(command));

  return {
    purchase: (request) => inFlight.track(purchase(request)),
    standing: async (concertId, purchaseId) => (await owned?.standing(concertId, purchaseId)) ?? null,
    owner: async (concertId) => (await owned?.owner(concertId)) ?? null,
    ownership: () => owned?.ownership ?? null,
    async schedule(terms) {
      const { concertId, purchaseMode } = terms;
      if (redis === null && purchaseMode !== null && needsRedis(purchaseMode))
        return { kind: 'refused', refusal: { reason: 'mode-needs-redis', purchaseMode } };
      const decide: Decide<ManageResult> = (concert, at) => scheduleConcert(terms, concert, at);
      return manageOutcome(concertId, await run({ concertId, decide }));
    },
    async change(concertId, change) {
      const decide: Decide<ManageResult> = (concert, at) => changeConcert(change, concert, at);
      return manageOutcome(concertId, await run({ concertId, decide }));
    },
    async cancelPurchase(concertId, purchaseId) {
      const decide: Decide<CancelResult> = (concert, at, recalled) =>
        cancelPurchase(purchaseId, concert, at, recalled);
      const outcome = await run({ concertId, purchaseId, decide });
      if (outcome.kind !== 'decided') return outcome;
      const { result, concert } = outcome;
      return result.kind === 'cancelled' ? { ...result, revision: concert.revision } : result;
    },
    holds: holdCommands((call) => inFlight.track(onHold(call))),
    load: (concertId) => loader.latest(concertId),
    findHold: (concert, holdId) => log.claimOf(concert, holdId),
    find: (concert, purchaseId) => log.purchaseOf(concert, purchaseId),
    stopWaiting: () => owned?.stopWaiting(),
    async stop() {
      await inFlight.idle();
      await sweep.stop();
      await Promise.all([withoutOwner.stop(), optimistic.stop()]);
      await owned?.stop();
      await snapshotTaker.stop(loader.all());
    },
  };
}

type Decide<Result> = Command<Result>['decide'];

/** Only purchases may skip the expected revision; an organiser's commands never do. */
const safe = (mode: PurchaseMode): PurchaseMode => (mode === 'unsafe' ? 'optimistic' : mode);

function manageOutcome(concertId: string, outcome: Outcome<ManageResult>): ManageOutcome {
  if (outcome.kind !== 'decided') return outcome;
  const { result, concert } = outcome;
  return result.kind === 'done' ? { kind: 'done', concertId, revision: concert.revision } : result;
}
