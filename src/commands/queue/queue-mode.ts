import { purchaseIdOf } from '../../domain/ids.js';
import type { PurchaseRequest } from '../commands.js';
import { busy, messageOf, unavailable } from '../mode.js';
import type { NoAppendFastPath } from '../no-append-fast-path.js';
import type { PurchaseOutcome } from '../outcome.js';
import { PendingCommandOf } from '../pending-command.js';
import { purchaseCommand, purchaseOutcome } from '../purchase-command.js';
import { ConcertLine, type LineContext, leaveLine } from './concert-line.js';
import { QueueDrainer } from './drain.js';
import { readOutcome, writeEntry } from './messages.js';
import { QueueSweep } from './sweep.js';
import { Waiter } from './waiter.js';

export interface QueueContext extends Omit<LineContext, 'drainer'> {
  readonly fastPath: NoAppendFastPath;
  /** Purchases that may be in line for one concert. */
  readonly queueLimit: number;
}

const defaultWaitMs = 5_000;

/**
 * First come, first served over all processes. A Redis stream gives every purchase its place; the process that owns the
 * concert's queue decides them in that order and replies to the processes where the buyers wait. The queue holds no truth:
 * lost, everybody in it is settled by the log.
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
    const early = await this.#fastPathOutcome(request);
    if (early !== null) return early;
    const { queue, observer, withoutQueue } = this.#context;
    if (!queue.reachable) {
      observer.queueNotUsed(request.concertId, 'Redis is not connected');
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
      observer.queueNotUsed(request.concertId, messageOf(error));
      const outcome = await leaveLine(this.#context, waiter);
      waiter.answer(outcome);
      return outcome;
    }
  }

  /**
   * Where a purchase stands that is not in the log: in line, or with an outcome that was kept; null when nothing is known of
   * it. Whoever is told an outcome asks the log afterwards: a later sale under the same key supersedes it. Rejects without
   * Redis.
   */
  async standing(concertId: string, purchaseId: string): Promise<PurchaseOutcome | null> {
    const standing = await this.#context.queue.standing(concertId, purchaseId);
    if (standing === null) return null;
    if (standing.kind === 'kept') return readOutcome(standing.outcome);
    return { kind: 'queued', purchaseId, position: standing.position };
  }

  /** Open requests are answered with their place in line; from now on nobody waits. The queue goes on, here or elsewhere. */
  stopWaiting(): void {
    this.#isStopping = true;
    for (const line of this.#lines.values()) line.stop();
    for (const waiter of this.#waiters.values()) waiter.stopWaiting();
  }

  /** Resolves when the buyers of this process are answered, or their queue is another's to drain. */
  async stop(): Promise<void> {
    const lines = [...this.#lines.values()];
    for (const line of lines) line.stop();
    await this.#sweep.stop();
    await Promise.all(lines.map(({ moved }) => moved));
  }

  async #fastPathOutcome(request: PurchaseRequest): Promise<PurchaseOutcome | null> {
    const task = new PendingCommandOf(purchaseCommand(request));
    try {
      if (!(await this.#context.fastPath.answer(task))) return null;
    } catch (error) {
      return unavailable(messageOf(error));
    }
    const answered = await task.outcome;
    return answered.kind === 'decided' ? purchaseOutcome(answered.result) : answered;
  }

  #newWaiter(request: PurchaseRequest): Waiter {
    const token = String(++this.#lastToken);
    const purchaseId = purchaseIdOf(request.concertId, request.idempotencyKey);
    const waiter = new Waiter(request, purchaseId, token, () => this.#waiters.delete(token));
    this.#waiters.set(token, waiter);
    return waiter;
  }

  /** The position in line; null when the line is full. */
  async #join(waiter: Waiter): Promise<number | null> {
    const { request, purchaseId, token } = waiter;
    const { queue, queueLimit } = this.#context;
    const entry = writeEntry(request);
    const joined = await queue.join(request.concertId, purchaseId, token, entry, queueLimit);
    if (joined.kind === 'full') return null;
    waiter.id = joined.id;
    this.#seeToIt(waiter, joined.owned);
    return joined.position;
  }

  #seeToIt(waiter: Waiter, owned: boolean): void {
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
