import { createCommands } from '../../src/commands/create-commands.js';
import type { ProjectionObserver } from '../../src/projections/live/observer.js';
import { ProjectionRunner } from '../../src/projections/live/runner.js';
import type { World } from '../world/world.js';
import type { Running } from './customers.js';
import { noSnapshots, nothingOverdue, quiet } from './idle-ports.js';
import type { Schedule } from './schedule.js';

const leaseMs = 3_000;
export const queueLimit = 1_000;
/** Few events per transaction, so that many are common. */
const maxBatch = 8;

interface ServiceContext {
  readonly world: World;
  readonly schedule: Schedule;
  readonly tell: (who: string, what: () => string) => void;
}

/** The processes of the service, one in each slot. */
export class Service {
  readonly #slots: Running[] = [];
  /** Processes that stop in good order, by name. */
  readonly #stopping = new Map<string, Promise<void>>();
  #started = 0;

  constructor(private readonly context: ServiceContext) {}

  running(slot: number): Running {
    const { processes } = this.context.schedule;
    const running = this.#slots[slot % processes];
    if (running === undefined) throw new Error(`no process was started as number ${slot}`);
    return running;
  }

  startAll(): void {
    for (let slot = 0; slot < this.context.schedule.processes; slot++) this.start(slot);
  }

  start(slot: number): void {
    const { world, schedule, tell } = this.context;
    const { mode, maxPurchasesInMemory, projects = false, longestWaitMs = 10_000 } = schedule;
    const name = `p${++this.#started}`;
    const { process, log, subscriptions, readModels, ...redis } = world.start(name, leaseMs);
    const commands = createCommands({
      overdueHolds: nothingOverdue,
      ...{ store: log, redis, snapshots: noSnapshots, observer: quiet, clock: process.clock },
      ...{ purchaseMode: mode, lockWaitMs: 2_000, queueLimit, longestWaitMs, maxPurchasesInMemory },
    });
    const store = {
      subscribe: (...[from, signal]: Parameters<typeof subscriptions.subscribe>) =>
        subscriptions.subscribe(from, signal),
      logId: () => log.logId(),
      identify: () => log.identify(),
      readLast: (concertId: string) => log.readLast(concertId),
      end: () => log.end(),
      read: (...[concertId, from, count]: Parameters<typeof log.read>) => log.read(concertId, from, count),
    };
    const observer: ProjectionObserver = {
      leading: (leads) => tell(name, () => (leads ? 'projects' : 'projects no more')),
      applied: ({ events, position }) =>
        tell(name, () => `has projected ${events} events up to ${position?.commit}`),
      failed: (part, error) => tell(name, () => `fails at ${part}: ${String(error)}`),
    };
    const runner = projects
      ? new ProjectionRunner({
          ...{ store, readModels, cache: redis.stock, observer, maxBatch },
          ...{ clock: process.clock, holder: name },
        })
      : null;
    runner?.start();
    this.#slots[slot % schedule.processes] = { process, commands, runner };
    tell(name, () => 'starts');
  }

  /** As a rolling restart does it: the old process answers what it has taken on, while the new one takes requests. */
  replace(slot: number): void {
    const running = this.running(slot);
    if (running.process.killed) return;
    this.context.tell(running.process.name, () => 'is to stop');
    this.start(slot);
    this.#stop(running);
  }

  /** Dead processes are replaced, paused ones go on. */
  heal(): void {
    for (const [slot, { process }] of this.#slots.entries()) {
      if (process.killed) this.start(slot);
      else process.continue();
    }
  }

  killAll(): void {
    for (const { process } of this.#slots) process.kill();
  }

  stopAll(): Promise<unknown> {
    for (const running of this.#slots) this.#stop(running);
    return Promise.all(this.#stopping.values());
  }

  /** The names of those that were to stop, and have not. */
  get stopping(): Iterable<string> {
    return this.#stopping.keys();
  }

  #stop({ process, commands, runner }: Running): void {
    commands.stopWaiting();
    const stopped = Promise.all([commands.stop(), runner?.stop()]).then(() => {
      process.kill();
      this.context.tell(process.name, () => 'has stopped');
    });
    this.#stopping.set(process.name, stopped);
    process.onKilled(() => this.#stopping.delete(process.name));
  }
}
