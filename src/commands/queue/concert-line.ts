import { setTimeout as delay } from 'node:timers/promises';
import type { Concert } from '../../domain/concert.js';
import type { PurchaseResult } from '../../domain/purchase.js';
import { Wake } from '../../waiting/wake.js';
import type { PurchaseRequest } from '../commands.js';
import { messageOf, unavailable } from '../mode.js';
import type { PurchaseOutcome } from '../outcome.js';
import { purchaseCommand, purchaseOutcome } from '../purchase-command.js';
import type { DrainContext, Drained, QueueDrainer } from './drain.js';
import { readOutcome } from './messages.js';
import type { Waiter } from './waiter.js';

export interface LineContext extends DrainContext {
  readonly drainer: QueueDrainer;
  /** How a purchase is carried out when the queue cannot be used. */
  readonly withoutQueue: (request: PurchaseRequest) => Promise<PurchaseOutcome>;
}

/** How long until the queue is claimed again when it is somebody else's, in ms. The owner may have died. */
const claimPauseMs = 100;
/** How often those who wait are looked up, in ms, in case a reply was lost. */
const lookUpEveryMs = 500;
const pauseAfterTroubleMs = 200;

/** The buyers of this process in one concert's queue. Sees to it that somebody drains it until all of them are answered. */
export class ConcertLine {
  readonly #waiters = new Set<Waiter>();
  readonly #joined = new Wake();
  #lookUpAt = performance.now() + lookUpEveryMs;
  #stopping = false;

  /** Resolves when nobody from here is in line any more. */
  readonly moved: Promise<void>;

  constructor(
    private readonly context: LineContext,
    private readonly concertId: string,
    first: Waiter,
    private readonly onEmpty: () => void,
  ) {
    this.#waiters.add(first);
    this.moved = this.#move();
  }

  /** @param owned whether another process was draining the queue when the waiter joined; it will see the entry */
  add(waiter: Waiter, owned: boolean): void {
    this.#waiters.add(waiter);
    if (!owned) this.#joined.wake();
  }

  /** From here on the queue is drained only until the buyers of this process are answered, and left to others who drain it. */
  stop(): void {
    this.#stopping = true;
  }

  async #move(): Promise<void> {
    for (let waiters = this.#unanswered(); waiters.length > 0; waiters = this.#unanswered()) {
      try {
        const drained = await this.#moveOnce(waiters);
        if (drained === 'elsewhere' && this.#stopping) break;
      } catch (error) {
        await this.#settleWithoutQueue(waiters, messageOf(error));
      }
    }
    this.onEmpty();
  }

  /** Rejects when Redis or the log does not answer. */
  async #moveOnce(waiters: readonly Waiter[]): Promise<Drained> {
    const { drainer, lockWaitMs } = this.context;
    const goesOn = () => !this.#stopping || this.#unanswered().length > 0;
    const drained = await drainer.drain(this.concertId, lockWaitMs, goesOn);
    if (drained === 'elsewhere') await this.#joined.wait(claimPauseMs * (0.5 + Math.random()));
    if (drained === 'empty' || performance.now() >= this.#lookUpAt) await this.#settleGone(waiters);
    return drained;
  }

  #unanswered(): readonly Waiter[] {
    for (const waiter of this.#waiters) if (waiter.answered) this.#waiters.delete(waiter);
    return [...this.#waiters];
  }

  /**
   * Answers those who have left the line without hearing of it: a reply was lost, or Redis has lost the entry. The log is
   * asked last and believed first: an outcome that was kept may be of an earlier request with the same key. Where neither
   * tells, nothing was sold.
   */
  async #settleGone(waiters: readonly Waiter[]): Promise<void> {
    this.#lookUpAt = performance.now() + lookUpEveryMs;
    const waiting = waiters.flatMap((waiter) =>
      waiter.answered || waiter.id === undefined ? [] : [{ waiter, id: waiter.id, ...idOf(waiter) }],
    );
    if (waiting.length === 0) return;
    const gone = await this.context.queue.leftLine(this.concertId, waiting);
    if (gone.length === 0) return;
    const concert = await this.context.known.latest(this.concertId);
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
      this.context.now(),
      purchase,
    );
    return purchaseOutcome(result);
  }

  /**
   * Redis or the log is gone. Open requests are carried out without the queue. Who has a place in line keeps it while Redis
   * is there: the sweep goes on with the queue.
   */
  async #settleWithoutQueue(waiters: readonly Waiter[], problem: string): Promise<void> {
    this.context.observer.queueNotUsed(this.concertId, problem);
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
 * Carries a purchase out without the queue, its entry removed first. A sale is final, whoever reads the entry will find it in
 * the log. A refusal is final only if the entry is known to be gone, and the log says the same afterwards: a drainer that
 * read the entry before gets a conflict then. Else the buyer is told to ask again.
 */
export async function leaveLine(
  context: Pick<LineContext, 'queue' | 'known' | 'now' | 'withoutQueue'>,
  { request, purchaseId, token, id }: Waiter,
): Promise<PurchaseOutcome> {
  const { queue, known, now, withoutQueue } = context;
  // Redis not answering is why it is left; then the entry is not known to be gone.
  const left = await queue.leave(request.concertId, purchaseId, token, id).catch(() => false);
  const outcome = await withoutQueue(request);
  if (outcome.kind !== 'refused') return outcome;
  if (!left) return unavailable('the queue cannot be reached');
  try {
    const [result, events] = purchaseCommand(request).decide(await known.latest(request.concertId), now());
    return events.length === 0 ? purchaseOutcome(result) : unavailable('the concert has changed meanwhile');
  } catch (error) {
    return unavailable(messageOf(error));
  }
}
