import { concertIdOf } from '../../src/domain/ids.js';
import { readSideWrong } from '../judge/read-side.js';
import type { QueueEntry } from '../world/queue-data.js';
import { noTrouble } from '../world/server-health.js';
import { World } from '../world/world.js';
import { Customers } from './customers.js';
import { Faults } from './faults.js';
import type { Commit, Moment, ReadSideLook, RunHistory, SaleHistory } from './history.js';
import { Holders } from './holders.js';
import { lookAtReadSide } from './look.js';
import type { Schedule, Step } from './schedule.js';
import { queueLimit, Service } from './service.js';
import { eventInWords } from './words.js';

/** The concerts of each simulation. */
const concertIds = ['the simulated concert', 'another concert', 'a third concert'].map(concertIdOf);
const triesWhileFaulty = 3;
/** So many times a customer asks once all is well again. */
const triesWhenWell = 30;
/** How long the queue may take to empty once all is well and every customer has an answer, in ms. */
const drainMs = 30_000;
/** Somewhat longer than a hold may be open after its expiry, in ms. */
const expiryMs = 3_000;
/** How long read models and stock may take once nothing more happens, in ms: a lease that runs out is part of it. */
const readSideMs = 12_000;
/** After this time without an end, in ms, something hangs. */
const longestMs = 600_000;
/** Customers who come after a log was restored, per concert. */
const lateCustomers = 4;

/** Told of everything that happens, to make a story of it. */
export interface Witness {
  happened(at: Moment, who: string, what: string): void;
}

/**
 * Runs several processes through a schedule, from the scheduling of the concerts until every customer has a final answer and the
 * read models have everything.
 */
export async function runSale(schedule: Schedule, witness?: Witness): Promise<RunHistory> {
  const sale = new Sale(schedule, witness);
  return sale.run();
}

/** Those who ask for tickets of one concert. */
interface Crowd {
  readonly customers: Customers;
  readonly holders: Holders;
}

class Sale {
  readonly #world: World;
  readonly #concertIds: readonly string[];
  readonly #service: Service;
  readonly #faults: Faults;
  #commits: Commit[] = [];
  readonly #joined = new Map<string, QueueEntry[]>();
  #crowds: readonly Crowd[];
  readonly #looks: ReadSideLook[] = [];
  readonly #hangs: string[] = [];
  #open = 0;
  #readModelsBefore: ReturnType<World['readModels']['dump']> | null = null;

  constructor(
    private readonly schedule: Schedule,
    private readonly witness: Witness | undefined,
  ) {
    const { seed, redisServers, processes, concerts = 1 } = schedule;
    this.#concertIds = concertIds.slice(0, concerts);
    this.#world = new World(seed, {
      redisServers,
      onWritten: (events) => {
        this.#commits.push({ ...this.#now(), events });
        this.#tell('the log', () => `writes ${events.map(eventInWords).join(', ')}`);
      },
      onJoined: (concertId, entry) => {
        this.#joined.set(concertId, [...(this.#joined.get(concertId) ?? []), entry]);
        this.#tell('the queue', () => `takes ${entry.id} from ${entry.replyTo}: ${entry.entry}`);
      },
    });
    const tell = (who: string, what: () => string) => this.#tell(who, what);
    this.#service = new Service({ world: this.#world, schedule, tell });
    this.#crowds = this.#newCrowds();
    this.#faults = new Faults({
      world: this.#world,
      processOf: (slot) => this.#service.running(slot).process,
      restart: (slot) => this.#service.start(slot % processes),
      replace: (slot) => this.#service.replace(slot % processes),
      later: (ms, end) => this.#later(ms, end),
      tell,
    });
  }

  async run(): Promise<RunHistory> {
    const { scheduler } = this.#world;
    this.#service.startAll();
    await this.#during(this.#scheduleConcerts());
    this.#faults.dumpRedis();
    this.#readModelsBefore = this.#world.readModels.dump();
    for (const step of this.schedule.steps) this.#later(step.at, () => this.#take(step));
    await scheduler.run(() => this.#open === 0 || scheduler.now > longestMs);
    this.#heal();
    await this.#comeToRest('after the sale');
    if (this.schedule.backup === undefined) await this.#stopAll();
    const concerts = this.#concertIds.map((id, i) => this.#historyOf(id, this.#crowds[i]));
    if (this.schedule.backup === undefined) return { concerts, readSide: this.#looks };
    const restored = await this.#goOnFromBackup(this.schedule.backup, concerts);
    return { concerts: [...concerts, ...restored], readSide: this.#looks };
  }

  /** The log is lost, and comes back as it was some time ago; the service starts on it, and sells on. */
  async #goOnFromBackup(share: number, before: readonly SaleHistory[]): Promise<readonly SaleHistory[]> {
    const { log } = this.#world;
    this.#service.killAll();
    // The concerts themselves are in every backup.
    const kept = Math.max(this.#concertIds.length, Math.floor(share * this.#commits.length));
    this.#commits = this.#commits.slice(0, kept);
    log.restore(this.#commits.at(-1)?.events.at(-1)?.position?.commit ?? 0n);
    if (this.schedule.losesReadModels === true && this.#readModelsBefore !== null)
      this.#world.readModels.restore(this.#readModelsBefore);
    this.#faults.disturbances.push({ from: 0, to: this.#world.scheduler.now, isOfMessages: false });
    this.#tell('the log', () => 'is as it was some time ago');
    this.#crowds = this.#newCrowds();
    this.#service.heal();
    const crowds = this.#crowds;
    const lateOnes = crowds.flatMap(({ customers }, concert) =>
      Array.from({ length: lateCustomers }, (_, i) => {
        const about = `late ${concert} ${i}`;
        return customers.buy(i, { kind: 'buy', customer: about, key: about, quantity: 1 }, triesWhenWell);
      }),
    );
    await this.#during(Promise.all(lateOnes));
    await this.#comeToRest('after the log was restored');
    if (this.schedule.projects === true) {
      for (const { projection, foreignLog } of this.#world.readModels.checkpoints)
        if (foreignLog !== null) this.#world.readModels.reset(projection);
      await this.#waitForReadSide('after the rebuild');
    }
    await this.#stopAll();
    // What was told before the backup says nothing of the log that came from it, but may be the cause of a sale.
    const unanswered = <Call extends { readonly answered: unknown }>(calls: readonly Call[]) =>
      calls.map((call) => ({ ...call, answered: null }));
    return this.#concertIds.map((id, i) => {
      const [old, history] = [before[i], this.#historyOf(id, crowds[i])];
      if (old === undefined) return history;
      return {
        ...history,
        purchases: [...unanswered(old.purchases), ...history.purchases],
        cancellations: unanswered(old.cancellations),
        holds: unanswered(old.holds),
      };
    });
  }

  #newCrowds(): readonly Crowd[] {
    const [now, running] = [() => this.#now(), (slot: number) => this.#service.running(slot)];
    const tell = (who: string, what: () => string) => this.#tell(who, what);
    return this.#concertIds.map((concertId) => {
      const customers = new Customers({ world: this.#world, concertId, running, now, tell });
      return { customers, holders: new Holders({ customers, concertId, now, tell }) };
    });
  }

  /** Until every customer has an answer and nothing more is to happen. */
  async #comeToRest(when: ReadSideLook['when']): Promise<void> {
    await this.#during(this.#settle());
    await this.#drain();
    await this.#letHoldsEnd();
    if (this.schedule.projects === true) await this.#waitForReadSide(when);
  }

  #historyOf(concertId: string, crowd: Crowd | undefined): SaleHistory {
    const { purchases = [], cancellations = [], thrown = [], slow = [] } = crowd?.customers ?? {};
    const { unsettled, open } = crowd?.customers ?? { unsettled: new Map(), open: new Set() };
    return {
      ...{ concertId, terms: this.schedule.terms, purchases, cancellations, thrown, slow },
      commits: this.#commits.filter(({ events }) => events[0]?.concertId === concertId),
      joined: this.#joined.get(concertId) ?? [],
      holds: crowd?.holders.calls ?? [],
      disturbances: this.#faults.disturbances,
      clocksAgree: this.#faults.clocksAgree,
      stock: this.#world.redis[0].stockOf(concertId),
      endedAt: this.#now(),
      unsettled: [...unsettled.keys(), ...open],
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
    const { holdSeconds, offerSeconds } = this.schedule.terms;
    if (holdSeconds !== null) await this.#pass(1_000 * Math.max(holdSeconds, offerSeconds ?? 0) + expiryMs);
  }

  /** Until read models and stock are right, or the time for it is over. */
  async #waitForReadSide(when: ReadSideLook['when']): Promise<void> {
    const { scheduler } = this.#world;
    const end = scheduler.now + readSideMs;
    const look = () => lookAtReadSide(this.#world, this.#concertIds, when);
    while (readSideWrong(look()).length > 0 && scheduler.now < end) await this.#pass(200);
    this.#looks.push(look());
  }

  async #pass(ms: number): Promise<void> {
    const { scheduler } = this.#world;
    const end = scheduler.now + ms;
    scheduler.after(ms, () => {});
    await scheduler.run(() => scheduler.now >= end);
  }

  async #stopAll(): Promise<void> {
    await this.#during(this.#service.stopAll());
    for (const process of this.#service.stopping) this.#hangs.push(`${process} does not stop`);
  }

  async #scheduleConcerts(): Promise<void> {
    const { commands } = this.#service.running(0);
    const { terms } = this.schedule;
    const more = { name: 'The simulation', salesOpenAt: null, salesCloseAt: null, startsAt: null };
    for (const concertId of this.#concertIds) {
      let kind: string;
      do ({ kind } = await commands.schedule({ concertId, ...terms, ...more, purchaseMode: null }));
      while (kind !== 'done');
    }
  }

  #take(step: Step): void {
    const concert = 'concert' in step ? (step.concert ?? 0) : 0;
    const crowd = this.#crowds[concert % this.#crowds.length];
    if (crowd === undefined) return;
    const { customers, holders } = crowd;
    switch (step.kind) {
      case 'buy': {
        const { kind, customer, key, quantity, waitMs } = step;
        const purchase = { kind, customer, key, quantity, ...(waitMs === undefined ? {} : { waitMs }) };
        this.#work(customers.buy(step.process, purchase, triesWhileFaulty));
        return;
      }
      case 'foreign-entry':
        this.#joinForeign();
        return;
      case 'hold':
        this.#work(holders.run(step));
        return;
      case 'cancel':
        this.#work(customers.cancel(step.process, step.key));
        return;
      case 'capacity':
        this.#work(customers.changeCapacity(step.process, step.capacity));
        return;
      default:
        this.#faults.strike(step);
    }
  }

  /** A process of another version adds a purchase to the queue, as this version cannot read it. */
  #joinForeign(): void {
    const entry = { purchaseId: 'foreign', token: 'foreign', entry: 'of another version', withinMs: null };
    const [concertId = ''] = this.#concertIds;
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
    const { redis, log, readModels } = this.#world;
    const healths = [...redis, log, readModels].map(({ health }) => health);
    for (const health of [...healths, ...this.#world.paths]) {
      health.become('up');
      health.lostAnswers = 0;
    }
    redis[0].health.messages = noTrouble;
    this.#service.heal();
  }

  async #settle(): Promise<void> {
    await Promise.all(
      this.#crowds.flatMap(({ customers }) =>
        [...customers.unsettled.values()].map((request, i) => customers.buy(i, request, triesWhenWell)),
      ),
    );
  }

  #now(): Moment {
    const { now, step } = this.#world.scheduler;
    return { ms: now, step };
  }

  #tell(who: string, what: () => string): void {
    this.witness?.happened(this.#now(), who, what());
  }
}
