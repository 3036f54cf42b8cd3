import { messageOf } from '../../waiting/message-of.js';
import type { PurchaseRequest } from '../commands.js';
import type { HoldCallResult, RepeatableCall } from '../holds/hold-calls.js';
import { busy, type PurchaseOutcome, type RetryLater, unavailable } from '../outcome.js';
import { ConcertLine, type LineContext, leaveLine } from './concert-line.js';
import { type HandedOver, handedHold, handedPurchase } from './handed-over.js';
import { Joins } from './joins.js';
import { Waiter, type WaiterOutcome } from './waiter.js';

export interface HandOverContext extends LineContext {
  /** The most purchases in a concert's queue. */
  readonly queueLimit: number;
  /** How long a purchase without a promised place may wait for its decision, in ms. */
  readonly longestWaitMs: number;
}

const defaultWaitMs = 5_000;
/** How much longer than an entry may live a handed-over purchase is waited for, in ms: time for a next owner to take over. */
const graceMs = 15_000;

/**
 * Hands purchases, and calls about holds, of this process over to the owners of their concerts through the queues in Redis, and
 * waits for the outcomes.
 */
export class HandOver {
  readonly #joins: Joins;
  /** By token. */
  readonly #waiters = new Map<string, Waiter>();
  readonly #lines = new Map<string, ConcertLine>();
  #isStopping = false;
  #lastToken = 0;

  constructor(private readonly context: HandOverContext) {
    const { queue, queueLimit, clock, observer } = context;
    this.#joins = new Joins(queue, queueLimit, clock, observer);
    queue.onReply((token, outcome) => this.#replied(token, outcome));
  }

  /** Whether buyers of this process wait in the concert's queue. */
  hasWaiters(concertId: string): boolean {
    return this.#lines.has(concertId);
  }

  /** @param isOrdered whether the purchase is promised its place in the order of arrival; its outcome may then be its position */
  async purchase(request: PurchaseRequest, isOrdered: boolean): Promise<PurchaseOutcome> {
    const handed = handedPurchase(request, isOrdered);
    // An outcome is of the kind of its command.
    return (await this.#hand(handed, isOrdered, request.waitMs ?? defaultWaitMs)) as PurchaseOutcome;
  }

  async onHold(call: RepeatableCall): Promise<HoldCallResult | RetryLater> {
    return (await this.#hand(handedHold(call), false, 0)) as HoldCallResult | RetryLater;
  }

  async #hand(handed: HandedOver, isOrdered: boolean, waitMs: number): Promise<WaiterOutcome> {
    const { longestWaitMs, observer } = this.context;
    const waiter = this.#newWaiter(handed);
    try {
      const position = await this.#join(waiter, isOrdered);
      if (position === null) {
        waiter.answer(busy());
        return busy();
      }
      if (isOrdered) return await waiter.wait(this.#isStopping ? 0 : waitMs, position);
      return await waiter.outcomeWithin(longestWaitMs + graceMs, () =>
        unavailable('no owner of the concert has answered'),
      );
    } catch (error) {
      observer.queueBypassed(handed.concertId, messageOf(error));
      const outcome = await leaveLine(this.context, waiter);
      waiter.answer(outcome);
      return outcome;
    }
  }

  /** The owner of the concert, in this process, could not decide. */
  fail(concertId: string, problem: string): void {
    this.#lines.get(concertId)?.fail(problem);
  }

  /** Replies to open requests of mode `queue` with their positions; from now on none of them waits. */
  stopWaiting(): void {
    this.#isStopping = true;
    for (const waiter of this.#waiters.values()) waiter.stopWaiting();
  }

  /** Resolves when the waiters are answered, or left to another process. */
  async stop(): Promise<void> {
    const lines = [...this.#lines.values()];
    for (const line of lines) line.stop();
    await Promise.all(lines.map(({ idle }) => idle));
  }

  /** The position in the queue; null when the queue is full. */
  async #join(waiter: Waiter, isOrdered: boolean): Promise<number | null> {
    const { handed, token } = waiter;
    const { concertId, entryId: purchaseId, entry: written } = handed;
    const withinMs = isOrdered ? null : this.context.longestWaitMs;
    const entry = { purchaseId, token, entry: written, withinMs };
    const place = await this.#joins.join(concertId, entry);
    if (place === null) return null;
    waiter.id = place.id;
    this.context.ownerships.note(concertId, place.owned);
    this.#ensureOwned(waiter, place.owned);
    return place.position;
  }

  #ensureOwned(waiter: Waiter, owned: boolean): void {
    if (waiter.answered) return;
    const { concertId } = waiter.handed;
    const line = this.#lines.get(concertId);
    if (line !== undefined) {
      line.add(waiter, owned);
      return;
    }
    const onEmpty = () => {
      this.#lines.delete(concertId);
      this.context.ownerships.withoutWaiters(concertId);
    };
    this.#lines.set(concertId, new ConcertLine(this.context, concertId, waiter, owned, onEmpty));
  }

  #newWaiter(handed: HandedOver): Waiter {
    const token = String(++this.#lastToken);
    const { clock } = this.context;
    const waiter = new Waiter(handed, token, clock, () => this.#waiters.delete(token));
    this.#waiters.set(token, waiter);
    return waiter;
  }

  #replied(token: string, outcome: string): void {
    const waiter = this.#waiters.get(token);
    if (waiter === undefined) return;
    const read = waiter.handed.readOutcome(outcome);
    if (read === null) return; // Not from an owner of this version: the waiter is looked up, as after a lost reply.
    this.#lines.get(waiter.handed.concertId)?.heard();
    waiter.replied(read);
  }
}
