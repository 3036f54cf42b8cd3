import { setTimeout as delay } from 'node:timers/promises';
import { purchaseIdOf } from '../../domain/ids.js';
import type { AnswerAtOnce } from '../answer-at-once.js';
import type { PurchaseRequest } from '../commands.js';
import { busy, messageOf, unavailable } from '../mode.js';
import type { PurchaseOutcome } from '../outcome.js';
import { purchaseOutcome, purchaseTask } from '../purchase-task.js';
import { type DrainContext, drainQueue } from '../queue-drainer.js';
import { readOutcome, writeEntry } from '../queue-messages.js';
import { PendingTask } from '../task.js';

export interface QueueContext extends DrainContext {
  readonly answerAtOnce: AnswerAtOnce;
  readonly lockWaitMs: number;
  /** Purchases that may be in line for one concert. */
  readonly queueLimit: number;
  /** How a purchase is carried out when Redis is gone. */
  readonly withoutQueue: (request: PurchaseRequest) => Promise<PurchaseOutcome>;
}

/** One who waits here, in a line that somebody somewhere drains. */
interface Waiting {
  readonly request: PurchaseRequest;
  readonly answer: (outcome: PurchaseOutcome) => void;
}

const defaultWaitMs = 5_000;
/** How often lines are looked after in which nobody from here waits: a process may have died after its 202. */
const sweepEveryMs = 1_000;
const pauseAfterTroubleMs = 200;

/**
 * First come, first served over all processes. A Redis stream gives every purchase its place; whoever holds the concert's
 * lock decides them in that order and tells the processes where the buyers wait. The line holds no truth: lost, everybody
 * in it is settled by the log.
 */
export class QueueMode {
  readonly #waiting = new Map<string, Waiting>();
  /** Per concert, those from here who are in line, and the work of moving it. */
  readonly #lines = new Map<string, { readonly tokens: Set<string>; moving: Promise<void> }>();
  readonly #sweep: NodeJS.Timeout;
  /** Answers each request that waits here with its place in line. */
  readonly #leave = new Set<() => void>();
  #isStopping = false;
  #lastToken = 0;

  constructor(private readonly context: QueueContext) {
    context.queue.onReply((token, outcome) => this.#answer(token, readOutcome(outcome)));
    this.#sweep = setInterval(() => void this.#lookAfterOthers(), sweepEveryMs).unref();
  }

  async purchase(request: PurchaseRequest): Promise<PurchaseOutcome> {
    const early = await this.#answerAtOnce(request);
    if (early !== null) return early;
    if (!this.context.queue.reachable) {
      this.context.observer.queueNotUsed(request.concertId, 'Redis is not connected');
      return this.context.withoutQueue(request);
    }
    const token = String(++this.#lastToken);
    const outcome = new Promise<PurchaseOutcome>((answer) => this.#waiting.set(token, { request, answer }));
    try {
      const queued = await this.#join(request, token);
      if (queued === null) {
        this.#waiting.delete(token);
        return busy();
      }
      this.#move(request.concertId, token);
      return await this.#outcomeOr(queued, outcome, request.waitMs ?? defaultWaitMs);
    } catch (error) {
      this.#waiting.delete(token);
      this.context.observer.queueNotUsed(request.concertId, messageOf(error));
      return this.#leaveLine(request);
    }
  }

  /** Where a purchase stands that is not in the log; null when nothing is known of it. Rejects without Redis. */
  async standing(concertId: string, purchaseId: string): Promise<PurchaseOutcome | null> {
    const position = await this.context.queue.position(concertId, purchaseId);
    if (position !== null) return { kind: 'queued', purchaseId, position };
    const kept = await this.context.queue.outcome(concertId, purchaseId);
    return kept === null ? null : readOutcome(kept);
  }

  /** Who waits is answered with the place in line; from now on nobody waits. The line goes on, here or in other processes. */
  stopWaiting(): void {
    this.#isStopping = true;
    for (const leave of this.#leave) leave();
  }

  async stop(): Promise<void> {
    clearInterval(this.#sweep);
    await Promise.all([...this.#lines.values()].map(({ moving }) => moving));
  }

  async #answerAtOnce(request: PurchaseRequest): Promise<PurchaseOutcome | null> {
    const task = new PendingTask(purchaseTask(request));
    try {
      if (!(await this.context.answerAtOnce.try(task))) return null;
    } catch (error) {
      return unavailable(messageOf(error));
    }
    const answered = await task.outcome;
    return answered.kind === 'decided' ? purchaseOutcome(answered.result) : answered;
  }

  /** What to say while there is no answer yet; null when the line is full. */
  async #join(request: PurchaseRequest, token: string): Promise<PurchaseOutcome | null> {
    const { waitMs: _, ...asked } = request;
    const { queue, queueLimit } = this.context;
    const purchaseId = purchaseIdOf(request.concertId, request.idempotencyKey);
    const entry = writeEntry({ ...asked, replyTo: queue.processId, token });
    const joined = await queue.join(request.concertId, purchaseId, entry, queueLimit);
    return joined.kind === 'full' ? null : { kind: 'queued', purchaseId, position: joined.position };
  }

  /** The outcome, or `queued` after `waitMs` or at a stop. The purchase stays in line then. */
  #outcomeOr(
    queued: PurchaseOutcome,
    outcome: Promise<PurchaseOutcome>,
    waitMs: number,
  ): Promise<PurchaseOutcome> {
    return new Promise((resolve) => {
      const end = (result: PurchaseOutcome) => {
        clearTimeout(timer);
        this.#leave.delete(leave);
        resolve(result);
      };
      const leave = () => end(queued);
      const timer = setTimeout(leave, this.#isStopping ? 0 : waitMs);
      this.#leave.add(leave);
      void outcome.then(end);
    });
  }

  #answer(token: string, outcome: PurchaseOutcome): void {
    this.#waiting.get(token)?.answer(outcome);
    this.#waiting.delete(token);
  }

  /** Sees to it that the line moves for as long as somebody from here is in it. */
  #move(concertId: string, token: string): void {
    const line = this.#lines.get(concertId);
    if (line !== undefined) {
      line.tokens.add(token);
      return;
    }
    const tokens = new Set([token]);
    this.#lines.set(concertId, { tokens, moving: this.#keepMoving(concertId, tokens) });
  }

  async #keepMoving(concertId: string, tokens: Set<string>): Promise<void> {
    for (;;) {
      for (const token of tokens) if (!this.#waiting.has(token)) tokens.delete(token);
      if (tokens.size === 0) break;
      const before = [...tokens];
      try {
        const drained = await drainQueue(this.context, concertId, this.context.lockWaitMs);
        if (drained === 'empty') await this.#settleMissing(before);
        else if (this.#isStopping) break;
      } catch (error) {
        await this.#settleWithoutQueue(concertId, before, messageOf(error));
      }
    }
    this.#lines.delete(concertId);
  }

  /**
   * The line is empty and these have no answer: it is on its way to them, or Redis has lost the line. A refusal is kept in
   * Redis, a sale is in the log; where neither tells, nothing was sold.
   */
  async #settleMissing(tokens: readonly string[]): Promise<void> {
    for (const token of tokens) {
      const waiting = this.#waiting.get(token);
      if (waiting === undefined) continue;
      const { concertId, idempotencyKey } = waiting.request;
      const kept = await this.context.queue.outcome(concertId, purchaseIdOf(concertId, idempotencyKey));
      this.#answer(token, kept === null ? await this.#fromLog(waiting.request) : readOutcome(kept));
    }
  }

  async #fromLog(request: PurchaseRequest): Promise<PurchaseOutcome> {
    const concert = await this.context.known.current(request.concertId);
    const purchase = concert.purchases.get(purchaseIdOf(request.concertId, request.idempotencyKey));
    if (purchase === undefined) return unavailable('the queue was lost and this purchase was not made');
    const [result] = purchaseTask(request).decide(concert, this.context.now());
    return purchaseOutcome(result);
  }

  /** Redis or the log is gone. The purchases go on without the line; those still in it are repeats, found by their keys. */
  async #settleWithoutQueue(concertId: string, tokens: readonly string[], problem: string): Promise<void> {
    this.context.observer.queueNotUsed(concertId, problem);
    await Promise.all(
      tokens.map(async (token) => {
        const waiting = this.#waiting.get(token);
        if (waiting !== undefined) this.#answer(token, await this.#leaveLine(waiting.request));
      }),
    );
    await delay(pauseAfterTroubleMs);
  }

  /**
   * For one who may still be in a line that cannot be reached. A sale is final, the line will find it in the log; a refusal
   * is not, the line could still sell, so the buyer is told to ask again.
   */
  async #leaveLine(request: PurchaseRequest): Promise<PurchaseOutcome> {
    const outcome = await this.context.withoutQueue(request);
    return outcome.kind === 'refused' ? unavailable('the queue cannot be reached') : outcome;
  }

  async #lookAfterOthers(): Promise<void> {
    try {
      for (const concertId of await this.context.queue.concertsWaiting()) {
        if (!this.#lines.has(concertId)) await drainQueue(this.context, concertId, 0);
      }
    } catch (error) {
      this.context.observer.queueNotUsed('', messageOf(error));
    }
  }
}
