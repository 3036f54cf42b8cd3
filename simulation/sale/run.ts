import { concertIdOf } from '../../src/domain/ids.js';
import type { QueueEntry } from '../world/queue-data.js';
import { noTrouble } from '../world/server-health.js';
import { World } from '../world/world.js';
import { Customers } from './customers.js';
import { Faults } from './faults.js';
import type { Commit, Moment, ReadSideLook, RunHistory, SaleHistory } from './history.js';
import { Holders } from './holders.js';
import type { Schedule } from './schedule.js';
import { Service } from './service.js';
import { type Crowd, Steps } from './steps.js';
import { longestMs, Waits } from './waits.js';
import { eventInWords } from './words.js';

/** The concerts of each simulation. */
const concertIds = ['the simulated concert', 'another concert', 'a third concert'].map(concertIdOf);
/** So many times a customer asks once all is well again. */
const triesWhenWell = 30;
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

class Sale {
  readonly #world: World;
  readonly #concertIds: readonly string[];
  readonly #service: Service;
  readonly #faults: Faults;
  readonly #steps: Steps;
  readonly #waits: Waits;
  #commits: Commit[] = [];
  readonly #joined = new Map<string, QueueEntry[]>();
  #crowds: readonly Crowd[];
  readonly #looks: ReadSideLook[] = [];
  readonly #hangs: string[] = [];
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
    this.#waits = new Waits(this.#world);
    this.#crowds = this.#newCrowds();
    this.#faults = new Faults({
      world: this.#world,
      processOf: (slot) => this.#service.running(slot).process,
      restart: (slot) => this.#service.start(slot % processes),
      replace: (slot) => this.#service.replace(slot % processes),
      later: (ms, end) => this.#steps.later(ms, end),
      tell,
    });
    this.#steps = new Steps({
      ...{ world: this.#world, concertIds: this.#concertIds, crowds: this.#crowds, faults: this.#faults },
    });
  }

  async run(): Promise<RunHistory> {
    const { scheduler } = this.#world;
    this.#service.startAll();
    await this.#waits.during(this.#scheduleConcerts());
    this.#faults.dumpRedis();
    this.#readModelsBefore = this.#world.readModels.dump();
    this.#steps.takeAll(this.schedule.steps);
    await scheduler.run(() => this.#steps.areOver || scheduler.now > longestMs);
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
    await this.#waits.during(Promise.all(lateOnes));
    await this.#comeToRest('after the log was restored');
    if (this.schedule.projects === true) {
      for (const { projection, foreignLog } of this.#world.readModels.checkpoints)
        if (foreignLog !== null) this.#world.readModels.reset(projection);
      await this.#lookWhenRight('after the rebuild');
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
    await this.#waits.during(this.#settle());
    // Whoever still stands in the queue is served now.
    if (!(await this.#waits.untilDrained())) this.#hangs.push('the queue still has entries');
    await this.#waits.untilHoldsEnd(this.schedule.terms);
    if (this.schedule.projects === true) await this.#lookWhenRight(when);
  }

  async #lookWhenRight(when: ReadSideLook['when']): Promise<void> {
    this.#looks.push(await this.#waits.untilReadSideIsRight(this.#concertIds, when));
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

  async #stopAll(): Promise<void> {
    await this.#waits.during(this.#service.stopAll());
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
