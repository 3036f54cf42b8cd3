import { setTimeout as delay } from 'node:timers/promises';
import type { FakeProvider, Notice } from './fake-provider.js';
import { type Onsale, problemOf } from './onsale.js';
import type { Books } from './proof.js';

/** Refusals after which this payment will never buy the tickets of this hold: the money goes back. */
const final = new Set([
  'hold-lapsed',
  'hold-released',
  'confirmed-with-another-reference',
  'concert-cancelled',
  'unknown-hold',
]);

/**
 * A shop between onsale and a payment provider: hold, authorise, confirm, capture. It keeps no state of its own that could be
 * lost: what is to be done follows from the payment at the provider and from the answer of onsale, and may be done twice.
 */
export class Shop {
  #working = new Set<Promise<void>>();

  constructor(
    private readonly onsale: Onsale,
    private readonly provider: FakeProvider,
    private readonly concertId: string,
  ) {
    provider.onNotice = (notice) => this.#track(this.settle(notice));
  }

  /** Holds a ticket; null for a refusal. The customer pays before `expiresAt`. */
  async hold(customerId: string): Promise<string | null> {
    const reply = await this.onsale.post(
      `/concerts/${this.concertId}/holds`,
      { customerId },
      `order-of-${customerId}`,
    );
    return reply.status === 201 ? String(reply.body.holdId) : null;
  }

  /** Begins a payment for a hold; the customer is sent to the provider with it. */
  startPayment(paymentId: string, holdId: string): Promise<void> {
    return insist(() => this.provider.create(paymentId, holdId));
  }

  /**
   * Settles a payment that was made: its tickets or its money. Called by notices of the provider, which may come twice or too
   * late, and by `reconcile`, because they may not come at all.
   */
  async settle({ id, holdId }: Notice): Promise<void> {
    const path = `/concerts/${this.concertId}/holds/${holdId}/confirmation`;
    const reply = await this.onsale.post(path, { reference: id });
    if (reply.status === 201) await insist(() => this.provider.capture(id));
    else if (final.has(problemOf(reply))) await insist(() => this.provider.giveBack(id));
    else throw new Error(`not expected of a confirmation: ${reply.status} ${problemOf(reply)}`);
  }

  /** The customer changes their mind: first the tickets go back, then the money. */
  async cancel(payment: Notice): Promise<void> {
    const path = `/concerts/${this.concertId}/purchases/${payment.holdId}/cancellation`;
    const reply = await this.onsale.post(path, {});
    if (reply.status === 200) await insist(() => this.provider.giveBack(payment.id));
  }

  /**
   * Settles what notices and answers have left open, from the two books: run it now and then, and after a crash. Returns how many
   * payments were open.
   */
  async reconcile({ payments, bought }: Books): Promise<number> {
    const open = payments.flatMap((payment) => {
      const purchase = bought.get(payment.id)?.[0];
      if (payment.status === 'authorised') return [this.settle(payment)];
      if (payment.status !== 'captured' || purchase?.isCancelled === false) return [];
      return [
        purchase === undefined ? this.settle(payment) : insist(() => this.provider.giveBack(payment.id)),
      ];
    });
    await Promise.all(open);
    return open.length;
  }

  /** Resolves when the shop has nothing to do. */
  async idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#working.delete(tracked));
    this.#working.add(tracked);
  }
}

async function insist<Result>(call: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await call();
    } catch {
      await delay(20);
    }
  }
}
