import type { Commands } from '../../src/commands/commands.js';
import { remaining, vipRemaining } from '../../src/domain/concert.js';

const inFlight = 250;
const cancelEvery = 20;

/** The state of a concert in the middle of its sale, as the write side had it. */
export interface Seen {
  readonly concertId: string;
  readonly revision: bigint;
  readonly remaining: number;
  readonly vipRemaining: number;
}

export interface SaleOptions {
  readonly concertId: string;
  readonly capacity: number;
  /** Customers who want one or two tickets each, more than there are. */
  readonly customers: number;
  readonly onServed?: (customers: number) => void;
}

/** A sale through the real commands: customers at once, some of whom cancel. @throws when a purchase got no answer */
export async function runSale(commands: Commands, options: SaleOptions): Promise<Seen> {
  const { concertId, capacity, customers, onServed } = options;
  await commands.schedule({
    ...{ concertId, name: `Concert ${concertId.slice(0, 4)}`, capacity, vipSeats: 10, ticketsPerCustomer: 2 },
    ...{ salesOpenAt: null, salesCloseAt: null, startsAt: null, purchaseMode: null },
  });
  let next = 0;
  let seen: Seen | null = null;
  const serve = async () => {
    while (next < customers) {
      const customer = next++;
      await buy(commands, concertId, customer);
      onServed?.(1);
      if (customer === Math.floor(customers / 3)) seen = await look(commands, concertId);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, serve));
  return seen ?? look(commands, concertId);
}

async function buy(commands: Commands, concertId: string, customer: number): Promise<void> {
  const outcome = await commands.purchase({
    concertId,
    customerId: `customer-${customer}`,
    quantity: customer % 10 === 0 ? 2 : 1,
    idempotencyKey: `order-of-${customer}`,
    arrivedAt: new Date().toISOString(),
  });
  if (outcome.kind === 'refused') return;
  if (outcome.kind !== 'accepted') throw new Error(`customer ${customer} was told ${outcome.kind}`);
  if (customer % cancelEvery === 0) {
    await commands.cancelPurchase(concertId, outcome.purchase.purchaseId);
  }
}

async function look(commands: Commands, concertId: string): Promise<Seen> {
  const concert = await commands.load(concertId);
  const { revision } = concert;
  return { concertId, revision, remaining: remaining(concert), vipRemaining: vipRemaining(concert) };
}
