import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Concert, emptyConcert, fold, remaining, vipRemaining } from '../../src/domain/concert.js';
import { cancelPurchase, changeConcert } from '../../src/domain/concert-commands.js';
import { purchaseTickets } from '../../src/domain/purchase.js';
import { NOW } from '../support/scenario.js';
import { purchaseBy, scheduled } from './concert-events.js';

/** A sale as a child would keep it: a list of who has what. */
class Model {
  readonly bought = new Map<
    string,
    { customer: string; numbers: number[]; seats: string[]; live: boolean }
  >();
  lastNumber = 0;
  constructor(
    public capacity: number,
    readonly vipSeats: number,
    readonly limit: number,
  ) {}

  live() {
    return [...this.bought.values()].filter(({ live }) => live);
  }
  sold() {
    return this.live().reduce((sum, { numbers }) => sum + numbers.length, 0);
  }
  heldBy(customer: string) {
    return this.live()
      .filter((purchase) => purchase.customer === customer)
      .reduce((sum, { numbers }) => sum + numbers.length, 0);
  }
  freeSeats() {
    const taken = new Set(this.live().flatMap(({ seats }) => seats));
    return Array.from({ length: this.vipSeats }, (_, i) => `VIP-${i + 1}`).filter((seat) => !taken.has(seat));
  }

  purchase(customer: string, key: string, quantity: number): string {
    const before = this.bought.get(key);
    if (before)
      return before.customer === customer && before.numbers.length === quantity ? 'replayed' : 'key-reused';
    const left = this.capacity - this.sold();
    if (left === 0) return 'sold-out';
    if (this.heldBy(customer) + quantity > this.limit) return 'limit-reached';
    if (left < quantity) return 'not-enough-left';
    const numbers = Array.from({ length: quantity }, () => ++this.lastNumber);
    this.bought.set(key, { customer, numbers, seats: this.freeSeats().slice(0, quantity), live: true });
    return 'accepted';
  }
}

const customers = fc.integer({ min: 0, max: 5 }).map((n) => `customer-${n}`);
const keys = fc.integer({ min: 0, max: 12 }).map((n) => `key-${n}`);
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('purchase' as const),
        customer: customers,
        key: keys,
        quantity: fc.integer({ min: 1, max: 3 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), key: keys }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('capacity' as const),
        capacity: fc.integer({ min: 0, max: 12 }),
      }),
    },
  ),
  { maxLength: 60 },
);

it('a sale of any commands in any order agrees with the simple model and keeps its invariants', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      steps,
      (capacity, vip, ticketsPerCustomer, commands) => {
        const vipSeats = Math.min(vip, capacity);
        const model = new Model(capacity, vipSeats, ticketsPerCustomer);
        let concert: Concert = fold(emptyConcert('c1'), [
          scheduled({ capacity, vipSeats, ticketsPerCustomer }),
        ]);
        for (const command of commands) concert = apply(command, concert, model);
      },
    ),
    { numRuns: 150 },
  );
});

type Step = typeof steps extends fc.Arbitrary<(infer T)[]> ? T : never;

function apply(step: Step, concert: Concert, model: Model): Concert {
  const before = concert.revision;
  const after = step.do === 'purchase' ? purchase(step, concert, model) : manage(step, concert, model);
  expect(after.revision >= before).toBe(true);
  agree(after, model);
  return after;
}

function purchase(step: Extract<Step, { do: 'purchase' }>, concert: Concert, model: Model): Concert {
  const command = purchaseBy(step.customer, {
    purchaseId: step.key,
    idempotencyKey: step.key,
    quantity: step.quantity,
  });
  const [result, events] = purchaseTickets(command, concert, NOW);
  const outcome = result.kind === 'refused' ? result.refusal.reason : result.kind;
  expect(outcome).toBe(model.purchase(step.customer, step.key, step.quantity));
  if (result.kind !== 'accepted') expect(events).toEqual([]);
  const after = fold(concert, events);
  if (result.kind === 'accepted') expect(after.purchases.get(step.key)).toEqual(result.purchase);
  return after;
}

function manage(step: Exclude<Step, { do: 'purchase' }>, concert: Concert, model: Model): Concert {
  if (step.do === 'cancel') {
    const [result, events] = cancelPurchase(step.key, concert, NOW);
    const bought = model.bought.get(step.key);
    if (bought) bought.live = false;
    const after = fold(concert, events);
    if (result.kind === 'cancelled') expect(after.purchases.get(step.key)).toEqual(result.purchase);
    return after;
  }
  const [result, events] = changeConcert({ capacity: step.capacity }, concert, NOW);
  const allowed = step.capacity >= model.sold() && step.capacity >= model.vipSeats;
  expect(result.kind).toBe(allowed ? 'done' : 'refused');
  if (allowed) model.capacity = step.capacity;
  return fold(concert, events);
}

function agree(concert: Concert, model: Model): void {
  expect(concert.live).toBe(model.sold());
  expect(remaining(concert)).toBeGreaterThanOrEqual(0);
  expect(vipRemaining(concert)).toBe(model.freeSeats().length);
  for (const [key, bought] of model.bought) {
    const purchase = concert.purchases.get(key);
    expect(purchase?.status).toBe(bought.live ? 'live' : 'cancelled');
    expect(purchase?.tickets.map(({ number }) => number)).toEqual(bought.numbers);
    expect(purchase?.tickets.flatMap(({ seat }) => seat ?? [])).toEqual(bought.seats);
  }
  for (const held of concert.holdings.values()) expect(held).toBeLessThanOrEqual(model.limit);
}
