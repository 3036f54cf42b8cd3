import { setTimeout as delay } from 'node:timers/promises';
import type { components } from '../../client/index.js';
import type { ClientObservation } from '../../domain/audit/history-audit.js';
import { type Client, NoAnswer } from './client.js';
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

type Schemas = components['schemas'];
type Hold = Schemas['OpenHold'] | Schemas['EndedHold'] | Schemas['ConfirmedHold'] | Schemas['WaitingPlace'];

/** An answer as the typed client gives it. */
interface Answer<Data> {
  readonly data?: Data;
  readonly error?: Schemas['Problem'];
  readonly response: Pick<Response, 'status'>;
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
  #isOver = false;

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
    this.#isOver = true;
    await watching;
  }

  /** Those who wait are told to go home once every ticket is sold. On a slow machine all may be served before. */
  async #watch(): Promise<void> {
    const { concertId, capacity } = this.options;
    while (!this.#isSoldOut && !this.#isOver) {
      const { data } = await this.atTheTill.api.GET('/concerts/{concertId}', {
        params: { path: { concertId } },
      });
      this.#isSoldOut = data?.sold === capacity;
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
    const { data: hold, error } = await this.#ask('/concerts/{concertId}/holds', customerId, key);
    if (hold !== undefined) {
      this.counts.held++;
      await (lapses ? this.#lapse(hold, key, isLate) : this.#pay(hold, key, isImpatient));
    } else if (waits && error?.type === '/problems/all-held') await this.#wait(customerId, key);
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
    if (answers.every(({ data }) => data !== undefined)) this.counts.confirmed++;
    else this.counts.refunds++;
  }

  async #lapse(hold: Hold, key: string, isLate: boolean): Promise<void> {
    this.counts.lapsed++;
    if (!isLate) return;
    while ((await this.#show('/concerts/{concertId}/holds/{holdId}', hold)).status === 'open')
      await delay(pollMs);
    const answer = await this.#confirm(hold, key);
    if (answer.data !== undefined) this.counts.lateSold++;
    else this.counts.refunds++;
  }

  async #wait(customerId: string, key: string): Promise<void> {
    const { data: joined } = await this.#ask('/concerts/{concertId}/waiting-list', customerId, key);
    // By then there may be tickets again, and somebody else takes them.
    if (joined === undefined) {
      this.counts.refused++;
      return;
    }
    this.counts.waited++;
    let place = joined;
    while (place.status === 'waiting' && !this.#isSoldOut) {
      await delay(pollMs * (1 + this.#random()));
      place = await this.#show('/concerts/{concertId}/waiting-list/{holdId}', place);
    }
    if (place.status !== 'open') return;
    this.counts.offered++;
    await this.#pay(place, key, false);
  }

  async #show(
    path: '/concerts/{concertId}/holds/{holdId}' | '/concerts/{concertId}/waiting-list/{holdId}',
    { holdId }: Hold,
  ): Promise<Hold> {
    const { concertId } = this.options;
    const { data, error } = await this.#insist(() =>
      this.atTheTill.api.GET(path, { params: { path: { concertId, holdId } } }),
    );
    if (data === undefined) throw new Error(`hold ${holdId} is not shown: ${JSON.stringify(error)}`);
    return data;
  }

  #ask(
    path: '/concerts/{concertId}/holds' | '/concerts/{concertId}/waiting-list',
    customerId: string,
    key: string,
  ): Promise<Answer<Hold>> {
    const params = { path: { concertId: this.options.concertId }, header: { 'Idempotency-Key': key } };
    return this.#insist(() => this.client.api.POST(path, { params, body: { customerId } }));
  }

  async #confirm({ holdId }: Hold, key: string): Promise<Answer<Schemas['Confirmation']>> {
    const { concertId } = this.options;
    return this.#insist(async () => {
      const sentAt = performance.now();
      const answer = await this.atTheTill.api.POST('/concerts/{concertId}/holds/{holdId}/confirmation', {
        params: { path: { concertId, holdId } },
        body: { reference: `payment-of-${key}` },
      });
      this.history.push({ key, sentAt, endedAt: performance.now(), answer: this.#told(answer) });
      return answer;
    });
  }

  #told({ data, response }: Answer<Schemas['Confirmation']>): ClientObservation['answer'] {
    if (data === undefined) return response.status < 500 ? { kind: 'refused' } : { kind: 'none' };
    const { purchaseId, revision, tickets } = data;
    const told = BigInt(revision);
    if (told > this.revision) this.revision = told;
    return { kind: 'accepted', purchaseId, revision: told, ticketNumbers: tickets.map((t) => t.number) };
  }

  /** Sends until there is a final answer. */
  async #insist<Data>(send: () => Promise<Answer<Data>>): Promise<Answer<Data>> {
    for (let attempt = 0; attempt < mostTries; attempt++) {
      try {
        const answer = await send();
        if (answer.response.status < 500) return answer;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
      }
      await delay(this.#random() * 200);
    }
    throw new Error(`no final answer in ${mostTries} tries`);
  }
}
