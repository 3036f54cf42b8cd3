import { setTimeout as delay } from 'node:timers/promises';
import type { ClientObservation } from '../../domain/audit/history-audit.js';
import { type Answer, type Client, NoAnswer } from './client.js';
import { seededRandom } from './random.js';

export interface HoldsCrowdOptions {
  readonly concertId: string;
  readonly capacity: number;
  readonly customers: number;
  readonly seed: number;
  /** Share of the customers who do not confirm in time. */
  readonly lapse: number;
  /** Share of these who confirm after the hold has expired. */
  readonly late: number;
  /** Share of the customers who confirm twice at the same instant. */
  readonly impatient: number;
  /** Share of the customers who wait when all tickets are on hold. */
  readonly patient: number;
  readonly onServed?: (counts: Readonly<HoldCounts>) => void;
}

export interface HoldCounts {
  /** Customers who have come to an end. */
  served: number;
  held: number;
  confirmed: number;
  confirmedTwice: number;
  /** Confirmed after the expiry, and sold a ticket all the same. */
  lateSold: number;
  /** Confirmed after the expiry, and refused: their payments are to be refunded. */
  refunds: number;
  lapsed: number;
  waited: number;
  offered: number;
  refused: number;
}

interface Hold {
  readonly holdId: string;
  readonly status: string;
  readonly expiresAt?: string;
}

const mostTries = 200;
const thinkMs = 300;
const pollMs = 250;

/** All customers at once: each holds a ticket, pays and confirms; some do not, some too late or twice, and some wait. */
export class HoldsCrowd {
  readonly counts: HoldCounts = {
    ...{ served: 0, held: 0, confirmed: 0, confirmedTwice: 0, lateSold: 0, refunds: 0 },
    ...{ lapsed: 0, waited: 0, offered: 0, refused: 0 },
  };
  /** What customers were told of their confirmations, which are what sells. */
  readonly history: ClientObservation[] = [];
  /** Highest stream revision in any response. */
  revision = 0n;
  readonly #random: () => number;
  #isSoldOut = false;

  constructor(
    private readonly client: Client,
    /** For those who hold a ticket. */
    private readonly atTheTill: Client,
    private readonly options: HoldsCrowdOptions,
  ) {
    this.#random = seededRandom(options.seed);
  }

  async rush(): Promise<void> {
    const watching = this.#watch();
    await Promise.all(Array.from({ length: this.options.customers }, (_, i) => this.#customer(i)));
    await watching;
  }

  /** Those who wait are told to go home once every ticket is sold. */
  async #watch(): Promise<void> {
    const { concertId, capacity } = this.options;
    while (!this.#isSoldOut) {
      const { body } = await this.atTheTill.get(`/concerts/${concertId}`);
      this.#isSoldOut = (body as { sold?: number }).sold === capacity;
      if (!this.#isSoldOut) await delay(pollMs);
    }
  }

  async #customer(number: number): Promise<void> {
    const customerId = `customer-${number}`;
    const key = `order-of-${customerId}`;
    const [lapses, isLate, waits, isImpatient] = [
      this.#random() < this.options.lapse,
      this.#random() < this.options.late,
      this.#random() < this.options.patient,
      this.#random() < this.options.impatient,
    ];
    const held = await this.#ask('/holds', { customerId }, key);
    if (held.status === 201) {
      this.counts.held++;
      const hold = held.body as Hold;
      await (lapses ? this.#lapse(hold, key, isLate) : this.#pay(hold, key, isImpatient));
    } else if (waits && typeOf(held) === '/problems/all-held') await this.#wait(customerId, key);
    else this.counts.refused++;
    this.counts.served++;
    this.options.onServed?.(this.counts);
  }

  async #pay(hold: Hold, key: string, isImpatient: boolean): Promise<void> {
    await delay(this.#random() * thinkMs);
    const answers = await Promise.all(
      Array.from({ length: isImpatient ? 2 : 1 }, () => this.#confirm(hold, key)),
    );
    if (isImpatient) this.counts.confirmedTwice++;
    if (answers.every(({ status }) => status === 201)) this.counts.confirmed++;
    else this.counts.refunds++;
  }

  async #lapse(hold: Hold, key: string, isLate: boolean): Promise<void> {
    this.counts.lapsed++;
    if (!isLate) return;
    while ((await this.#show(`/holds/${hold.holdId}`)).status === 'open') await delay(pollMs);
    const answer = await this.#confirm(hold, key);
    if (answer.status === 201) this.counts.lateSold++;
    else this.counts.refunds++;
  }

  async #wait(customerId: string, key: string): Promise<void> {
    const joined = await this.#ask('/waiting-list', { customerId }, key);
    // By then there may be tickets again, and somebody else takes them.
    if (joined.status !== 201) {
      this.counts.refused++;
      return;
    }
    this.counts.waited++;
    let place = joined.body as Hold;
    while (place.status === 'waiting' && !this.#isSoldOut) {
      await delay(pollMs * (1 + this.#random()));
      place = await this.#show(`/waiting-list/${place.holdId}`);
    }
    if (place.status !== 'open') return;
    this.counts.offered++;
    await this.#pay(place, key, false);
  }

  async #show(path: string): Promise<Hold> {
    const { body } = await this.#insist(() =>
      this.atTheTill.get(`/concerts/${this.options.concertId}${path}`),
    );
    return body as Hold;
  }

  #ask(path: string, body: object, key: string): Promise<Answer> {
    const headers = { 'idempotency-key': key };
    return this.#insist(() => this.client.post(`/concerts/${this.options.concertId}${path}`, body, headers));
  }

  async #confirm({ holdId }: Hold, key: string): Promise<Answer> {
    const path = `/concerts/${this.options.concertId}/holds/${holdId}/confirmation`;
    return this.#insist(async () => {
      const sentAt = performance.now();
      const answer = await this.atTheTill.post(path, { reference: `payment-of-${key}` });
      this.history.push({ key, sentAt, endedAt: performance.now(), answer: this.#told(answer) });
      return answer;
    });
  }

  #told({ status, body }: Answer): ClientObservation['answer'] {
    if (status !== 201) return status < 500 ? { kind: 'refused' } : { kind: 'none' };
    const { purchaseId, revision, tickets } = body as {
      purchaseId: string;
      revision: string;
      tickets: { number: number }[];
    };
    const told = BigInt(revision);
    if (told > this.revision) this.revision = told;
    return { kind: 'accepted', purchaseId, revision: told, ticketNumbers: tickets.map((t) => t.number) };
  }

  /** Sends until there is a final answer. */
  async #insist(send: () => Promise<Answer>): Promise<Answer> {
    for (let attempt = 0; attempt < mostTries; attempt++) {
      try {
        const answer = await send();
        if (answer.status < 500) return answer;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
      }
      await delay(this.#random() * 200);
    }
    throw new Error(`no final answer in ${mostTries} tries`);
  }
}

const typeOf = ({ body }: Answer): unknown => (body as { type?: unknown }).type;
