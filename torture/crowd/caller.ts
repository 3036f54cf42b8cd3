import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { type Answer, Client, NoAnswer } from '../../src/cli/demo/client.js';
import type { PurchaseCall } from '../../src/replay/judge/history-lines.js';
import type { Service } from '../cluster/service.js';

export type Outcome = PurchaseCall['answer'];
type Refused = Extract<Outcome, { kind: 'refused' }>;
export type NotDone = Exclude<Outcome, { kind: 'accepted' }>;

const connections = 256;
const longestPauseMs = 1_500;
/** One who is told to come back in a second does so. */
const busyTries = 3;

export interface CallerOptions {
  readonly services: readonly Service[];
  readonly patienceMs: number;
  readonly random: () => number;
}

/** Sends requests to the processes. What has no final answer is asked again, elsewhere. */
export class Caller {
  readonly #clients = new Map<string, Client>();
  /** Replies that no schedule may bring about, such as a 500. */
  readonly oddities: string[] = [];
  /** Nobody asks again from then on. */
  isOver = false;

  constructor(private readonly options: CallerOptions) {}

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  /** Asks until the answer is final, at one process after the other; null when it is over before. */
  async insist<Told extends { readonly kind: string }>(
    first: number,
    ask: (service: Service) => Promise<Told>,
  ): Promise<Told | null> {
    for (let tries = 0; !this.isOver; tries++) {
      const answer = await this.once(first + tries, ask);
      if (answer !== null && answer.kind !== 'busy' && answer.kind !== 'unknown') return answer;
      await this.#pause(answer?.kind === 'busy' ? busyTries : tries);
    }
    return null;
  }

  /** Null where nothing listens: nothing is sent then. */
  async once<Told>(door: number, ask: (service: Service) => Promise<Told>): Promise<Told | null> {
    const { services } = this.options;
    const service = services[door % services.length];
    return service === undefined || service.pid === 0 ? null : ask(service);
  }

  /** Null for no answer. */
  post(service: Service, path: string, body: object, key?: string): Promise<Answer | null> {
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    return orNull(this.#client(service.url).post(path, body, headers, this.#givingUp()));
  }

  /** Null for no answer. */
  async delete({ url }: Service, path: string): Promise<Answer | null> {
    try {
      const answer = await request(url + path, { method: 'DELETE', signal: this.#givingUp() });
      return { status: answer.statusCode, headers: answer.headers, body: await answer.body.json() };
    } catch {
      // The connection broke, or the customer gave up.
      return null;
    }
  }

  /** Null for no answer. */
  get({ url }: Service, path: string): Promise<Answer | null> {
    return orNull(this.#client(url).get(path));
  }

  /** What an answer other than the one that was asked for says. */
  notDone(reply: Answer | null): NotDone {
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

  sold(reply: Answer | null): Outcome {
    if (reply?.status !== 201) return this.notDone(reply);
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

  #client(url: string): Client {
    const known = this.#clients.get(url) ?? new Client(url, connections);
    this.#clients.set(url, known);
    return known;
  }

  #givingUp = (): AbortSignal => AbortSignal.timeout(this.options.patienceMs);

  /** Longer each time, as Retry-After asks: many who ask again at once would be a fault of their own. */
  #pause(tries: number): Promise<void> {
    return delay(Math.min(100 * 2 ** tries, longestPauseMs) * (0.5 + this.options.random()));
  }
}

async function orNull(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NoAnswer) return null;
    throw error;
  }
}
