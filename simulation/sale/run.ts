import type { Commands } from '../../src/commands/commands.js';
import { createCommands } from '../../src/commands/create-commands.js';
import { concertIdOf, purchaseIdOf } from '../../src/domain/ids.js';
import { messageOf } from '../../src/waiting/message-of.js';
import type { SimulatedProcess } from '../world/process.js';
import { World } from '../world/world.js';
import { Faults } from './faults.js';
import type { CancelCall, Commit, Moment, Purchase, PurchaseCall, SaleHistory } from './history.js';
import { noSnapshots, quiet } from './idle-ports.js';
import type { Schedule, Step } from './schedule.js';
import { eventInWords, outcomeInWords } from './words.js';

/** The first concert of each simulation. */
const concertId = concertIdOf('the simulated concert');
const leaseMs = 3_000;
/** A customer that has no answer by then hangs up, in ms, and asks again. */
const customerPatienceMs = 15_000;
const triesWhileFaulty = 3;
/** So many times a customer asks once all is well again. */
const triesWhenWell = 30;
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

interface Running {
  readonly process: SimulatedProcess;
  readonly commands: Commands;
}

class Sale {
  readonly #world: World;
  readonly #slots: Running[] = [];
  readonly #purchases: PurchaseCall[] = [];
  readonly #cancellations: CancelCall[] = [];
  readonly #commits: Commit[] = [];
  /** Customers that do not have their final answer. */
  readonly #unsettled = new Map<string, Purchase>();
  readonly #thrown: string[] = [];
  readonly #faults: Faults;
  #open = 0;
  #started = 0;

  constructor(
    private readonly schedule: Schedule,
    private readonly witness: Witness | undefined,
  ) {
    this.#world = new World(schedule.seed, (events) => {
      this.#commits.push({ ...this.#now(), events });
      this.#tell('the log', () => `writes ${events.map(eventInWords).join(', ')}`);
    });
    this.#faults = new Faults({
      world: this.#world,
      processOf: (slot) => this.#running(slot).process,
      restart: (slot) => this.#start(slot % schedule.processes),
      later: (ms, end) => this.#later(ms, end),
      tell: (who, what) => this.#tell(who, what),
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
    await this.#during(Promise.all(this.#slots.map(({ commands }) => commands.stop())));
  }

  history(): SaleHistory {
    return {
      concertId,
      terms: this.schedule.terms,
      purchases: this.#purchases,
      cancellations: this.#cancellations,
      commits: this.#commits,
      unsettled: [...this.#unsettled.keys()],
      thrown: this.#thrown,
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

  #start(slot: number): void {
    const { mode, maxPurchasesInMemory } = this.schedule;
    const { process, log, ...redis } = this.#world.start(`p${++this.#started}`, leaseMs);
    const commands = createCommands({
      ...{ store: log, redis, snapshots: noSnapshots, observer: quiet, clock: process.clock },
      ...{
        purchaseMode: mode,
        lockWaitMs: 2_000,
        queueLimit: 1_000,
        longestWaitMs: 10_000,
        maxPurchasesInMemory,
      },
    });
    this.#slots[slot] = { process, commands };
    this.#tell(process.name, () => 'starts');
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
        const { customer, key, quantity } = step;
        this.#work(this.#buy(step.process, { kind: 'buy', customer, key, quantity }, triesWhileFaulty));
        return;
      }
      case 'cancel':
        this.#work(this.#cancel(step.process, step.key));
        return;
      case 'capacity':
        this.#work(this.#change(step.process, step.capacity));
        return;
      default:
        this.#faults.strike(step);
    }
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

  /** Buys, and asks again with the same key, of another process, while there is no final answer. */
  async #buy(process: number, request: Purchase, tries: number): Promise<void> {
    const { scheduler, chance } = this.#world;
    const about = `${request.customer} ${request.key}`;
    this.#unsettled.set(about, request);
    for (let i = 0; i < tries; i++) {
      const { process: asked, commands } = this.#running(process + i);
      const call: PurchaseCall = { request, process: asked.name, sent: this.#now(), answered: null };
      this.#purchases.push(call);
      this.#tell(
        request.customer,
        () => `asks ${asked.name} for ${request.quantity} with key ${request.key}`,
      );
      const { customer: customerId, key: idempotencyKey, quantity } = request;
      const arrivedAt = asked.clock.wallTime();
      const answer = asked.killed
        ? null
        : await this.#patiently(
            commands.purchase({ concertId, customerId, quantity, idempotencyKey, arrivedAt }),
          );
      if (answer !== null) {
        call.answered = { ...this.#now(), outcome: answer };
        this.#tell(request.customer, () => `is told ${outcomeInWords(answer)} by ${asked.name}`);
        if (answer.kind !== 'busy' && answer.kind !== 'unavailable') {
          this.#unsettled.delete(about);
          return;
        }
      }
      const pause = 10 + 500 * chance.draw(`pause of ${about}`);
      await new Promise<void>((resolve) => void scheduler.after(pause, resolve));
    }
  }

  async #cancel(slot: number, key: string): Promise<void> {
    const { process, commands } = this.#running(slot);
    if (process.killed) return;
    const call: CancelCall = {
      ...{ request: { kind: 'cancel', key }, process: process.name },
      ...{ sent: this.#now(), answered: null },
    };
    this.#cancellations.push(call);
    this.#tell('somebody', () => `cancels ${key} at ${process.name}`);
    const answer = await this.#patiently(commands.cancelPurchase(concertId, purchaseIdOf(concertId, key)));
    if (answer === null) return;
    call.answered = { ...this.#now(), outcome: answer };
    this.#tell('somebody', () => `is told ${outcomeInWords(answer)} of ${key}`);
  }

  async #change(slot: number, capacity: number): Promise<void> {
    const { process, commands } = this.#running(slot);
    if (process.killed) return;
    this.#tell('the organiser', () => `sets the capacity to ${capacity} at ${process.name}`);
    await this.#patiently(commands.change(concertId, { capacity }));
  }

  /** Null: no answer in a customer's time. */
  #patiently<T>(answer: Promise<T>): Promise<T | null> {
    const { scheduler } = this.#world;
    return new Promise((resolve) => {
      const cancel = scheduler.after(customerPatienceMs, () => resolve(null));
      const end = (outcome: T | null) => {
        cancel();
        resolve(outcome);
      };
      answer.then(end, (error: unknown) => {
        this.#thrown.push(messageOf(error));
        end(null);
      });
    });
  }

  /** Everything works again. */
  #heal(): void {
    const { redis, log } = this.#world;
    redis.health.become('up');
    log.health.become('up');
    log.health.lostAnswers = 0;
    for (const [slot, { process }] of this.#slots.entries()) {
      if (process.killed) this.#start(slot);
      else process.continue();
    }
  }

  async #settle(): Promise<void> {
    const unsettled = [...this.#unsettled.values()];
    await Promise.all(unsettled.map((request, i) => this.#buy(i, request, triesWhenWell)));
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
