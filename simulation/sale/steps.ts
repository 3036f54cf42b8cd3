import type { World } from '../world/world.js';
import type { Customers } from './customers.js';
import type { Faults } from './faults.js';
import type { Holders } from './holders.js';
import type { Step } from './schedule.js';
import { queueLimit } from './service.js';

const triesWhileFaulty = 3;

/** Those who ask for tickets of one concert. */
export interface Crowd {
  readonly customers: Customers;
  readonly holders: Holders;
}

interface StepsContext {
  readonly world: World;
  readonly concertIds: readonly string[];
  /** One for each concert. */
  readonly crowds: readonly Crowd[];
  readonly faults: Faults;
}

/** Does to a sale what its schedule asks for. */
export class Steps {
  #open = 0;

  constructor(private readonly context: StepsContext) {}

  /** Whether nothing is left of what was to be done, nor of what followed from it. */
  get areOver(): boolean {
    return this.#open === 0;
  }

  takeAll(steps: readonly Step[]): void {
    for (const step of steps) this.later(step.at, () => this.#take(step));
  }

  /** Runs `end` in `ms` milliseconds; the sale lasts until then. */
  later(ms: number, end: () => void): void {
    this.#open += 1;
    this.context.world.scheduler.after(ms, () => {
      this.#open -= 1;
      end();
    });
  }

  #take(step: Step): void {
    const { crowds, faults } = this.context;
    const concert = 'concert' in step ? (step.concert ?? 0) : 0;
    const crowd = crowds[concert % crowds.length];
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
        faults.strike(step);
    }
  }

  /** A process of another version adds a purchase to the queue, as this version cannot read it. */
  #joinForeign(): void {
    const { world, concertIds } = this.context;
    const entry = { purchaseId: 'foreign', token: 'foreign', entry: 'of another version', withinMs: null };
    const [concertId = ''] = concertIds;
    world.redis[0].queues.join(concertId, 'another version', [entry], queueLimit);
  }

  /** Counts work in flight; it does not reject. */
  #work(work: Promise<void>): void {
    this.#open += 1;
    void work.finally(() => {
      this.#open -= 1;
    });
  }
}
