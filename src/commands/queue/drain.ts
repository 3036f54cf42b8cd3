import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { compareQueueIds } from '../../domain/audit/inversions.js';
import type { Concert } from '../../domain/concert.js';
import type { PurchaseResult } from '../../domain/purchase.js';
import type { Answer, Arrival, ArrivalQueue } from '../../redis/queue/arrival-queue.js';
import { type DecideContext, decideAndAppend } from '../decide-and-append.js';
import { messageOf, unavailable } from '../mode.js';
import { PendingCommandOf } from '../pending-command.js';
import { purchaseCommand, purchaseOutcome } from '../purchase-command.js';
import type { ConcertLoader } from '../state/concert-loader.js';
import { type LockContext, withLock } from '../with-lock.js';
import { type QueueOutcome, readEntry, writeOutcome } from './messages.js';

export interface DrainContext extends DecideContext, LockContext {
  readonly known: ConcertLoader;
  readonly queue: ArrivalQueue;
}

/** `empty`: everybody who was in line has been answered. `elsewhere`: the queue, or the concert's lock, is somebody else's. */
export type Drained = 'empty' | 'elsewhere';

/** Entries read for one append. */
const drainCount = 250;
/** Concerts of which the last answered entry is remembered. */
const rememberedConcerts = 10_000;

/**
 * Decides the purchases in line, in order, on behalf of all processes.
 *
 * A drainer claims the queue, reads the state, then the line, decides, appends at the state's revision, and answers. Reading
 * and answering do nothing once somebody else has claimed the queue. Hence a purchase that is refused here is not sold by
 * another drainer: who claimed earlier decides on a state no newer than ours and gets a conflict, who claims later does not
 * find it in line. For that our state must be the end of the log after our claim: an append proves it, and where there is
 * none the log is asked. That holds without the concert's lock too; the lock saves conflicts with other commands, and is handed
 * over to them after every slice of work.
 *
 * A drainer may die at any point: what it appended is found in the log by the next one and answered the same; what it did
 * not append is still in line.
 */
export class QueueDrainer {
  /** Per concert, the last entry answered from here. What comes back at or before it was answered already. */
  readonly #answered = new LRUCache<string, { readonly history: string; readonly id: string }>({
    max: rememberedConcerts,
  });

  constructor(private readonly context: DrainContext) {}

  /**
   * Rejects when Redis or the log does not answer.
   * @param lockWaitMs how long to wait for the concert's lock
   * @param goesOn asked after each slice of work: whether there should be another
   */
  async drain(concertId: string, lockWaitMs: number, goesOn: () => boolean): Promise<Drained> {
    const { queue } = this.context;
    const token = randomUUID();
    if (!(await queue.claim(concertId, token))) return 'elsewhere';
    const slice: { ended: Drained | 'more' } = { ended: 'more' };
    const work = async (lasts: () => boolean) => {
      slice.ended = await this.#slice(concertId, token, lasts);
    };
    try {
      do {
        if (!(await withLock({ ...this.context, lockWaitMs }, concertId, work))) return 'elsewhere';
      } while (slice.ended === 'more' && goesOn());
      return slice.ended === 'empty' ? 'empty' : 'elsewhere';
    } finally {
      if (slice.ended !== 'empty') await this.#release(concertId, token);
    }
  }

  /** Never rejects: a claim that cannot be released runs out by itself. */
  async #release(concertId: string, token: string): Promise<void> {
    try {
      await this.context.queue.release(concertId, token);
    } catch (error) {
      this.context.observer.lockNotReleased(concertId, messageOf(error));
    }
  }

  async #slice(concertId: string, token: string, lasts: () => boolean): Promise<Drained | 'more'> {
    // The wait for the lock may have been longer than the claim lasts.
    if (!(await this.context.queue.claim(concertId, token))) return 'elsewhere';
    let step: Drained | 'more';
    do step = await this.#step(concertId, token);
    while (step === 'more' && lasts());
    return step;
  }

  async #step(concertId: string, token: string): Promise<Drained | 'more'> {
    const { known, queue, observer } = this.context;
    const base = await known.load(concertId);
    const read = await queue.read(concertId, token, drainCount);
    if (read.kind === 'not-owner') return 'elsewhere';
    if (read.kind === 'empty') return 'empty';
    const entries = await Promise.all(
      read.arrivals.map((arrival) => this.#sort(base, read.history, arrival)),
    );
    const tasks = entries.flatMap((entry) => (entry.kind === 'task' ? [entry.task] : []));
    const attempted = await decideAndAppend(this.context, base, tasks);
    if (attempted.kind === 'conflict') {
      observer.conflict(concertId);
      await known.refresh(base);
      return 'more';
    }
    if (attempted.kind !== 'decided') throw new Error(attempted.kind === 'busy' ? 'busy' : attempted.problem);
    if (attempted.appended) known.committed(attempted.concert);
    else if (tasks.length > 0 && (await known.latest(concertId)).revision !== base.revision) return 'more';
    for (const task of tasks.slice(0, attempted.count)) task.resolve(attempted.concert);
    const undecided = tasks[attempted.count];
    const end = entries.findIndex((entry) => entry.kind === 'task' && entry.task === undecided);
    return this.#answer(concertId, token, read.history, end === -1 ? entries : entries.slice(0, end));
  }

  async #sort(base: Concert, history: string, arrival: Arrival): Promise<Entry> {
    const request = readEntry(base.concertId, arrival.entry);
    if (request === null) return { kind: 'dropped', arrival, why: 'unreadable' };
    const why = arrival.stale ?? (this.#isAnswered(base.concertId, history, arrival.id) ? 'older' : null);
    // A stale entry is answered from the log where that knows the purchase, and is never sold.
    const isDropped =
      why !== null && (await this.context.log.purchaseOf(base, arrival.purchaseId)) === undefined;
    if (isDropped) return { kind: 'dropped', arrival, why };
    return { kind: 'task', arrival, task: new PendingCommandOf(purchaseCommand(request, arrival.id)) };
  }

  #isAnswered(concertId: string, history: string, id: string): boolean {
    const last = this.#answered.get(concertId);
    return last !== undefined && last.history === history && compareQueueIds(id, last.id) <= 0;
  }

  async #answer(
    concertId: string,
    token: string,
    history: string,
    entries: readonly Entry[],
  ): Promise<'elsewhere' | 'more'> {
    const last = entries.at(-1);
    if (last === undefined) return 'more';
    const answers = await Promise.all(entries.map((entry) => toAnswer(concertId, entry)));
    const remember = () => this.#answered.set(concertId, { history, id: last.arrival.id });
    let isOurs: boolean;
    try {
      isOurs = await this.context.queue.answer(concertId, token, answers);
    } catch (error) {
      remember(); // The buyers may have been told.
      throw error;
    }
    if (!isOurs) return 'elsewhere';
    remember();
    this.#reportDropped(concertId, entries);
    return 'more';
  }

  #reportDropped(concertId: string, entries: readonly Entry[]): void {
    for (const why of ['older', 'late', 'unreadable'] as const) {
      const count = entries.filter((entry) => entry.kind === 'dropped' && entry.why === why).length;
      if (count > 0) this.context.observer.queueEntriesDropped(concertId, why, count);
    }
  }
}

type Entry =
  | { readonly kind: 'task'; readonly arrival: Arrival; readonly task: PendingCommandOf<PurchaseResult> }
  | { readonly kind: 'dropped'; readonly arrival: Arrival; readonly why: 'older' | 'late' | 'unreadable' };

async function toAnswer(concertId: string, entry: Entry): Promise<Answer> {
  const { arrival } = entry;
  const outcome = await outcomeOf(entry);
  return {
    ...arrival,
    outcome: writeOutcome(outcome),
    // What was sold is in the log for anyone who asks; the rest is not.
    keep: outcome.kind !== 'accepted',
    ...(entry.kind === 'dropped' && entry.why === 'unreadable'
      ? { setAside: JSON.stringify({ concertId, id: arrival.id, entry: arrival.entry }) }
      : {}),
  };
}

async function outcomeOf(entry: Entry): Promise<QueueOutcome> {
  if (entry.kind === 'dropped') return unavailable(`the place in line was lost (${entry.why})`);
  const executed = await entry.task.outcome;
  return executed.kind === 'decided' ? purchaseOutcome(executed.result) : executed;
}
