import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { compareQueueIds } from '../../domain/audit/inversions.js';
import type { Concert } from '../../domain/concert.js';
import type { PurchaseResult } from '../../domain/purchase.js';
import { messageOf } from '../../waiting/message-of.js';
import { type DecideContext, decideAndAppend } from '../decide-and-append.js';
import { unavailable } from '../outcome.js';
import { PendingCommandOf } from '../pending-command.js';
import type { Answer, Arrival, ArrivalQueue } from '../ports.js';
import { purchaseCommand } from '../purchase-command.js';
import type { ConcertLoader } from '../state/concert-loader.js';
import { type LockContext, withLock } from '../with-lock.js';
import { type QueueOutcome, readEntry, writeOutcome } from './messages.js';

export interface DrainContext extends DecideContext, LockContext {
  readonly loader: ConcertLoader;
  readonly queue: ArrivalQueue;
}

/** `empty`: every entry has been answered. `elsewhere`: another process owns the queue or the concert's lock. */
export type Drained = 'empty' | 'elsewhere';

/** Entries read for one append. */
const drainCount = 250;
/** The most concerts whose last answered entry is remembered. */
const rememberedConcerts = 10_000;

/**
 * Decides the purchases of an arrival queue in order, on behalf of all processes.
 *
 * A drainer claims the queue, loads the state, reads the entries, decides, appends at the state's revision, and answers.
 * Reading and answering do nothing once another drainer has claimed the queue. Hence a purchase that is refused here is not
 * sold by another drainer: an earlier owner decides on a state no newer than ours and gets a conflict, a later owner does not
 * find the entry. This requires that our state is the end of the log after our claim: an append proves it, and without an
 * append the log is read. It holds without the concert's lock too; the lock saves conflicts with other commands, and is
 * released to them after every slice of work.
 *
 * A drainer may die at any point: the next one finds what was appended in the log and gives the same answer; entries that were
 * not appended are still in the queue.
 */
export class QueueDrainer {
  /** The last entry per concert that this process answered. An entry at or before it that reappears was answered already. */
  readonly #answered = new LRUCache<string, { readonly history: string; readonly id: string }>({
    max: rememberedConcerts,
  });

  constructor(private readonly context: DrainContext) {}

  /**
   * Rejects when Redis or the log does not answer.
   * @param lockWaitMs how long to wait for the concert's lock
   * @param goesOn called after each slice of work: whether to start another
   */
  async drain(concertId: string, lockWaitMs: number, shouldContinue: () => boolean): Promise<Drained> {
    const { queue } = this.context;
    const token = randomUUID();
    if (!(await queue.claim(concertId, token))) return 'elsewhere';
    const slice: { ended: Drained | 'more' } = { ended: 'more' };
    const work = async (mayContinue: () => boolean) => {
      slice.ended = await this.#slice(concertId, token, mayContinue);
    };
    try {
      do {
        if (!(await withLock({ ...this.context, lockWaitMs }, concertId, work))) return 'elsewhere';
      } while (slice.ended === 'more' && shouldContinue());
      return slice.ended === 'empty' ? 'empty' : 'elsewhere';
    } finally {
      if (slice.ended !== 'empty') await this.#release(concertId, token);
    }
  }

  /** Never rejects: a claim that cannot be released expires. */
  async #release(concertId: string, token: string): Promise<void> {
    try {
      await this.context.queue.release(concertId, token);
    } catch (error) {
      this.context.observer.lockReleaseFailed(concertId, messageOf(error));
    }
  }

  async #slice(concertId: string, token: string, mayContinue: () => boolean): Promise<Drained | 'more'> {
    // The wait for the lock may have been longer than the claim lasts.
    if (!(await this.context.queue.claim(concertId, token))) return 'elsewhere';
    let step: Drained | 'more';
    do step = await this.#step(concertId, token);
    while (step === 'more' && mayContinue());
    return step;
  }

  async #step(concertId: string, token: string): Promise<Drained | 'more'> {
    const { loader, queue, observer } = this.context;
    const state = await loader.load(concertId);
    const read = await queue.read(concertId, token, drainCount);
    if (read.kind === 'not-owner') return 'elsewhere';
    if (read.kind === 'empty') return 'empty';
    const entries = await Promise.all(
      read.arrivals.map((arrival) => this.#toEntry(state, read.history, arrival)),
    );
    const commands = entries.flatMap((entry) => (entry.kind === 'command' ? [entry.command] : []));
    const result = await decideAndAppend(this.context, state, commands);
    if (result.kind === 'conflict') {
      observer.appendConflicted(concertId);
      await loader.refresh(state);
      return 'more';
    }
    if (result.kind !== 'decided') throw new Error(result.kind === 'busy' ? 'busy' : result.problem);
    if (result.appended) loader.committed(result.concert);
    else if (commands.length > 0 && (await loader.latest(concertId)).revision !== state.revision)
      return 'more';
    for (const command of commands.slice(0, result.count)) command.resolve(result.concert);
    const undecided = commands[result.count];
    const end = entries.findIndex((entry) => entry.kind === 'command' && entry.command === undecided);
    return this.#answer(concertId, token, read.history, end === -1 ? entries : entries.slice(0, end));
  }

  async #toEntry(state: Concert, history: string, arrival: Arrival): Promise<Entry> {
    const request = readEntry(state.concertId, arrival.entry);
    if (request === null) return { kind: 'dropped', arrival, why: 'unreadable' };
    const why = arrival.stale ?? (this.#isAnswered(state.concertId, history, arrival.id) ? 'older' : null);
    // A stale entry is never sold; it is answered from the log if the log has the purchase.
    const isDropped =
      why !== null && (await this.context.log.purchaseOf(state, arrival.purchaseId)) === undefined;
    if (isDropped) return { kind: 'dropped', arrival, why };
    return { kind: 'command', arrival, command: new PendingCommandOf(purchaseCommand(request, arrival.id)) };
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
    let isOwner: boolean;
    try {
      isOwner = await this.context.queue.answer(concertId, token, answers);
    } catch (error) {
      remember(); // The replies may have been sent.
      throw error;
    }
    if (!isOwner) return 'elsewhere';
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
  | {
      readonly kind: 'command';
      readonly arrival: Arrival;
      readonly command: PendingCommandOf<PurchaseResult>;
    }
  | { readonly kind: 'dropped'; readonly arrival: Arrival; readonly why: 'older' | 'late' | 'unreadable' };

async function toAnswer(concertId: string, entry: Entry): Promise<Answer> {
  const { arrival } = entry;
  const outcome = await outcomeOf(entry);
  return {
    ...arrival,
    outcome: writeOutcome(outcome),
    // A sale can be read from the log; other outcomes cannot.
    keep: outcome.kind !== 'accepted' && outcome.kind !== 'replayed',
    ...(entry.kind === 'dropped' && entry.why === 'unreadable'
      ? { setAside: JSON.stringify({ concertId, id: arrival.id, entry: arrival.entry }) }
      : {}),
  };
}

async function outcomeOf(entry: Entry): Promise<QueueOutcome> {
  if (entry.kind === 'dropped') return unavailable(`the purchase lost its place in the queue (${entry.why})`);
  const outcome = await entry.command.outcome;
  return outcome.kind === 'decided' ? outcome.result : outcome;
}
