import { createCommands } from '../../src/commands/create-commands.js';
import { concertIdOf } from '../../src/domain/ids.js';
import type { QueueEntry } from '../world/queue-data.js';
import { noTrouble } from '../world/server-health.js';
import { World } from '../world/world.js';
import { Customers, type Running } from './customers.js';
import { Faults } from './faults.js';
import type { Commit, Moment, SaleHistory } from './history.js';
import { Holders } from './holders.js';
import { noSnapshots, nothingOverdue, quiet } from './idle-ports.js';
import type { Schedule, Step } from './schedule.js';
import { eventInWords } from './words.js';

/** The first concert of each simulation. */
const concertId = concertIdOf('the simulated concert');
const leaseMs = 3_000;
const queueLimit = 1_000;
const triesWhileFaulty = 3;
/** So many times a customer asks once all is well again. */
const triesWhenWell = 30;
/** How long the queue may take to empty once all is well and every customer has an answer, in ms. */
const drainMs = 30_000;
/** Somewhat longer than a hold may be open after its expiry, in ms. */
const expiryMs = 3_000;
/** After this time without an end, in ms, something hangs. */
const longestMs = 600_000;

/** Told of everything that happens, to make a story of it. */
export interface Witness {
  happened(at: Moment, who: string, what: string): void;
}

/**
 * Runs the write side of several processes through a schedule, from the scheduling of the concert until every customer has a final
 * answer.
 */
export async function runSale(schedule: Schedule, witness?: Witness): Promise<SaleHistory> {
  const sale = new Sale(schedule, witness);
  await sale.run();
  return sale.history();
}

class Sale {
  readonly #world: World;
  readonly #slots: Running[] = [];
  readonly #commits: Commit[] = [];
  readonly #joined: QueueEntry[] = [];
  readonly #customers: Customers;
  readonly #holders: Holders;
  readonly #faults: Faults;
  #endedAt: Moment = { ms: 0, step: 0 };
  /** Processes that stop in good order, by name. */
  readonly #stopping = new Map<string, Promise<void>>();
  readonly #hangs: string[] = [];
  #open = 0;
  #started = 0;

  constructor(
    private readonly schedule: Schedule,
    private readonly witness: Witness | undefined,
  ) {
    const { seed, redisServers, processes } = schedule;
    this.#world = new World(seed, {
      redisServers,
      onWritten: (events) => {
        this.#commits.push({ ...this.#now(), events });
        this.#tell('the log', () => `writes ${events.map(eventInWords).join(', ')}`);
      },
      onJoined: (entry) => {
        this.#joined.push(entry);
        this.#tell('the queue', () => `takes ${entry.id} from ${entry.replyTo}: ${entry.entry}`);
      },
    });
    const tell = (who: string, what: () => string) => this.#tell(who, what);
    const running = (slot: number) => this.#running(slot);
    this.#customers = new Customers({ world: this.#world, concertId, running, now: () => this.#now(), tell });
    const { customers, now } = { customers: this.#customers, now: () => this.#now() };
    this.#holders = new Holders({ customers, concertId, now, tell });
    this.#faults = new Faults({
      world: this.#world,
      processOf: (slot) => this.#running(slot).process,
      restart: (slot) => this.#start(slot % processes),
      replace: (slot) => this.#replace(slot % processes),
      later: (ms, end) => this.#later(ms, end),
      tell,
    });
  }

  async run(): Promise<void> {
    const { scheduler } = this.#world;
    for (let slot = 0; slot < this.schedule.processes; slot++) this.#start(slot);
    await this.#during(this.#scheduleConcert());
    this.#faults.dumpRedis();
    for (const step of this.schedule.steps) {
      this.#later(step.at, () => this.#take(step));
    }
    await scheduler.run(() => this.#open === 0 || scheduler.now > longestMs);
    this.#heal();
    await this.#during(this.#settle());
    await this.#drain();
    await this.#letHoldsEnd();
    this.#endedAt = this.#now();
    await this.#stopAll();
  }

  history(): SaleHistory {
    return {
      concertId,
      terms: this.schedule.terms,
      purchases: this.#customers.purchases,
      cancellations: this.#customers.cancellations,
      commits: this.#commits,
      joined: this.#joined,
      holds: this.#holders.calls,
      disturbances: this.#faults.disturbances,
      clocksAgree: this.#faults.clocksAgree,
      stock: this.#world.redis[0].stockOf(concertId),
      endedAt: this.#endedAt,
      unsettled: [...this.#customers.unsettled.keys(), ...this.#customers.open],
      thrown: this.#customers.thrown,
      hangs: this.#hangs,
    };
  }

  /** Lets time pass until the work is done, or for too long. */
  async #during(work: Promise<unknown>): Promise<void> {
    const { scheduler } = this.#world;
    const end = scheduler.now + longestMs;
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    await scheduler.run(() => isDone || scheduler.now > end);
    if (isDone) await done;
  }

  /** Whoever still stands in the queue is served now. */
  async #drain(): Promise<void> {
    const { scheduler, redis } = this.#world;
    const end = scheduler.now + drainMs;
    const isDrained = () => redis[0].queues.concertsWaiting().length === 0;
    await scheduler.run(() => isDrained() || scheduler.now > end);
    if (!isDrained()) this.#hangs.push('the queue still has entries');
  }

  /** Long enough for holds that are open now. */
  async #letHoldsEnd(): Promise<void> {
    const { scheduler } = this.#world;
    const { holdSeconds, offerSeconds } = this.schedule.terms;
    if (holdSeconds === null) return;
    const end = scheduler.now + 1_000 * Math.max(holdSeconds, offerSeconds ?? 0) + expiryMs;
    await scheduler.run(() => scheduler.now > end);
  }

  async #stopAll(): Promise<void> {
    for (const running of this.#slots) this.#stop(running);
    await this.#during(Promise.all(this.#stopping.values()));
    for (const process of this.#stopping.keys()) this.#hangs.push(`${process} does not stop`);
  }

  #stop({ process, commands }: Running): void {
    commands.stopWaiting();
    const stopped = commands.stop().then(() => {
      process.kill();
      this.#tell(process.name, () => 'has stopped');
    });
    this.#stopping.set(process.name, stopped);
    process.onKilled(() => this.#stopping.delete(process.name));
  }

  #start(slot: number): void {
    const { mode, maxPurchasesInMemory } = this.schedule;
    const { process, log, ...redis } = this.#world.start(`p${++this.#started}`, leaseMs);
    const commands = createCommands({
      overdueHolds: nothingOverdue,
      ...{ store: log, redis, snapshots: noSnapshots, observer: quiet, clock: process.clock },
      ...{
        purchaseMode: mode,
        lockWaitMs: 2_000,
        queueLimit,
        longestWaitMs: 10_000,
        maxPurchasesInMemory,
      },
    });
    this.#slots[slot] = { process, commands };
    this.#tell(process.name, () => 'starts');
  }

  /** As a rolling restart does it: the old process answers what it has taken on, while the new one takes requests. */
  #replace(slot: number): void {
    const { process, commands } = this.#running(slot);
    if (process.killed) return;
    this.#tell(process.name, () => 'is to stop');
    this.#start(slot);
    this.#stop({ process, commands });
  }

  async #scheduleConcert(): Promise<void> {
    const { commands } = this.#running(0);
    const { terms } = this.schedule;
    const more = { name: 'The simulation', salesOpenAt: null, salesCloseAt: null, startsAt: null };
    let kind: string;
    do ({ kind } = await commands.schedule({ concertId, ...terms, ...more, purchaseMode: null }));
    while (kind !== 'done');
  }

  #take(step: Step): void {
    switch (step.kind) {
      case 'buy': {
        const { kind, customer, key, quantity, waitMs } = step;
        const purchase = { kind, customer, key, quantity, ...(waitMs === undefined ? {} : { waitMs }) };
        this.#work(this.#customers.buy(step.process, purchase, triesWhileFaulty));
        return;
      }
      case 'foreign-entry':
        this.#joinForeign();
        return;
      case 'hold':
        this.#work(this.#holders.run(step));
        return;
      case 'cancel':
        this.#work(this.#customers.cancel(step.process, step.key));
        return;
      case 'capacity':
        this.#work(this.#customers.changeCapacity(step.process, step.capacity));
        return;
      default:
        this.#faults.strike(step);
    }
  }

  /** A process of another version adds a purchase to the queue, as this version cannot read it. */
  #joinForeign(): void {
    const entry = { purchaseId: 'foreign', token: 'foreign', entry: 'of another version', withinMs: null };
    this.#world.redis[0].queues.join(concertId, 'another version', [entry], queueLimit);
  }

  /** Runs `end` in `ms` milliseconds; the sale lasts until then. */
  #later(ms: number, end: () => void): void {
    this.#open += 1;
    this.#world.scheduler.after(ms, () => {
      this.#open -= 1;
      end();
    });
  }

  /** Counts work in flight; it does not reject. */
  #work(work: Promise<void>): void {
    this.#open += 1;
    void work.finally(() => {
      this.#open -= 1;
    });
  }

  /** Everything works again. */
  #heal(): void {
    const { redis, log } = this.#world;
    for (const { health } of redis) health.become('up');
    redis[0].health.messages = noTrouble;
    log.health.become('up');
    log.health.lostAnswers = 0;
    for (const [slot, { process }] of this.#slots.entries()) {
      if (process.killed) this.#start(slot);
      else process.continue();
    }
  }

  async #settle(): Promise<void> {
    const unsettled = [...this.#customers.unsettled.values()];
    await Promise.all(unsettled.map((request, i) => this.#customers.buy(i, request, triesWhenWell)));
  }

  #running(slot: number): Running {
    const running = this.#slots[slot % this.schedule.processes];
    if (running === undefined) throw new Error(`no process was started as number ${slot}`);
    return running;
  }

  #now(): Moment {
    const { now, step } = this.#world.scheduler;
    return { ms: now, step };
  }

  #tell(who: string, what: () => string): void {
    this.witness?.happened(this.#now(), who, what());
  }
}
