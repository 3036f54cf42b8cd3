import { setTimeout as delay } from 'node:timers/promises';
import { FakeProvider, type Faults } from './fake-provider.js';
import { Onsale } from './onsale.js';
import { type Books, readBooks, whatIsWrong } from './proof.js';
import { Shop } from './shop.js';

export interface SaleOptions {
  readonly url: string;
  readonly token?: string;
  readonly customers: number;
  readonly capacity: number;
  readonly holdSeconds: number;
  readonly faults: Faults;
}

export interface SaleResult {
  readonly concertId: string;
  readonly books: Books;
  /** How many payments notices had left open, which were found by reconciling. */
  readonly reconciled: number;
  /** Empty: every captured payment has exactly one ticket, and every other payment was given back. */
  readonly wrong: readonly string[];
}

/** Sells a concert to a crowd that pays through the fake provider, and compares the books at the end. */
export async function sell(options: SaleOptions): Promise<SaleResult> {
  const { url, token, customers, capacity, holdSeconds, faults } = options;
  const onsale = new Onsale(url, token);
  const provider = new FakeProvider(faults);
  const terms = { name: 'Paid in full', capacity, vipSeats: 0, holdSeconds };
  const scheduled = await onsale.post('/concerts', terms);
  if (scheduled.status !== 201) throw new Error(`not scheduled: ${JSON.stringify(scheduled.body)}`);
  const concertId = String(scheduled.body.concertId);
  const shop = new Shop(onsale, provider, concertId);

  await Promise.all(Array.from({ length: customers }, (_, i) => customer(`customer-${i}`)));
  await provider.idle();
  await shop.idle();
  let reconciled = 0;
  for (;;) {
    const books = await readBooks(onsale, provider, concertId);
    const open = await shop.reconcile(books);
    if (open === 0) return { concertId, books, reconciled, wrong: whatIsWrong(books) };
    reconciled += open;
  }

  async function customer(customerId: string): Promise<void> {
    const { random } = faults;
    const holdId = await shop.hold(customerId);
    if (holdId === null) return;
    // One customer in ten pays twice: impatient, with two tabs open.
    const payments = Array.from(
      { length: random() < 0.1 ? 2 : 1 },
      (_, i) => `payment-${i}-of-${customerId}`,
    );
    await Promise.all(payments.map((id) => shop.startPayment(id, holdId)));
    // One in five pays when the hold has expired, or about then.
    const pause = random() < 0.2 ? (0.7 + random()) * holdSeconds : random() * 0.5 * holdSeconds;
    await delay(pause * 1_000);
    if (random() < 0.05) return; // Never pays.
    for (const id of payments) provider.pay(id, random() < 0.2);
    if (random() > 0.1) return;
    await delay(random() * faults.longestDelayMs * 4);
    await Promise.all(payments.map((id) => shop.cancel({ id, holdId })));
  }
}
