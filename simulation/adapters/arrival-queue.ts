import type {
  Answer,
  ArrivalQueue,
  ConcertOwner,
  Joined,
  NewEntry,
  QueueRead,
  Renewed,
  Standing,
  Succession,
} from '../../src/commands/ports.js';
import type { Clock } from '../../src/waiting/clock.js';
import { callsTo, ownerLeaseMs, type Queues, repliesTo } from '../world/queues.js';
import type { RedisConnection } from './redis-connection.js';
import type { Subscriber } from './subscriber.js';

interface QueueOptions {
  readonly queues: Queues;
  readonly connection: RedisConnection;
  readonly subscriber: Subscriber;
  readonly clock: Clock;
  /** The name of this process; no other has it. */
  readonly process: string;
}

/** The arrival queue's adapter in one process, over a simulated Redis. */
export class SimulatedArrivalQueue implements ArrivalQueue {
  readonly ownerLeaseMs = ownerLeaseMs;
  #claims = 0;

  constructor(private readonly options: QueueOptions) {}

  get reachable(): boolean {
    return this.options.connection.usable;
  }

  onReply(listener: (token: string, outcome: string) => void): void {
    this.options.subscriber.listen(repliesTo(this.options.process), (message) => {
      for (const [token, outcome] of JSON.parse(message) as [string, string][]) listener(token, outcome);
    });
  }

  onCall(listener: (concertId: string) => void): void {
    this.options.subscriber.listen(callsTo(this.options.process), listener);
  }

  newToken(): string {
    const { process, clock } = this.options;
    return `${process}|${Date.parse(clock.wallTime())}|${++this.#claims}`;
  }

  join(concertId: string, entries: readonly NewEntry[], limit: number): Promise<Joined> {
    return this.#call('join', (queues) => queues.join(concertId, this.options.process, entries, limit));
  }

  leave(concertId: string, purchaseId: string, token: string, id?: string): Promise<boolean> {
    return this.#call('leave', (queues) =>
      queues.leave(concertId, this.options.process, purchaseId, token, id),
    );
  }

  claim(concertId: string, token: string, again = false): Promise<boolean> {
    return this.#call('claim', (queues) => queues.claim(concertId, token, again));
  }

  succeed(concertId: string): Promise<Succession> {
    return this.#call('succeed', (queues) => queues.succeed(concertId, this.options.process));
  }

  async renew(claims: readonly (readonly [string, string])[]): Promise<readonly Renewed[]> {
    return claims.length === 0 ? [] : this.#call('renew', (queues) => queues.renew(claims));
  }

  async release(concertId: string, token: string): Promise<void> {
    await this.#call('release', (queues) => queues.release(concertId, token, false));
  }

  releaseIfEmpty(concertId: string, token: string): Promise<boolean> {
    return this.#call('release if empty', (queues) => queues.release(concertId, token, true));
  }

  owner(concertId: string): Promise<ConcertOwner | null> {
    return this.#call('owner', (queues) => queues.owner(concertId));
  }

  read(concertId: string, token: string, count: number): Promise<QueueRead> {
    return this.#call('read', (queues) => queues.read(concertId, token, count));
  }

  answer(concertId: string, token: string, answers: readonly Answer[]): Promise<boolean> {
    return this.#call('answer', (queues) => queues.answer(concertId, token, answers));
  }

  standing(concertId: string, purchaseId: string): Promise<Standing | null> {
    return this.#call('standing', (queues) => queues.standing(concertId, purchaseId));
  }

  leftLine<Entry extends { readonly id: string; readonly purchaseId: string }>(
    concertId: string,
    waiting: readonly Entry[],
  ): Promise<readonly { readonly entry: Entry; readonly kept: string | null }[]> {
    return this.#call('left line', (queues) => queues.leftLine(concertId, waiting));
  }

  concertsWaiting(): Promise<readonly string[]> {
    return this.#call('concerts waiting', (queues) => queues.concertsWaiting());
  }

  async withoutOwner(concertIds: readonly string[]): Promise<readonly string[]> {
    if (concertIds.length === 0) return [];
    return this.#call('without owner', (queues) => queues.withoutOwner(concertIds));
  }

  #call<T>(kind: string, run: (queues: Queues) => T): Promise<T> {
    return this.options.connection.call(kind, () => run(this.options.queues));
  }
}
