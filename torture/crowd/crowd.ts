import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from '../cluster/service.js';
import { Caller, type CallerOptions, type Outcome } from './caller.js';
import type { History } from './history.js';
import { Holders } from './holders.js';
import type { Customer } from './plan.js';

export interface CrowdOptions extends CallerOptions {
  readonly concerts: readonly string[];
  readonly history: History;
}

/** Sends customers to the processes and records every call. Each asks again, elsewhere, until the answer is final. */
export class Crowd {
  readonly #caller: Caller;
  readonly #holders: Holders;
  readonly #under: Promise<void>[] = [];

  constructor(private readonly options: CrowdOptions) {
    this.#caller = new Caller(options);
    this.#holders = new Holders(this.#caller, options);
  }

  /** Replies that no schedule may bring about, such as a 500. */
  get oddities(): readonly string[] {
    return this.#caller.oddities;
  }

  /** Lets customers come at their times, until `signal` aborts. */
  async come(customers: Iterable<Customer>, signal: AbortSignal): Promise<void> {
    const started = performance.now();
    for (const customer of customers) {
      const left = started + customer.atMs - performance.now();
      if (left > 0) await delay(left, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      this.#under.push(this.#serve(customer));
    }
  }

  /** Waits until each has a final answer, for `forMs` at most; those without one by then are left without. */
  async settle(forMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#caller.isOver = true;
    }, forMs);
    await Promise.all(this.#under);
    clearTimeout(timer);
  }

  close(): Promise<void> {
    return this.#caller.close();
  }

  async #serve(customer: Customer): Promise<void> {
    const purchaseId =
      customer.claim === null
        ? await this.#buyEverywhere(customer)
        : await this.#holders.serve(customer, customer.claim);
    if (customer.regretMs === null || purchaseId === null) return;
    await delay(customer.regretMs);
    await this.#cancel(customer, purchaseId);
  }

  async #buyEverywhere(customer: Customer): Promise<string | null> {
    const answers = await Promise.all(
      customer.doors.map((door) => this.#caller.insist(door, (service) => this.#buy(customer, service))),
    );
    const bought = answers.find((answer) => answer?.kind === 'accepted');
    return bought?.kind === 'accepted' ? bought.purchaseId : null;
  }

  async #buy({ concert, key, customerId, quantity }: Customer, service: Service): Promise<Outcome> {
    const { history } = this.options;
    const concertId = this.#concertId(concert);
    const sentAt = history.now();
    const path = `/concerts/${concertId}/purchases`;
    const answer = this.#caller.sold(await this.#caller.post(service, path, { customerId, quantity }, key));
    const what = { concertId, key, customerId, quantity, sentAt, endedAt: history.now(), answer };
    history.purchases.push({ call: 'purchase', ...what });
    return answer;
  }

  async #cancel({ concert, doors }: Customer, purchaseId: string): Promise<void> {
    const { history } = this.options;
    const concertId = this.#concertId(concert);
    await this.#caller.insist(doors[0] ?? 0, async (service) => {
      const sentAt = history.now();
      const path = `/concerts/${concertId}/purchases/${purchaseId}/cancellation`;
      const reply = await this.#caller.post(service, path, {});
      const answer =
        reply?.status === 200
          ? { kind: 'cancelled' as const, revision: Number((reply.body as { revision: string }).revision) }
          : this.#caller.notDone(reply);
      const what = { concertId, purchaseId, sentAt, endedAt: history.now(), answer };
      history.cancellations.push({ call: 'cancellation', ...what });
      return answer;
    });
  }

  #concertId(concert: number): string {
    return this.options.concerts[concert] ?? '';
  }
}
