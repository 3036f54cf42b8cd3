import { setTimeout as delay } from 'node:timers/promises';
import type { components } from '../../client/index.js';
import type { ClientObservation } from '../../domain/audit/history-audit.js';
import { type Client, NoAnswer } from './client.js';
import { seededRandom } from './random.js';

export interface CrowdOptions {
  readonly concertId: string;
  readonly customers: number;
  /** Requests in flight at once. */
  readonly inFlight: number;
  readonly seed: number;
  /** Share of the customers who send their request twice at the same instant. */
  readonly impatient: number;
  /** Share of the customers who hang up before the response and retry. */
  readonly hangUp: number;
  /** Share of the buyers who cancel their purchase. */
  readonly regret: number;
  /** Called after each customer's last response. */
  readonly onServed?: (counts: Readonly<Counts>) => void;
}

export interface CrowdResult {
  readonly history: readonly ClientObservation[];
  readonly progress: Counts;
  /** Highest stream revision in any response. */
  readonly revision: bigint;
}

export interface Counts {
  /** Customers with their last response. */
  served: number;
  bought: number;
  refused: number;
  cancelled: number;
  /** Requests without a response: hung up, retry later, or connection lost. */
  unanswered: number;
}

type Bought = components['schemas']['Receipt'] | components['schemas']['PlaceInQueue'];

const hangUpAfterMs = 3;
const mostTries = 200;

/** All customers at once, each for one ticket; some twice, some hanging up and retrying, a few cancelling. */
export class Crowd {
  readonly progress: Counts = { served: 0, bought: 0, refused: 0, cancelled: 0, unanswered: 0 };
  readonly #history: ClientObservation[] = [];
  readonly #random: () => number;
  #revision = 0n;
  #next = 0;

  constructor(
    private readonly client: Client,
    private readonly options: CrowdOptions,
  ) {
    this.#random = seededRandom(options.seed);
  }

  async rush(): Promise<CrowdResult> {
    await Promise.all(Array.from({ length: this.options.inFlight }, () => this.#oneAfterTheOther()));
    return { history: this.#history, progress: this.progress, revision: this.#revision };
  }

  async #oneAfterTheOther(): Promise<void> {
    while (this.#next < this.options.customers) await this.#customer(this.#next++);
  }

  async #customer(number: number): Promise<void> {
    const { impatient, hangUp, regret } = this.options;
    const [first, second, third] = [this.#random(), this.#random(), this.#random()];
    const customerId = `customer-${number}`;
    const key = `order-of-${customerId}`;
    const hands = first < impatient ? 2 : 1;
    const answers = await Promise.all(
      Array.from({ length: hands }, () => this.#insist(customerId, key, second < hangUp)),
    );
    const purchaseId = answers.find((answer) => answer !== null) ?? null;
    this.progress.served++;
    if (purchaseId === null) this.progress.refused++;
    else this.progress.bought++;
    this.options.onServed?.(this.progress);
    if (purchaseId !== null && third < regret) await this.#cancel(purchaseId);
  }

  /** Retries until there is a final response. @returns the purchase's id, null for a refusal */
  async #insist(customerId: string, key: string, hangsUp: boolean): Promise<string | null> {
    for (let attempt = 0; attempt < mostTries; attempt++) {
      const giveUp = hangsUp && attempt === 0 ? AbortSignal.timeout(hangUpAfterMs) : undefined;
      const answer = await this.#ask(customerId, key, giveUp);
      if (answer.kind === 'accepted') return answer.purchaseId;
      if (answer.kind === 'refused') return null;
      await delay(this.#random() * 100);
    }
    return null;
  }

  async #ask(customerId: string, key: string, giveUp?: AbortSignal): Promise<ClientObservation['answer']> {
    const sentAt = performance.now();
    const answer = await this.#told(customerId, key, giveUp);
    if (answer.kind === 'none') this.progress.unanswered++;
    this.#history.push({ key, sentAt, endedAt: performance.now(), answer });
    return answer;
  }

  async #told(customerId: string, key: string, giveUp?: AbortSignal): Promise<ClientObservation['answer']> {
    try {
      const { data, response } = await this.client.api.POST('/concerts/{concertId}/purchases', {
        params: {
          path: { concertId: this.options.concertId },
          header: { 'Idempotency-Key': key },
        },
        body: { customerId },
        signal: giveUp ?? null,
      });
      return this.#read(response.status, data);
    } catch (error) {
      if (error instanceof NoAnswer) return { kind: 'none' };
      throw error;
    }
  }

  #read(status: number, bought: Bought | undefined): ClientObservation['answer'] {
    if (bought !== undefined && 'tickets' in bought) {
      const { purchaseId, revision, tickets } = bought;
      this.#seen(revision);
      return {
        kind: 'accepted',
        purchaseId,
        revision: BigInt(revision),
        ticketNumbers: tickets.map((t) => t.number),
      };
    }
    // Too many requests: nothing was decided.
    return status >= 400 && status < 500 && status !== 429 ? { kind: 'refused' } : { kind: 'none' };
  }

  async #cancel(purchaseId: string): Promise<void> {
    const { concertId } = this.options;
    for (let attempt = 0; attempt < mostTries; attempt++) {
      try {
        const { data } = await this.client.api.POST(
          '/concerts/{concertId}/purchases/{purchaseId}/cancellation',
          { params: { path: { concertId, purchaseId } }, body: {} },
        );
        if (data !== undefined) {
          this.progress.cancelled++;
          this.#seen(data.revision);
          return;
        }
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
      }
      await delay(this.#random() * 100);
    }
  }

  #seen(revision: string): void {
    const told = BigInt(revision);
    if (told > this.#revision) this.#revision = told;
  }
}
