import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, Client, NoAnswer } from '../../src/cli/demo/client.js';
import type { PurchaseCall } from '../../src/replay/judge/history-lines.js';
import type { Service } from '../cluster/service.js';
import type { History } from './history.js';
import type { Customer } from './plan.js';

type Outcome = PurchaseCall['answer'];
type Refused = Extract<Outcome, { kind: 'refused' }>;

const connections = 256;
const longestPauseMs = 1_500;
/** One who is told to come back in a second does so. */
const busyTries = 3;

export interface CrowdOptions {
  readonly services: readonly Service[];
  readonly concerts: readonly string[];
  readonly history: History;
  readonly patienceMs: number;
  readonly random: () => number;
}

/** Sends customers to the processes and records every call. Each asks again, elsewhere, until the answer is final. */
export class Crowd {
  readonly #clients = new Map<string, Client>();
  readonly #under: Promise<void>[] = [];
  /** Replies that no schedule may bring about, such as a 500. */
  readonly oddities: string[] = [];
  #isOver = false;

  constructor(private readonly options: CrowdOptions) {}

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
      this.#isOver = true;
    }, forMs);
    await Promise.all(this.#under);
    clearTimeout(timer);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  async #serve(customer: Customer): Promise<void> {
    const answers = await Promise.all(customer.doors.map((door) => this.#insist(customer, door)));
    const bought = answers.find((answer) => answer?.kind === 'accepted');
    if (customer.regretMs === null || bought?.kind !== 'accepted') return;
    await delay(customer.regretMs);
    await this.#cancel(customer, bought.purchaseId);
  }

  async #insist(customer: Customer, first: number): Promise<Outcome | null> {
    for (let tries = 0; !this.#isOver; tries++) {
      const service = this.#behind(first + tries);
      const answer = service === null ? null : await this.#buy(customer, service);
      if (answer?.kind === 'accepted' || answer?.kind === 'refused') return answer;
      await this.#pause(answer?.kind === 'busy' ? busyTries : tries);
    }
    return null;
  }

  async #buy({ concert, key, customerId, quantity }: Customer, service: Service): Promise<Outcome> {
    const { history, concerts } = this.options;
    const concertId = concerts[concert] ?? '';
    const sentAt = history.now();
    const reply = await this.#ask(service, `/concerts/${concertId}/purchases`, { customerId, quantity }, key);
    const answer = this.#told(reply);
    const endedAt = history.now();
    history.purchases.push({
      call: 'purchase',
      concertId,
      key,
      customerId,
      quantity,
      sentAt,
      endedAt,
      answer,
    });
    return answer;
  }

  async #cancel({ concert, doors }: Customer, purchaseId: string): Promise<void> {
    const { history, concerts } = this.options;
    const concertId = concerts[concert] ?? '';
    for (let tries = 0; !this.#isOver; tries++) {
      await this.#pause(tries);
      const service = this.#behind((doors[0] ?? 0) + tries);
      if (service === null) continue;
      const sentAt = history.now();
      const path = `/concerts/${concertId}/purchases/${purchaseId}/cancellation`;
      const reply = await this.#ask(service, path, {});
      const answer =
        reply?.status === 200
          ? { kind: 'cancelled' as const, revision: Number((reply.body as { revision: string }).revision) }
          : this.#unsold(reply);
      const endedAt = history.now();
      history.cancellations.push({ call: 'cancellation', concertId, purchaseId, sentAt, endedAt, answer });
      if (answer.kind === 'cancelled' || answer.kind === 'refused') return;
    }
  }

  #told(reply: Answer | null): Outcome {
    if (reply?.status !== 201) return this.#unsold(reply);
    const { purchaseId, revision, tickets } = reply.body as {
      purchaseId: string;
      revision: string;
      tickets: { number: number; seat: string | null }[];
    };
    return {
      kind: 'accepted',
      purchaseId,
      revision: Number(revision),
      tickets: tickets.map(({ number, seat }) => ({ number, seat })),
    };
  }

  #unsold(reply: Answer | null): Exclude<Outcome, { kind: 'accepted' }> {
    if (reply === null || reply.status === 202) return { kind: 'unknown' };
    const { type = '', remaining, held } = reply.body as Partial<Refused> & { type?: string };
    const reason = type.split('/').at(-1) ?? '';
    if (reason === 'busy') return { kind: 'busy' };
    if (reply.status !== 503 && (reply.status >= 500 || reason === ''))
      this.oddities.push(`${reply.status} ${JSON.stringify(reply.body)}`);
    if (reply.status >= 500 || reason === 'request-timeout') return { kind: 'unknown' };
    return {
      kind: 'refused',
      reason,
      ...(remaining === undefined ? {} : { remaining }),
      ...(held === undefined ? {} : { held }),
    };
  }

  /** Null where nothing listens: nothing is sent then. */
  #behind(door: number): Service | null {
    const { services } = this.options;
    const service = services[door % services.length];
    return service === undefined || service.pid === 0 ? null : service;
  }

  /** Null for no answer. */
  async #ask(service: Service, path: string, body: object, key?: string): Promise<Answer | null> {
    const { patienceMs } = this.options;
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    try {
      return await this.#client(service.url).post(path, body, headers, AbortSignal.timeout(patienceMs));
    } catch (error) {
      if (error instanceof NoAnswer) return null;
      throw error;
    }
  }

  #client(url: string): Client {
    const known = this.#clients.get(url) ?? new Client(url, connections);
    this.#clients.set(url, known);
    return known;
  }

  /** Longer each time, as Retry-After asks: many who ask again at once would be a fault of their own. */
  #pause(tries: number): Promise<void> {
    return delay(Math.min(100 * 2 ** tries, longestPauseMs) * (0.5 + this.options.random()));
  }
}
