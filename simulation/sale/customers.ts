import type { Commands } from '../../src/commands/commands.js';
import type { PurchaseOutcome } from '../../src/commands/outcome.js';
import { purchaseIdOf } from '../../src/domain/ids.js';
import type { ProjectionRunner } from '../../src/projections/live/runner.js';
import { messageOf } from '../../src/waiting/message-of.js';
import type { SimulatedProcess } from '../world/process.js';
import type { World } from '../world/world.js';
import type { CancelCall, Moment, Purchase, PurchaseCall } from './history.js';
import { outcomeInWords } from './words.js';

/** A process of the service and its commands. */
export interface Running {
  readonly process: SimulatedProcess;
  readonly commands: Commands;
  /** Projects if it is its turn; null where projecting is not simulated. */
  readonly runner: ProjectionRunner | null;
}

interface CustomersContext {
  readonly world: World;
  readonly concertId: string;
  readonly running: (slot: number) => Running;
  readonly now: () => Moment;
  readonly tell: (who: string, what: () => string) => void;
}

/** A customer that has no answer by then hangs up, in ms, and asks again. */
const patienceMs = 15_000;
/** A command waits for locks, reads and appends, each for a time of its own; never longer than all of them, in ms. */
const longestCommandMs = 40_000;
/** Pause between two looks at a purchase in the queue, in ms, at most. */
const longestLookMs = 500;

/** Those who ask the service: they ask again, elsewhere, with the same key, while they have no final answer. */
export class Customers {
  readonly purchases: PurchaseCall[] = [];
  readonly cancellations: CancelCall[] = [];
  /** Customers that do not have their final answer. */
  readonly unsettled = new Map<string, Purchase>();
  /** Other requests without a final answer. */
  readonly open = new Set<string>();
  /** What commands threw, though they promise outcomes. */
  readonly thrown: string[] = [];
  /** Commands that took too long. */
  readonly slow: string[] = [];

  constructor(private readonly context: CustomersContext) {}

  /** Buys, and asks again with the same key, of another process, while there is no final answer. */
  async buy(slot: number, request: Purchase, tries: number): Promise<void> {
    const about = `${request.customer} ${request.key}`;
    this.unsettled.set(about, request);
    for (let i = 0; i < tries; i++) {
      const { process, commands } = this.context.running(slot + i);
      const call: PurchaseCall = { request, process: process.name, sent: this.context.now(), answered: null };
      this.purchases.push(call);
      const { customer, key, quantity } = request;
      this.#tell(customer, () => `asks ${process.name} for ${quantity} with key ${key}`);
      const first = await this.#ask(process, () => commands.purchase(this.#purchaseOf(request, process)));
      if (first !== null) this.#tell(customer, () => `is told ${outcomeInWords(first)} by ${process.name}`);
      const outcome = first?.kind === 'queued' ? await this.#lookUntilSettled(slot + i + 1, request) : first;
      if (outcome !== null) {
        call.answered = { ...this.context.now(), outcome };
        if (outcome.kind !== 'busy' && outcome.kind !== 'unavailable') {
          this.unsettled.delete(about);
          return;
        }
      }
      await this.pause(about, 10, 500);
    }
  }

  /** A request that must have a final answer in the end. */
  expects(about: string): void {
    this.open.add(about);
  }

  isAnswered(about: string): void {
    this.open.delete(about);
  }

  at = (slot: number): Running => this.context.running(slot);

  /** Null without an answer. */
  askOnce<T>(slot: number, call: (commands: Commands) => Promise<T>): Promise<T | null> {
    const { process, commands } = this.context.running(slot);
    return this.#ask(process, () => call(commands));
  }

  async cancel(slot: number, key: string): Promise<void> {
    const { concertId, running, now } = this.context;
    const { process, commands } = running(slot);
    if (process.killed) return;
    const call: CancelCall = {
      ...{ request: { kind: 'cancel', key }, process: process.name },
      ...{ sent: now(), answered: null },
    };
    this.cancellations.push(call);
    this.#tell('somebody', () => `cancels ${key} at ${process.name}`);
    const cancel = () => commands.cancelPurchase(concertId, purchaseIdOf(concertId, key));
    const answer = await this.#ask(process, cancel);
    if (answer === null) return;
    call.answered = { ...now(), outcome: answer };
    this.#tell('somebody', () => `is told ${outcomeInWords(answer)} of ${key}`);
  }

  async changeCapacity(slot: number, capacity: number): Promise<void> {
    const { process, commands } = this.context.running(slot);
    if (process.killed) return;
    this.#tell('the organiser', () => `sets the capacity to ${capacity} at ${process.name}`);
    await this.#ask(process, () => commands.change(this.context.concertId, { capacity }));
  }

  #purchaseOf(
    { customer: customerId, key: idempotencyKey, quantity, waitMs }: Purchase,
    at: SimulatedProcess,
  ) {
    const { concertId } = this.context;
    const arrivedAt = at.clock.wallTime();
    const request = { concertId, customerId, quantity, idempotencyKey, arrivedAt };
    return waitMs === undefined ? request : { ...request, waitMs };
  }

  /** Looks at a purchase in the queue, as `GET` does, until it is settled; null when it is unknown, or after a while. */
  async #lookUntilSettled(slot: number, request: Purchase): Promise<PurchaseOutcome | null> {
    const { running, now } = this.context;
    const { customer, key } = request;
    const end = now().ms + patienceMs;
    for (let i = 0; now().ms < end; i++) {
      await this.pause(`${customer} ${key} looks`, 10, longestLookMs);
      const { process, commands } = running(slot + i);
      const seen = await this.#ask(process, () => this.#look(commands, request));
      if (seen === null || seen === 'in line') continue;
      this.#tell(
        customer,
        () => `reads ${seen === 'unknown' ? seen : outcomeInWords(seen)} at ${process.name}`,
      );
      return seen === 'unknown' ? null : seen;
    }
    return null;
  }

  /** The log first; then the queue, and the log again, as a sale supersedes what the queue kept. Null without an answer. */
  async #look(
    commands: Commands,
    { customer, key, quantity }: Purchase,
  ): Promise<PurchaseOutcome | 'in line' | 'unknown' | null> {
    const { concertId } = this.context;
    const purchaseId = purchaseIdOf(concertId, key);
    const inLog = async (): Promise<PurchaseOutcome | null> => {
      const purchase = await commands.find(await commands.load(concertId), purchaseId);
      if (purchase === undefined) return null;
      const isOwn = purchase.customerId === customer && purchase.tickets.length === quantity;
      return isOwn ? { kind: 'replayed', purchase } : { kind: 'refused', refusal: { reason: 'key-reused' } };
    };
    try {
      const sold = await inLog();
      if (sold !== null) return sold;
      const standing = await commands.standing(concertId, purchaseId);
      if (standing?.kind === 'queued') return 'in line';
      return (await inLog()) ?? (standing?.kind === 'refused' ? standing : 'unknown');
    } catch {
      return null;
    }
  }

  /** Null: no answer in a customer's time, or the process died. */
  #ask<T>(process: SimulatedProcess, call: () => Promise<T>): Promise<T | null> {
    if (process.killed) return Promise.resolve(null);
    return new Promise((resolve) => {
      const end = (outcome: T | null) => {
        hangUp();
        alive();
        resolve(outcome);
      };
      const hangUp = this.context.world.scheduler.after(patienceMs, () => end(null));
      const alive = process.onKilled(() => end(null));
      const begun = process.ranMs;
      const answer = (outcome: T) => {
        const took = Math.round(process.ranMs - begun);
        if (took > longestCommandMs) this.slow.push(`a command took ${took} ms at ${process.name}`);
        end(outcome);
      };
      call().then(answer, (error: unknown) => {
        this.thrown.push(messageOf(error));
        end(null);
      });
    });
  }

  pause(about: string, shortestMs: number, moreMs: number): Promise<void> {
    const { scheduler, chance } = this.context.world;
    const ms = shortestMs + moreMs * chance.draw(`pause of ${about}`);
    return new Promise((resolve) => void scheduler.after(ms, resolve));
  }

  #tell(who: string, what: () => string): void {
    this.context.tell(who, what);
  }
}
