import { setTimeout as delay } from 'node:timers/promises';
import type { Concert } from '../../domain/concert.js';
import type { PurchaseResult } from '../../domain/purchase.js';
import { messageOf } from '../../waiting/message-of.js';
import { Wake } from '../../waiting/wake.js';
import type { PurchaseRequest } from '../commands.js';
import type { PurchaseOutcome } from '../outcome.js';
import { unavailable } from '../outcome.js';
import { purchaseCommand } from '../purchase-command.js';
import type { DrainContext, Drained, QueueDrainer } from './drain.js';
import { readOutcome } from './messages.js';
import type { Waiter } from './waiter.js';

export interface LineContext extends DrainContext {
  readonly drainer: QueueDrainer;
  /** Runs a purchase without the queue, for when the queue cannot be used. */
  readonly withoutQueue: (request: PurchaseRequest) => Promise<PurchaseOutcome>;
}

/** Pause before the queue is claimed again when another process owns it, in ms. The owner may have died. */
const claimPauseMs = 100;
/** How often waiting purchases are looked up in Redis, in case a reply was lost, in ms. */
const lookUpEveryMs = 500;
const pauseAfterTroubleMs = 200;

/**
 * The waiters of this process in one concert's queue. Ensures that some process drains the queue until all of them are
 * answered.
 */
export class ConcertLine {
  readonly #waiters = new Set<Waiter>();
  readonly #joined = new Wake();
  #lookUpAt = performance.now() + lookUpEveryMs;
  #stopping = false;

  /** Resolves when no waiter of this process is in the queue. */
  readonly idle: Promise<void>;

  constructor(
    private readonly context: LineContext,
    private readonly concertId: string,
    first: Waiter,
    private readonly onEmpty: () => void,
  ) {
    this.#waiters.add(first);
    this.idle = this.#run();
  }

  /** @param owned whether the queue had an owner when the waiter joined; the owner will read the entry */
  add(waiter: Waiter, owned: boolean): void {
    this.#waiters.add(waiter);
    if (!owned) this.#joined.wake();
  }

  /**
   * From now on drains only until the waiters of this process are answered, and leaves a queue that another process owns.
   */
  stop(): void {
    this.#stopping = true;
  }

  async #run(): Promise<void> {
    for (let waiters = this.#unanswered(); waiters.length > 0; waiters = this.#unanswered()) {
      try {
        const drained = await this.#drainOnce(waiters);
        if (drained === 'elsewhere' && this.#stopping) break;
      } catch (error) {
        await this.#answerWithoutQueue(waiters, messageOf(error));
      }
    }
    this.onEmpty();
  }

  /** Rejects when Redis or the log does not answer. */
  async #drainOnce(waiters: readonly Waiter[]): Promise<Drained> {
    const { drainer, lockWaitMs } = this.context;
    const shouldContinue = () => !this.#stopping || this.#unanswered().length > 0;
    const drained = await drainer.drain(this.concertId, lockWaitMs, shouldContinue);
    if (drained === 'elsewhere') await this.#joined.wait(claimPauseMs * (0.5 + Math.random()));
    if (drained === 'empty' || performance.now() >= this.#lookUpAt) await this.#answerGone(waiters);
    return drained;
  }

  #unanswered(): readonly Waiter[] {
    for (const waiter of this.#waiters) if (waiter.answered) this.#waiters.delete(waiter);
    return [...this.#waiters];
  }

  /**
   * Answers the waiters whose entries have left the queue without a reply: the reply was lost, or Redis lost the entry. The log
   * is read last and takes precedence: a kept outcome may belong to an earlier request with the same key. When neither knows
   * the purchase, nothing was sold.
   */
  async #answerGone(waiters: readonly Waiter[]): Promise<void> {
    this.#lookUpAt = performance.now() + lookUpEveryMs;
    const waiting = waiters.flatMap((waiter) =>
      waiter.answered || waiter.id === undefined ? [] : [{ waiter, id: waiter.id, ...idOf(waiter) }],
    );
    if (waiting.length === 0) return;
    const gone = await this.context.queue.leftLine(this.concertId, waiting);
    if (gone.length === 0) return;
    const concert = await this.context.loader.latest(this.concertId);
    for (const { entry, kept } of gone) {
      const fromLog = await this.#fromLog(concert, entry.waiter);
      const outcome = fromLog ?? (kept === null ? null : readOutcome(kept));
      entry.waiter.answer(outcome ?? unavailable('the queue was lost and this purchase was not made'));
    }
  }

  async #fromLog(concert: Concert, { request, purchaseId }: Waiter): Promise<PurchaseOutcome | null> {
    const purchase = await this.context.log.purchaseOf(concert, purchaseId);
    if (purchase === undefined) return null;
    const [result]: readonly [PurchaseResult, unknown] = purchaseCommand(request).decide(
      concert,
      this.context.clock.wallTime(),
      purchase,
    );
    return result;
  }

  /**
   * Handles a failure of Redis or the log. Open requests run without the queue. A waiter that was given its position keeps its
   * place while Redis is reachable: the sweep drains the queue later.
   */
  async #answerWithoutQueue(waiters: readonly Waiter[], problem: string): Promise<void> {
    this.context.observer.queueBypassed(this.concertId, problem);
    const { reachable } = this.context.queue;
    await Promise.all(
      waiters.map(async (waiter) => {
        if (waiter.answered) return;
        if (waiter.hasPlace && reachable) {
          waiter.answer(unavailable(problem));
          return;
        }
        waiter.answer(await leaveLine(this.context, waiter));
      }),
    );
    await delay(pauseAfterTroubleMs);
  }
}

const idOf = ({ purchaseId }: Waiter) => ({ purchaseId });

/**
 * Removes a purchase's entry from the queue and runs the purchase without the queue. A sale is final: a drainer that reads the
 * entry finds the sale in the log. A refusal is final only if the entry is known to be removed and the log gives the same
 * decision afterwards: a drainer that had read the entry gets a conflict then. Otherwise the outcome is `unavailable`.
 */
export async function leaveLine(
  context: Pick<LineContext, 'queue' | 'loader' | 'log' | 'clock' | 'withoutQueue'>,
  { request, purchaseId, token, id }: Waiter,
): Promise<PurchaseOutcome> {
  const { queue, loader, log, clock, withoutQueue } = context;
  // Redis may be unreachable, which is why the queue is left; the entry is then not known to be removed.
  const left = await queue.leave(request.concertId, purchaseId, token, id).catch(() => false);
  const outcome = await withoutQueue(request);
  if (outcome.kind !== 'refused') return outcome;
  if (!left) return unavailable('the queue cannot be reached');
  try {
    const concert = await loader.latest(request.concertId);
    const earlier = await log.purchaseOf(concert, purchaseId);
    const [result, events] = purchaseCommand(request).decide(concert, clock.wallTime(), earlier);
    return events.length === 0 ? result : unavailable('the concert has changed meanwhile');
  } catch (error) {
    return unavailable(messageOf(error));
  }
}
