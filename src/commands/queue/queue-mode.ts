import { purchaseIdOf } from '../../domain/ids.js';
import { messageOf } from '../../waiting/message-of.js';
import type { PurchaseRequest } from '../commands.js';
import type { NoAppendFastPath } from '../no-append-fast-path.js';
import type { PurchaseOutcome } from '../outcome.js';
import { busy, unavailable } from '../outcome.js';
import { PendingCommandOf } from '../pending-command.js';
import { purchaseCommand } from '../purchase-command.js';
import { ConcertLine, type LineContext, leaveLine } from './concert-line.js';
import { QueueDrainer } from './drain.js';
import { readOutcome, writeEntry } from './messages.js';
import { QueueSweep } from './sweep.js';
import { Waiter } from './waiter.js';

export interface QueueContext extends Omit<LineContext, 'drainer'> {
  readonly fastPath: NoAppendFastPath;
  /** The most purchases that may be in one concert's queue. */
  readonly queueLimit: number;
}

const defaultWaitMs = 5_000;

/**
 * Mode `queue`: first come, first served over all processes. A Redis stream gives every purchase its place; the process that
 * owns the concert's queue decides the purchases in that order and replies to the processes that wait for them. The queue is
 * not a source of truth: when it is lost, its purchases are answered from the log.
 */
export class QueueMode {
  readonly #context: LineContext & QueueContext;
  /** By token. */
  readonly #waiters = new Map<string, Waiter>();
  readonly #lines = new Map<string, ConcertLine>();
  readonly #sweep: QueueSweep;
  #isStopping = false;
  #lastToken = 0;

  constructor(context: QueueContext) {
    const drainer = new QueueDrainer(context);
    this.#context = { ...context, drainer };
    context.queue.onReply((token, outcome) => this.#waiters.get(token)?.answer(readOutcome(outcome)));
    this.#sweep = new QueueSweep(this.#context, (concertId) => this.#lines.has(concertId));
  }

  async purchase(request: PurchaseRequest): Promise<PurchaseOutcome> {
    const fast = await this.#tryFastPath(request);
    if (fast !== null) return fast;
    const { queue, observer, withoutQueue } = this.#context;
    if (!queue.reachable) {
      observer.queueBypassed(request.concertId, 'Redis is not connected');
      return withoutQueue(request);
    }
    const waiter = this.#newWaiter(request);
    try {
      const position = await this.#join(waiter);
      if (position === null) {
        waiter.answer(busy());
        return busy();
      }
      return await waiter.wait(this.#isStopping ? 0 : (request.waitMs ?? defaultWaitMs), position);
    } catch (error) {
      observer.queueBypassed(request.concertId, messageOf(error));
      const outcome = await leaveLine(this.#context, waiter);
      waiter.answer(outcome);
      return outcome;
    }
  }

  /**
   * The outcome so far of a purchase that is not in the log: queued, or the kept outcome; null when it is unknown. The caller
   * reads the log afterwards: a later sale with the same key supersedes a kept outcome. Rejects without Redis.
   */
  async standing(concertId: string, purchaseId: string): Promise<PurchaseOutcome | null> {
    const standing = await this.#context.queue.standing(concertId, purchaseId);
    if (standing === null) return null;
    if (standing.kind === 'kept') return readOutcome(standing.outcome);
    return { kind: 'queued', purchaseId, position: standing.position };
  }

  /**
   * Replies to open requests with their positions; from now on no request waits. The queue is still drained, here or
   * elsewhere.
   */
  stopWaiting(): void {
    this.#isStopping = true;
    for (const line of this.#lines.values()) line.stop();
    for (const waiter of this.#waiters.values()) waiter.stopWaiting();
  }

  /** Resolves when the waiters of this process are answered, or another process owns their queue. */
  async stop(): Promise<void> {
    const lines = [...this.#lines.values()];
    for (const line of lines) line.stop();
    await this.#sweep.stop();
    await Promise.all(lines.map(({ idle }) => idle));
  }

  async #tryFastPath(request: PurchaseRequest): Promise<PurchaseOutcome | null> {
    const command = new PendingCommandOf(purchaseCommand(request));
    try {
      if (!(await this.#context.fastPath.answer(command))) return null;
    } catch (error) {
      return unavailable(messageOf(error));
    }
    const outcome = await command.outcome;
    return outcome.kind === 'decided' ? outcome.result : outcome;
  }

  #newWaiter(request: PurchaseRequest): Waiter {
    const token = String(++this.#lastToken);
    const purchaseId = purchaseIdOf(request.concertId, request.idempotencyKey);
    const waiter = new Waiter(request, purchaseId, token, () => this.#waiters.delete(token));
    this.#waiters.set(token, waiter);
    return waiter;
  }

  /** The position in the queue; null when the queue is full. */
  async #join(waiter: Waiter): Promise<number | null> {
    const { request, purchaseId, token } = waiter;
    const { queue, queueLimit } = this.#context;
    const entry = writeEntry(request);
    const joined = await queue.join(request.concertId, purchaseId, token, entry, queueLimit);
    if (joined.kind === 'full') return null;
    waiter.id = joined.id;
    this.#ensureDrained(waiter, joined.owned);
    return joined.position;
  }

  #ensureDrained(waiter: Waiter, owned: boolean): void {
    if (waiter.answered) return;
    const { concertId } = waiter.request;
    const line = this.#lines.get(concertId);
    if (line !== undefined) {
      line.add(waiter, owned);
      return;
    }
    const onEmpty = () => this.#lines.delete(concertId);
    this.#lines.set(concertId, new ConcertLine(this.#context, concertId, waiter, onEmpty));
  }
}
